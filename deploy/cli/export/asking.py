"""What is asked before anything is handed over: each signed question leaves its line, or is refused."""

from dataclasses import dataclass, field
from typing import Any

from deploy.cli.connection.attachment import read_attachment
from deploy.cli.connection.bus import Bus
from deploy.cli.connection.reading import read_signed
from deploy.cli.dossiers.erase import kept_file
from deploy.cli.terminal.failures import CommandFailed
from deploy.cli.terminal.options import Officer
from deploy.cli.timeline.reading import read_dossier
from deploy.local.log.reading import Stored


@dataclass(frozen=True, slots=True)
class Answers:
    """What the services say of a dossier: `file` is intake's word on its keeping, `reviews` name nobody.

    `attached` are the files of it as it stands, with their bytes under `content`.
    """

    file: dict[str, Any]
    why: str
    reviews: list[dict[str, Any]]
    attached: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_erased(self) -> bool:
        return bool(self.file["status"] == "erased")


@dataclass(frozen=True, slots=True)
class Log:
    """What the log holds of it, and whether its events tell their own time."""

    messages: list[Stored]
    rehearsal: bool


async def answers_of(bus: Bus, name: str, officer: Officer) -> Answers:
    """Of what is erased nothing is left to read, and no line is left.

    Raises CommandFailed where this person may not read it, or the counter does not know it.
    """
    file = await kept_file(bus, name)
    named = {"candidature_id": file["candidature_id"]}
    told = await bus.ask_anyway("funding", "why", **named)
    why = str(told.get("text") or "")
    if file["status"] == "erased":
        return Answers(file, why, [])
    if not file["receipt_number"]:
        raise CommandFailed(
            f"{name} was never registered, so no reading of it can be noted: its front-end has what was "
            "sent, `fabriques timeline` tells what was answered"
        )
    read = await read_signed(bus, "intake.file", officer, **named)
    names = [one["name"] for one in read["attachments"]]
    attached = [
        await read_attachment(bus, named["candidature_id"], name, officer) for name in names
    ]
    said = await read_signed(bus, "eligibility.file-reviews", officer, **named)
    if told.get("grant"):
        await read_signed(bus, "funding.file-reports", officer, **named)
    reviews = [{"marks": one["marks"], "recused": one["recused"]} for one in said["reviews"]]
    return Answers(file, why, reviews, attached)


async def log_of(bus: Bus, candidature_id: str) -> Log:
    """Under the operators' identity, which alone may read the log."""
    return Log(await read_dossier(bus, candidature_id), bus.settings.rehearsal)
