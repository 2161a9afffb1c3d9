"""`fabriques readings`: who read a dossier, in which role, and when."""

import typer

from deploy.cli.connection.bus import ask_each
from deploy.cli.dossiers.dossier import Named
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_table

app = typer.Typer()
READ = {"intake": "texts and budget", "eligibility": "reviews", "funding": "reports"}


@app.command()
def readings(candidature_id: Named, as_json: AsJson = False) -> None:
    """Who of the officers and reviewers read a dossier, what of it, in which role, and when."""
    body = {"candidature_id": candidature_id}
    answers = ask_each(*((service, "readings", body) for service in READ))
    lines = [
        {"what": what, **line}
        for what, answer in zip(READ.values(), answers, strict=True)
        for line in answer["readings"]
    ]
    lines.sort(key=lambda line: (line["read_at"], line["reader_id"]))
    if as_json:
        print_json(lines)
        return
    if not lines:
        print_line("Nobody has read it.")
        return
    columns = ("read_at", "reader_id", "role", "what", "version")
    print_table(columns, ([line[name] for name in columns] for line in lines))
