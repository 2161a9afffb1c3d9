"""Funding's consumer without a bus: real handlers, transactions and database; what was said is at hand.

treasury = Treasury.beginning(tmp_path)
grant = treasury.award((5_000_000, 5_000_000, 5_000_000))
treasury.say(front.AgreementSigned(candidature_id=grant, signatory="A. Martin"))
assert treasury.tranche(grant, 1).state == "scheduled"
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding import store
from services.funding.app import NAME
from services.funding.bank.sealing import account_row, checked_details, seal
from services.funding.domain.money.ledger import MovementBook, committed
from services.funding.domain.money.schedule import schedule
from services.funding.domain.states import Account, Entry, Grant, Ranking, WaveState
from services.funding.handlers.payment import PaymentHandlers
from services.funding.handlers.waves import SelectionHandlers
from services.funding.tables import JOURNAL, STATE_TABLES
from services.funding.tools.annual_job import pages
from shared.contract import backoffice as officers
from shared.contract import frontdesk as front
from shared.contract.decision import Decision
from shared.contract.event import Event
from shared.contract.funding import GrantAwarded, GrantTrancheDue
from shared.contract.subjects import subject_of
from shared.kit.consumer.batch import Batch
from shared.kit.delivery import REHEARSAL_HEADER, Arrival, Delivery
from shared.kit.handled import Handled
from shared.kit.ids import derived_id
from shared.kit.reactions import Reactions
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate
from shared.kit.storage.states import States
from shared.programme import Programme, load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.databases import lay
from tests.people import in_their_role, roots, signed
from tests.service.money.fragile import FragileConsumer, Message
from tests.service.money.looking import CIPHER, SEALING, LookedAt
from tests.service.money.paying import Paying, person
from tests.stored import origin, stored_subject, stream_holding

WAVE = "2020-4"
PUBLISHED_AT = datetime(2021, 1, 20, 9, tzinfo=UTC)


@lru_cache
def shipped() -> Programme:
    """Each award has payment days of its own."""
    programme = load_programme(SHIPPED_PROGRAMME)
    payment = programme.payment.model_copy(update={"due_day": ""})
    return programme.model_copy(update={"payment": payment})


@dataclass
class Treasury(LookedAt, Paying):
    programme: Programme
    engine: Engine
    folder: Path
    now: datetime = PUBLISHED_AT
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sequences: dict[str, Iterator[int]] = field(
        default_factory=lambda: defaultdict(lambda: count(1))
    )
    grants: int = 0
    payment: PaymentHandlers = field(init=False)
    consumer: FragileConsumer = field(init=False)

    def __post_init__(self) -> None:
        self.payment = PaymentHandlers(self.programme, SEALING, CIPHER)
        self.consumer = self.new_consumer(self.engine)

    @classmethod
    def beginning(cls, folder: Path, **changes: Any) -> "Treasury":
        """An empty SQLite database in this folder."""
        engine = open_engine(f"sqlite:///{folder / 'funding.sqlite'}")
        event.listen(
            engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF")
        )
        return cls.on(engine, folder, **changes)

    @classmethod
    def on(cls, engine: Engine, folder: Path, **changes: Any) -> "Treasury":
        lay(engine.url, NAME)
        migrate(engine, NAME)
        return cls(shipped().model_copy(update=changes), engine, folder)

    def new_consumer(self, engine: Engine) -> FragileConsumer:
        selection = SelectionHandlers(self.programme)
        reactions = Reactions(NAME, {**selection.reactions(), **self.payment.reactions()})
        state_tables = STATE_TABLES
        consumer = FragileConsumer(
            NAME, self.programme.id, engine, JOURNAL, state_tables, reactions, rehearsal=True
        )
        consumer.trust(roots())
        return consumer

    # What happens

    def award(self, awarded_cents: tuple[int, ...], promoted: bool = False) -> str:
        return self.award_many([awarded_cents], promoted)[0]

    def award_many(self, awards: Sequence[tuple[int, ...]], promoted: bool = False) -> list[str]:
        """Grants as a publication leaves them: awarded, scheduled, committed, said."""
        fresh = [self._grant(awarded_cents, promoted) for awarded_cents in awards]

        def decide(states: States, at: Arrival) -> Decision:
            lines = MovementBook(at.event_id, at.now)
            changes: list[Any] = [
                WaveState(WAVE, "published", len(fresh), len(fresh), len(fresh), 1)
            ]
            for grant in fresh:
                lines.commit_award(grant)
                number = grant.receipt_number
                entry = Entry(
                    grant.candidature_id,
                    WAVE,
                    number,
                    commune_code=number[-5:],
                    zones=(grant.zone,),
                    eligible=True,
                    front_end="holders",
                )
                changes += [entry, grant, *schedule(self.programme, grant)]
            facts = tuple(
                GrantAwarded(
                    candidature_id=grant.candidature_id,
                    wave=WAVE,
                    rank=grant.rank,
                    zone=grant.zone,
                    awarded_cents=grant.awarded_cents,
                    promoted=promoted,
                    awarded_at=grant.awarded_at,
                )
                for grant in fresh
            )
            fund = committed(store.fund_of(states, self.programme), fresh)
            return Decision("published", facts=facts, changes=(fund, *changes, *lines.lines))

        self.announce(f"published-{self.grants}", decide)
        return [grant.candidature_id for grant in fresh]

    def award_ready(self, how_many: int, cents: int = 5_000_000) -> list[str]:
        """Many grants of one year, each agreed, on an account of its own that is verified and cooled off."""
        keys = self.award_many([(cents,)] * how_many)

        def decide(states: States, _at: Arrival) -> Decision:
            found = states.many(Grant, [(key,) for key in keys]).values()
            agreed = [replace(grant, state="agreed", agreed_at=self.now) for grant in found]
            accounts = [self._account(key, number) for number, key in enumerate(keys)]
            return Decision("ready", changes=(*agreed, *accounts))

        self.announce(f"ready-{self.grants}", decide)
        return keys

    def _account(self, key: str, number: int) -> Account:
        details = checked_details(
            {"iban": rehearsal_iban(number), "bic": None, "account_holder": f"Lieu {number}"}
        )
        fingerprint = SEALING.fingerprint(details)
        secret = CIPHER.encrypt(
            json.dumps(asdict(details)), "accounts", account_row(key, fingerprint), "secret"
        )
        return Account(
            key, fingerprint, secret, 1, self.now, verified_at=self.now, verified_by="officer-1"
        )

    def waitlist(self, requested_cents: tuple[int, ...]) -> str:
        """A candidature that waits on the reserve list of the published wave."""
        grant = self._grant(requested_cents, False)
        key, receipt = grant.candidature_id, grant.receipt_number
        entry = Entry(
            key,
            WAVE,
            receipt,
            1,
            1,
            commune_code=receipt[-5:],
            front_end="holders",
            zones=("qpv",),
            requested_cents=requested_cents,
            eligible=True,
            score=1_500,
            criteria={},
        )
        place = Ranking(
            key,
            WAVE,
            1,
            grant.rank,
            1_500,
            (),
            "waitlisted",
            None,
            (),
            (),
            1,
            {},
            ("qpv",),
            requested_cents,
            (),
        )
        self.announce(
            f"waitlisted-{key}", lambda _book, _at: Decision("waitlisted", changes=(entry, place))
        )
        return key

    def _grant(self, awarded_cents: tuple[int, ...], promoted: bool) -> Grant:
        key = self.next_grant
        self.grants += 1
        number = self.grants
        receipt = f"FABT-{WAVE}-{number:05d}"
        return Grant(
            key,
            WAVE,
            receipt,
            f"Lieu {number}",
            "13002603200016",
            "qpv",
            number,
            awarded_cents,
            promoted,
            "awarded",
            self.now,
            front_end="holders",
        )

    @property
    def next_grant(self) -> str:
        """The candidature that the next award will be of."""
        number = self.grants + 1
        return derived_id("grant", number, PUBLISHED_AT)[:-12] + f"{number:012x}"

    def say(self, event: Event) -> Handled:
        """One event, decided in a transaction of its own. What the database refuses fails, as in life."""
        return self.hear(self.delivery(event))

    def hear(self, delivery: Delivery) -> Handled:
        batch = self.consumer.transact([delivery])
        self._keep(batch)
        return batch.handled[0]

    def announce(self, name: str, decide: Callable[[States, Arrival], Decision]) -> None:
        event = self.consumer.timer_event(name, self.now)
        self._keep(
            self.consumer.work.run(lambda i, s: self.consumer.decider.announce(i, s, event, decide))
        )

    def tick(self) -> None:
        """The timer, where something waits for it."""
        self.consumer.clock.advance(self.now)
        if self.read(lambda states: store.cooled_off(states, self.now)):
            self.announce(
                f"cooled-off-{len(self.said)}-{self.now.timestamp():.0f}", self.payment.cooled_off
            )

    def _keep(self, batch: Batch) -> None:
        for message in batch.pending.messages:
            self.said.append((message.subject, json.loads(message.body)))

    def delivery(self, event: Event, event_id: str = "", attempt: int = 1) -> Delivery:
        event = in_their_role(event)
        stream = stream_holding(type(event))
        sequence = next(self.sequences[stream])  # a place of its own: several threads speak
        headers = origin(self.programme.id, type(event))
        headers |= {"ce-time": self.now.isoformat(), REHEARSAL_HEADER: self.now.isoformat()}
        if event_id:
            headers["ce-id"] = event_id
        subject, body = subject_of(self.programme.id, event), event.model_dump_json().encode()
        headers |= signed(type(event), subject, body, event.model_dump(), self.consumer.platform)
        places = f"{attempt}.{sequence}.{sequence}.{sequence * 1_000_000}.0"
        reply = f"$JS.ACK.{stream}.funding-on-{stream.lower()}.{places}"
        stored = stored_subject(self.programme.id, type(event), event.dossier)
        return Delivery.of(Message(stored, reply, body, headers))

    # What people do

    def sign(self, grant: str) -> Handled:
        return self.say(front.AgreementSigned(candidature_id=grant, signatory="A. Martin"))

    def provide(self, grant: str, number: int) -> Handled:
        sealed = seal(
            SEALING.public_key_base64,
            {"iban": rehearsal_iban(number), "bic": None, "account_holder": "Lieu"},
        )
        return self.say(front.BankDetailsProvided(candidature_id=grant, sealed=sealed))

    def verify(self, grant: str, officer: str = "officer-1") -> Handled:
        return self.say(
            officers.BankDetailsVerified(
                candidature_id=grant, fingerprint=self.fingerprint(grant), **person(officer)
            )
        )

    def confirm(self, grant: str, officer: str = "officer-2") -> Handled:
        return self.say(
            officers.BankDetailsConfirmed(
                candidature_id=grant, fingerprint=self.fingerprint(grant), **person(officer)
            )
        )

    def ready(self, grant: str, number: int = 1) -> None:
        """Signed, with an account that is verified."""
        self.sign(grant)
        self.provide(grant, number)
        self.verify(grant)

    def report(self, grant: str, year: int, accepted: bool = True) -> Handled:
        lines = (front.ReportLine(label="Salaires", planned_cents=100, spent_cents=90),)
        outcome = self.say(
            front.ReportSubmitted(candidature_id=grant, year=year, activity="Ouvert.", lines=lines)
        )
        if accepted and (sent := self.file(grant).reports.get(year)):
            read = {"candidature_id": grant, "year": year, "version": sent.version}
            return self.say(officers.ReportAccepted(**read, **person("officer-1")))
        return outcome

    def due(self, grant: str, number: int, event_id: str = "") -> Handled:
        tranche = self.tranche(grant, number)
        names = ("tranche_id", "candidature_id", "number", "due_on", "amount_cents")
        fact = GrantTrancheDue(**{name: getattr(tranche, name) for name in names})
        return self.hear(self.delivery(fact, event_id or f"due-{tranche.tranche_id}"))

    def job(self, as_of: date | None = None) -> int:
        """The annual job on its own store, without the bus's write-once belt.

        Returns how many it spoke of.
        """
        facts = [fact for page in pages(self.engine, as_of or self.today) for fact in page]
        for fact in facts:
            self.hear(self.delivery(fact, f"due-{fact.tranche_id}"))
        return len(facts)

    # What is known

    @property
    def today(self) -> date:
        return self.programme.local_day(self.now)

    def move_to(self, day: date, at: time = time(12)) -> None:
        self.now = max(self.now, datetime.combine(day, at, self.programme.zone))

    def read(self, question: Callable[[States], Any]) -> Any:
        with self.engine.connect().execution_options(reads_only=True) as connection:
            return question(States(connection, STATE_TABLES))
