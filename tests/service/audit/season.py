"""A short programme on paper, from the first sending to the bank's answer, chained as the keeper does."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from deploy.keeper.chain import End, Link, beginning, links
from deploy.keeper.checkpoints import Scene, checkpoint
from deploy.keeper.keeper import APART
from deploy.local.audit.export import manifest_of, row_of, write_rows
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.log.reading import Stored
from shared.contract import backoffice as b
from shared.contract.event import Event
from shared.contract.funding import TrancheOrdered, TrancheSettled
from shared.contract.keeper import LogSealed
from shared.contract.subjects import subject_of
from shared.kit.delivery import Logged
from tests.faults.recording import ANSWERED, act, record
from tests.people import roots

KEY = SigningKey(b"\5" * 32)
NOW = datetime(2021, 5, 1, 9, tzinfo=UTC)
Log = dict[str, list[Logged]]
LINE = {"status": "settled", "bank_reference": "BANK-1", "booked_on": "2022-02-17"}


def played(folder: Path) -> Log:
    """Every stream of facts, once the bank has settled each first tranche but that of the last grant."""
    paper = record(folder)
    ordered = [
        message for message in paper.log.streams["FUNDING"] if "tranche.ordered" in message.subject
    ]
    orders = [TrancheOrdered.model_validate_json(message.data) for message in ordered][:-1]
    lines = [
        {**LINE, "end_to_end_id": one.order_id, "amount_cents": one.amount_cents} for one in orders
    ]
    said = act("comptable-1", "accountant", statement_id="STM-1", part=1, lines=lines)
    paper.say(b.BankStatementReceived, "STM-1", said, ANSWERED)
    log = {
        stream: [logged(message) for message in messages]
        for stream, messages in sorted(paper.log.streams.items())
        if stream not in APART
    }
    settled = [TrancheSettled(**one.model_dump(), bank_reference="BANK-1") for one in orders]
    for fact in settled:
        append(log, "FUNDING", fact)
    return log


def append(log: Log, stream: str, fact: Event) -> None:
    last = log[stream][-1]
    body = fact.model_dump_json().encode()
    subject = subject_of("fabriques", fact)
    log[stream].append(Logged(subject, last.sequence + 1, last.stamped_ns + 1, {}, body))


def logged(message: Stored) -> Logged:
    return Logged(
        message.subject, message.sequence, message.stamped_ns, message.headers, message.data
    )


@dataclass
class Sealed:
    """A log, its chains and its checkpoints: a test changes them as whoever has this or that key."""

    log: Log
    chains: dict[str, list[Link]] = field(default_factory=dict)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    programme: bytes = SHIPPED.read_bytes()

    def chain(self) -> "Sealed":
        """As the keeper does, from the first event on, with a checkpoint after everything."""
        platform = roots().platform
        self.chains = {
            stream: list(links(stream, beginning(platform, stream), messages))
            for stream, messages in self.log.items()
        }
        self.seal()
        return self

    def chain_of(self, stream: str) -> None:
        self.chains[stream] = list(
            links(stream, beginning(roots().platform, stream), self.log[stream])
        )

    def chain_without_holes(self) -> None:
        """As a keeper would that takes whatever it is given for the next event."""
        self.chain()
        platform = roots().platform
        for stream, messages in self.log.items():
            end, chain = beginning(platform, stream), []
            for message in messages:
                [link] = links(stream, replace(end, through=message.sequence - 1), [message])
                chain.append(link)
                end = End(link.through, link.head)
            self.chains[stream] = chain
        self.seal()

    def seal(self, key: SigningKey = KEY) -> None:
        """Two checkpoints, the second one of the whole."""
        self.checkpoints = []
        last: LogSealed | None = None
        scene = Scene(roots().platform, sha256(self.programme).hexdigest(), key)
        for part in (0.5, 1.0):
            ends = [
                (stream, end_of(chain[: int(len(chain) * part)]))
                for stream, chain in self.chains.items()
            ]
            last = checkpoint(scene, last, ends, 1, "hour", NOW)
            self.checkpoints.append(last.model_dump(mode="json"))

    def write(self, folder: Path) -> Path:
        for stream, chain in self.chains.items():
            lying: dict[int, list[Logged]] = defaultdict(list)
            for message in self.log[stream]:
                lying[message.sequence].append(message)
            rows = []
            for link in chain:
                here = lying[link.sequence]
                rows.append(row_of(link, here.pop(0) if here else None))
            write_rows(folder / "streams" / f"{stream}.jsonl", rows)
        write_rows(folder / "checkpoints.jsonl", self.checkpoints)
        (folder / "programme.toml").write_bytes(self.programme)
        (folder / "manifest.json").write_bytes(manifest_of(roots(), list(self.chains)))
        return folder


def end_of(chain: list[Link]) -> End:
    return End(chain[-1].through, chain[-1].head) if chain else End(0, bytes(32))
