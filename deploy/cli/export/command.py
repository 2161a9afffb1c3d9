"""`fabriques export`: a person asks what is kept about them, and gets all of it, to read and as JSON."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import with_bus
from deploy.cli.connection.whereabouts import home, programme_of, running_platform
from deploy.cli.export.asking import Answers, answers_of, log_of
from deploy.cli.export.collecting import entries_of
from deploy.cli.export.document import document_of
from deploy.cli.export.letters import add_letters
from deploy.cli.export.page import page_of
from deploy.cli.safekeeping.log_progress import progress, told_failures
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import As, AsJson, Officer
from deploy.cli.terminal.printing import print_json, print_line
from deploy.local.home.durable import write_durably
from shared.contract.front_ends import OPERATORS
from shared.contract.values import Role
from shared.programme import Programme

app = typer.Typer()
PAGE, DATA, ATTACHED = "dossier.html", "dossier.json", "attachments"
STEPS = 3
Named = Annotated[
    str, typer.Argument(metavar="ID|RECEIPT", help="The dossier's id, or its receipt number.")
]
Out = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="A new folder for the files.")
]


@app.command("export")
def export(candidature_id: Named, out: Out, person: As = "", as_json: AsJson = False) -> None:
    """Hand over all that is kept about a person: where, until when; as a page in French, and as JSON.

    A director reads it, and that leaves a line as each reading does. Reviewers are not named, and the
    account stays sealed. After an erasure it tells what is left, and why.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandFailed(f"{out} is no empty folder: name a new one with -o")
    programme = programme_of(running_platform())
    with told_failures(), progress("export") as tell:
        answers = with_bus(
            lambda bus: answers_of(bus, candidature_id.strip(), Officer(person, Role.DIRECTOR))
        )
        tell(1, STEPS)
        dossier = answers.file["candidature_id"]
        log = with_bus(lambda bus: log_of(bus, dossier), OPERATORS)
        tell(2, STEPS)
        entries = entries_of(log.messages, dossier, log.rehearsal)
        letters = add_letters(entries, home() / "mail")
        by = "" if answers.is_erased else person or "un directeur"
        document = document_of(answers, entries, programme, by)
        _write(out, document, programme)
        attached = _write_attached(out / ATTACHED, answers)
        tell(STEPS, STEPS)
    told = {
        "files": [str(out / PAGE), str(out / DATA), *attached],
        "messages": len(entries),
        "letters": letters,
        "kept_until": document["keeping"]["until"],
        "erased": answers.is_erased,
    }
    if as_json:
        return print_json(told)
    return _tell(told)


def _write(folder: Path, document: dict[str, Any], programme: Programme) -> None:
    """For their owner's eyes alone: whoever hands them over says how. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(folder / PAGE, page_of(document, programme).encode(), mode=0o600)
    data = json.dumps(document, ensure_ascii=False, indent=2)
    write_durably(folder / DATA, data.encode(), mode=0o600)


def _write_attached(folder: Path, answers: Answers) -> list[str]:
    """The files of the dossier under their own names. Raises OSError."""
    if answers.attached:
        folder.mkdir(mode=0o700, exist_ok=True)
    contents = {folder / one["name"]: one["content"] for one in answers.attached}
    for path, content in contents.items():
        write_durably(path, content, mode=0o600)
    return [str(path) for path in contents]


def _tell(told: dict[str, Any]) -> None:
    print_line(f"{told['messages']} messages, {told['letters']} letters with their text:")
    for path in told["files"]:
        print_line(f"  {path}")
    if told["erased"]:
        print_line("It was erased: what is left names nobody, and the page tells why it is kept.")
    elif told["kept_until"]:
        print_line(f"It is kept until {told['kept_until']}.")
    else:
        print_line("It is kept while it is examined: the page tells for how long after.")
