"""`fabriques act --from FILE`: many decisions, each signed on its own, and what came of each of them."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rich.progress import track

from deploy.cli.acts.lines import Line, checked, read_lines
from deploy.cli.connection.bus import RECEIPT, Bus, Verdict, hearing, with_bus
from deploy.cli.connection.signing import Signer, signer_of
from deploy.cli.terminal.failures import CommandFailed, bus_failures
from deploy.cli.terminal.options import Officer
from deploy.cli.terminal.printing import console, print_json, print_line, print_table
from shared.contract.backoffice import OfficerAct
from shared.contract.people import MAY
from shared.contract.subjects import subject_of
from shared.contract.topology import Durable
from shared.kit.people.signatures import signed_headers

SAID_BEFORE = "said-before"
ANEW = "To say a line anew, let it read differently: give it another reason."
COLUMNS = ("#line", "fact", "dossier", "by", "what came of it")


@dataclass(frozen=True, slots=True)
class Ready:
    """A line that holds, with its act as it will be said, and whose it is."""

    line: Line
    act: OfficerAct
    signer: Signer

    @property
    def dossier(self) -> str:
        """What the act is about, as the line names it."""
        return self.line.cells.get(self.act.dossier_field, "")

    def act_id(self, programme: str) -> str:
        """It follows from what is said and by whom: the same line again is the same act, and counts once."""
        said = f"{self.signer.platform}\n{subject_of(programme, self.act)}\n{self.act.model_dump_json()}"
        return str(uuid5(NAMESPACE_URL, said))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a line. `state`: said, said-before, unsaid in a dry run, open: nobody has decided it.

    `said_at` is when that was, of a line that was said before.
    """

    line: int
    fact: str
    dossier: str
    by: str
    state: str
    verdicts: list[Verdict]
    cause: str = ""
    said_at: str | None = None

    @property
    def failed(self) -> bool:
        return bool(self.cause) or (
            bool(self.verdicts) and not any(one.changed for one in self.verdicts)
        )

    def as_line(self) -> str:
        told = " · ".join(verdict.as_line() for verdict in self.verdicts) or self.cause
        if self.said_at:
            return f"said before, on {_moment(self.said_at)}: {told}"
        return told or "would be said"


def act_from_file(
    source: Path,
    fact: str | None,
    officer: Officer,
    reason: str,
    at: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Raises CommandFailed with every mistake before anything is said; after it, where a line was refused."""
    lines = read_lines(source, fact, reason)

    async def work(bus: Bus) -> list[Outcome]:
        ready = await _ready(bus, lines, officer)
        return [await outcome_of(bus, one, at, dry_run) for one in watched(ready, dry_run)]

    tell_outcomes(with_bus(work), as_json)


def tell_outcomes(outcomes: list[Outcome], as_json: bool) -> None:
    """Raises CommandFailed where a line changed nothing."""
    _tell(outcomes, as_json)
    failed = [outcome for outcome in outcomes if outcome.failed]
    if failed:
        raise CommandFailed(f"{len(failed)} of {len(outcomes)} lines changed nothing. {ANEW}")


def _moment(instant: str) -> str:
    """`04/01/2021, 10:00`, on the clock of this machine."""
    return datetime.fromisoformat(instant).astimezone().strftime("%d/%m/%Y, %H:%M")


def _tell(outcomes: list[Outcome], as_json: bool) -> None:
    if as_json:
        print_json(outcomes)
        return
    print_table(
        COLUMNS, ((one.line, one.fact, one.dossier, one.by, one.as_line()) for one in outcomes)
    )
    counts = Counter(outcome.state for outcome in outcomes)
    print_line(", ".join(f"{count} {state}" for state, count in counts.items()) + ".")
    if counts[SAID_BEFORE]:
        print_line(f"What was said before is not said again, whatever came after it. {ANEW}")


async def _ready(bus: Bus, lines: list[Line], officer: Officer) -> list[Ready]:
    known = await _known(bus, lines)
    found = checked(lines, known, [zone.id for zone in bus.programme.zones])
    wrong = list(found.mistakes)
    signers: dict[type[OfficerAct], Signer] = {}
    people = await bus.ask("intake", "people")
    for kind in {type(act) for act in found.acts.values()}:
        try:
            signers[kind] = signer_of(people, bus.settings.home, MAY[kind], officer)
        except CommandFailed as failure:
            wrong += [f"{kind.aggregate}.{kind.verb}: {reason}" for reason in failure.reasons]
    if wrong:
        raise CommandFailed(*wrong)
    return [_signed(line, found.acts[line.number], signers) for line in lines]


def _signed(line: Line, act: OfficerAct, signers: dict[type[OfficerAct], Signer]) -> Ready:
    signer = signers[type(act)]
    return Ready(line, act.model_copy(update={"actor": signer.actor}), signer)


async def _known(bus: Bus, lines: list[Line]) -> dict[str, str]:
    """The ids of the dossiers that the lines name, by receipt or by id; what nobody knows is left out."""
    known = {}
    for name in dict.fromkeys(name for line in lines for name in line.names):
        receipt = RECEIPT.fullmatch(name)
        dossier, tranche = (receipt[1], receipt[2] or "") if receipt else (name, "")
        found = await bus.ask_anyway("intake", "dossier", candidature_id=dossier)
        if "error" not in found:
            known[name] = f"{found['candidature_id']}{tranche}"
    return known


def watched(ready: list[Ready], dry_run: bool) -> Iterator[Ready]:
    """How far it is, for who looks at a terminal."""
    quiet = dry_run or not sys.stderr.isatty()
    yield from track(ready, "acts", console=console(stderr=True), transient=True, disable=quiet)


async def outcome_of(bus: Bus, ready: Ready, at: str | None, dry_run: bool) -> Outcome:
    """What nobody could take is told, and the next line said: run again, the file says what is missing."""
    act_id = ready.act_id(bus.programme.id)
    line = ready.line
    head = (line.number, line.fact, ready.dossier, ready.signer.actor.id)
    try:
        with bus_failures(bus.settings.nats_url):
            before = [await _before(bus, durable, ready, act_id) for durable in hearing(ready.act)]
            told = [answer for answer in before if answer["decided"]]
            if told:
                verdicts = [Verdict.of(answer["service"], answer) for answer in told]
                return Outcome(*head, SAID_BEFORE, verdicts, said_at=told[0]["decided_at"])
            if dry_run:
                return Outcome(*head, "unsaid", [])
            return Outcome(*head, "said", await _said(bus, ready, act_id, at))
    except CommandFailed as failure:
        return Outcome(*head, "open", [], " · ".join(failure.reasons))


async def _before(bus: Bus, durable: Durable, ready: Ready, act_id: str) -> dict[str, Any]:
    """What a service made of this very act, where it was said already, with the name of the `service`."""
    name = f"{ready.signer.actor.id}/{act_id}"
    return {"service": durable.service, **await bus.ask(durable.service, "decided", act=name)}


async def _said(bus: Bus, ready: Ready, act_id: str, at: str | None) -> list[Verdict]:
    signer = ready.signer

    def sign(subject: str, body: bytes) -> dict[str, str]:
        return signed_headers(signer.key, signer.platform, subject, act_id, body)

    return await bus.said(ready.act, sign, at)
