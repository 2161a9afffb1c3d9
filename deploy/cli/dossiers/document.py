"""`fabriques document`: a decision of a dossier as a PDF file, and whether a file is what was made."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.cli.connection.bus import Bus, with_bus
from deploy.cli.dossiers.dossier import Named
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import AsJson
from deploy.cli.terminal.printing import print_json, print_line, print_rows, print_table
from deploy.local.home.durable import write_durably
from shared.contract.values import DocumentKind

app = typer.Typer()
MAKING_SECONDS_MAX = 30.0
COLUMNS = ("made_at", "kind", "=number", "template_version", "typesetter", "=digest")
Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where the PDF file goes.")
]
Check = Annotated[
    Path | None,
    typer.Option(
        "--check", metavar="FILE", exists=True, dir_okay=False, help="Make nothing: is it this one?"
    ),
]


@app.command("document")
def document(
    kind: DocumentKind,
    candidature_id: Named,
    out: Out = None,
    check: Check = None,
    as_json: AsJson = False,
) -> None:
    """Make a document of a dossier (tagged PDF, PDF/UA-1), or check a file against those that were made.

    The file is named by the document's number, unless `--out` names it. Made again of the same letter and
    template, it has the same bytes. Its number and digest stay in the log: `fabriques documents` lists them.
    """
    if check:
        digest = sha256(check.read_bytes()).hexdigest()
        told = {
            "file": str(check),
            **with_bus(lambda bus: _checked(bus, kind, candidature_id, digest)),
        }
    else:
        told = with_bus(lambda bus: _made(bus, kind, candidature_id, out))
    if as_json:
        return print_json(told)
    return print_line(
        f"{told['file']}: {told['number']}, made on {told['made_at'][:10]}, sha256 {told['digest']}"
    )


@app.command("documents")
def documents(candidature_id: Named, as_json: AsJson = False) -> None:
    """The documents that a dossier may have, and each file that was made, with its digest."""
    found = with_bus(lambda bus: bus.ask("notify", "documents", candidature_id=candidature_id))
    if as_json:
        return print_rows(found["made"])
    names = [f"{one['kind']} ({one['number']})" for one in found["available"]]
    print_line(f"May be made: {', '.join(names) or 'none'}.")
    if not found["made"]:
        return print_line("None was made yet.")
    return print_table(
        COLUMNS, ([row[name.lstrip("=")] for name in COLUMNS] for row in found["made"])
    )


async def _made(
    bus: Bus, kind: DocumentKind, candidature_id: str, out: Path | None
) -> dict[str, Any]:
    answer = await bus.ask(
        "notify", "document", MAKING_SECONDS_MAX, candidature_id=candidature_id, kind=kind.value
    )
    content = base64.b64decode(answer.pop("pdf"))
    path = out or Path(f"{answer['number']}.pdf")
    write_durably(path, content, mode=0o600)
    return {"file": str(path), "bytes": len(content), **answer}


async def _checked(
    bus: Bus, kind: DocumentKind, candidature_id: str, digest: str
) -> dict[str, Any]:
    """Raises CommandFailed for a file of which no fact tells."""
    found = await bus.ask("notify", "documents", candidature_id=candidature_id)
    for row in found["made"]:
        if row["digest"] == digest and row["kind"] == kind.value:
            return dict(row)
    raise CommandFailed(
        f"the file is no {kind.value} of this dossier as it was made (sha256 {digest}): "
        "`fabriques documents` lists what was made"
    )
