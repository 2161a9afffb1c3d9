"""One example for each command, shown at the end of its help. A test tries each against its options."""

from typing import Any

from rich.markup import escape

WHY = '--as durand --reason "Avis conforme du comité."'
EXAMPLES = {
    "up": "up --port 0",
    "run": "run --seed another-2020",
    "programme check": "programme check call.toml",
    "programme show": "programme show call.toml --out call.html",
    "programme diff": "programme diff var/programme.toml call.toml",
    "programme new": (
        'programme new call.toml --name "Lieux 2026" --id lieux-2026 --prefix LIEUX --contact a@example.org '
        "--envelope 1000000 --floor 20000 --ceiling 50000 --years 2 --places outside-urban=20,qpv=10 "
        "--opens-on 2026-03-01 --closes-on 2026-05-31"
    ),
    "submit": "submit docs/first-candidature.json",
    "status": "status FABT-2020-4-00012",
    "watch": "watch --once",
    "doctor": "doctor --json",
    "why": "why FABT-2020-4-00012",
    "find": 'find "la passerelle"',
    "dossier": "dossier FABT-2020-4-00012 --version 1 --as durand",
    "document": "document award FABT-2020-4-00012 --out award.pdf",
    "documents": "documents FABT-2020-4-00012",
    "readings": "readings FABT-2020-4-00012",
    "reviews mine": "reviews mine --as anna",
    "reviews progress": "reviews progress 2020-4",
    "reviews reassign": f"reviews reassign FABT-2020-4-00012 --from anna {WHY}",
    "reviews moderate": f'reviews moderate FABT-2020-4-00012 --strength "Un porteur connu." {WHY}',
    "reviews recuse": 'reviews recuse FABT-2020-4-00012 --as anna --reason "Administratrice du lieu."',
    "timeline": "timeline FABT-2020-4-00012 --json",
    "wave list": "wave list",
    "wave close": "wave close 2020-4",
    "wave extend": f"wave extend 2020-4 --closes-on 2021-01-15 {WHY}",
    "wave reopen": f"wave reopen 2020-4 --closes-on 2021-01-15 {WHY}",
    "wave rank": "wave rank 2020-4",
    "wave approve": f"wave approve 2020-4 {WHY}",
    "wave verify": "wave verify 2020-4",
    "wave simulate": "wave simulate 2020-4 --policy other.toml",
    "wave diversity": "wave diversity 2020-4",
    "wave report": "wave report 2020-4 --out list.html",
    "tranches publish": "tranches publish --as-of 2022-02-14 --dry-run",
    "payments list": "payments list",
    "payments approve": f"payments approve --role accountant {WHY}",
    "payments export": "payments export --as martin",
    "payments import": f"payments import camt053.xml {WHY}",
    "payments declare": f"payments declare FABT-2020-4-00012-T1-A1 --fate dead --reference L-2022-17 {WHY}",
    "payments verify": "payments verify",
    "reports list": "reports list",
    "reports overdue": "reports overdue",
    "reports show": "reports show FABT-2020-4-00012 1 --as durand",
    "reports accept": f"reports accept FABT-2020-4-00012 1 --version 1 {WHY}",
    "reports send-back": f"reports send-back FABT-2020-4-00012 1 --version 1 {WHY}",
    "appeals list": "appeals list",
    "appeals assign": f"appeals assign FABT-2020-4-00012 durand {WHY}",
    "appeals decide": f"appeals decide FABT-2020-4-00012 --reject {WHY}",
    "impact": "impact",
    "support plan": "support plan FABT-2020-4-00012",
    "support todo": "support todo --owner association --overdue",
    "support report": "support report --by need --csv support.csv",
    "dead-letters list": "dead-letters list --service intake",
    "dead-letters show": "dead-letters show intake-on-frontdesk_holders-42",
    "dead-letters retry": "dead-letters retry intake-on-frontdesk_holders-42 --as moreau",
    "dead-letters discard": (
        'dead-letters discard intake-on-frontdesk_holders-42 --as moreau --reason "sent twice"'
    ),
    "waiting": "waiting --service funding",
    "todo": "todo --role accountant",
    "open-data export": "open-data export grants.csv",
    "open-data impact": "open-data impact impact.csv",
    "open-data deadlines": "open-data deadlines",
    "eligibility check": "eligibility check --commune 03310 --latitude 46.12 --longitude 3.42",
    "eligibility instructions": "eligibility instructions",
    "front-ends list": "front-ends list",
    "front-ends add": "front-ends add portal --kind holders",
    "front-ends revoke": "front-ends revoke portal",
    "front-ends check": "front-ends check portal",
    "audit verify": "audit verify --repair",
    "audit replay": "audit replay funding",
    "audit export": "audit export audit-2021",
    "audit checkpoint": "audit checkpoint checkpoint.json",
    "backup": "backup /mnt/copies/monday.sealed --with-keys",
    "restore": "restore /mnt/copies/monday.sealed --backup-key /mnt/backup.key --erasures erasures.jsonl",
    "keys list": "keys list",
    "keys rotate": "keys rotate intake",
    "keys tls": "keys tls --host fabriques.example.org",
    "keys backup": "keys backup /mnt/stick/backup.key",
    "erase": 'erase FABT-2020-4-00012 --as durand --reason "Demande écrite du 3 mai 2023."',
    "export": "export FABT-2020-4-00012 -o /mnt/handed-over/passerelle --as durand",
    "people list": "people list",
    "people add": "people add durand --role director",
    "people digest": "people digest qLdwBAYfKWvS4FyIq1Yb2pSEZqv0pWSa4AW0xYg3TkE=",
    "people revoke": "people revoke durand",
    "replay": "replay funding --from-scratch",
    "act": f"act territory.decided candidature_id=FABT-2020-4-00012 'zones=[\"qpv\"]' {WHY}",
    "import laureates": f"import laureates laureates.csv --dry-run {WHY}",
    "territory import": "territory import qpv.geojson --version 2024 --source INSEE --licence LO-2.0",
    "territory list": "territory list",
    "territory show": "territory show qpv-2024",
    "territory retire": "territory retire qpv-2024",
    "territory check": "territory check --commune 03310 --lat 46.12 --lon 3.42",
    "territory map": "territory map --out map.svg",
    "selection solve": "selection solve inputs.json",
    "selection verify": "selection verify inputs.json result.json",
    "selection why": "selection why inputs.json 0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11",
    "selection simulate": "selection simulate inputs.json --policy other.json",
    "selection report": "selection report inputs.json --out list.html",
}


def tell_examples(command: Any, words: tuple[str, ...]) -> None:
    """Adds their examples to a command that was just loaded, and to those below it."""
    for name, below in getattr(command, "commands", {}).items():
        tell_examples(below, (*words, name))
    if example := EXAMPLES.get(" ".join(words)):
        command.epilog = f"Example: {escape(f'fabriques {example}')}"
