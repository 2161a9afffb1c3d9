"""A short programme with everything in it, played on paper, so that it can be delivered in other orders."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding.bank.sealing import seal
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Account, Order, WaveState
from services.funding.tools.annual_job import pages
from services.intake.timer import CounterClock
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract.documents import example_of
from shared.contract.funding import GrantTrancheDue
from shared.contract.subjects import stream_of, subject_of
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.outgoing import Outgoing
from tests.faults.paper import PaperPlatform
from tests.stored import origin
from tests.submissions import submission

OPEN, REVIEW, PUBLISHED, SIGNED = (
    "2020-11-02T10:00:00+01:00", "2021-01-05T10:00:00+01:00", "2021-01-20T10:00:00+01:00",
    "2021-02-01T10:00:00+01:00",
)  # fmt: skip
VERIFIED, DUE, PAID, ANSWERED = (
    "2021-02-10T10:00:00+01:00", "2022-02-14T12:00:00+01:00", "2022-02-16T10:00:00+01:00",
    "2022-02-17T10:00:00+01:00",
)  # fmt: skip
CLOSED_AT = datetime.fromisoformat("2021-01-02T10:00:00+01:00")
CRITERIA = ("ambition", "anchoring", "governance", "business_model")
MARKS = (5, 4, 5, 3, 4, 1)
WAVE = "2020-4"


def act(actor: str, role: str = "instructor", **fields: Any) -> dict[str, Any]:
    return {"actor": {"id": actor, "role": role}, "reason": "selon le dossier", **fields}


def record(folder: Path) -> PaperPlatform:
    """Six dossiers from their first sending to the bank's answer.

    Each phase follows from what a person saw before.
    """
    paper = PaperPlatform(folder)
    dossiers = [submission(number) for number in range(9_001, 9_001 + len(MARKS))]
    _opening(paper)
    _counter(paper, dossiers)
    _selection(paper, [key for key, _ in dossiers])
    _money(paper, [key for key, _ in dossiers])
    return paper


def _phase(paper: PaperPlatform) -> None:
    """Lets everything happen; what is said from here on was written by somebody who saw it."""
    paper.settle()
    paper.phase += 1


def _opening(paper: PaperPlatform) -> None:
    """A label of before the platform: what follows counts with it."""
    told = example_of(b.LaureateImported)
    for actor, role in (("director-1", "director"), ("comptable-1", "accountant")):
        paper.say(
            b.LaureateImported, told["candidature_id"], act(actor, role, **_fields(told)), OPEN
        )
    _phase(paper)


def _fields(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("candidature_id", "laureate")}


def _counter(paper: PaperPlatform, dossiers: list[tuple[str, dict[str, Any]]]) -> None:
    for key, body in dossiers:
        paper.say(f.CandidatureSubmitted, key, body, OPEN)
    first, changed = dossiers[0]
    changed = {**changed, "place": {**changed["place"], "name": "La Grande Passerelle"}}
    paper.say(f.CandidatureSubmitted, first, changed, "2020-11-03T10:00:00+01:00")
    paper.say(f.CandidatureSubmitted, first, changed, "2020-11-03T10:00:01+01:00")
    bad, refused = submission(9_050, holder__siret="12345678901234")
    paper.say(f.CandidatureSubmitted, bad, refused, OPEN)
    gone, leaving = submission(9_051)
    paper.say(f.CandidatureSubmitted, gone, leaving, OPEN)
    paper.say(f.WithdrawalRequested, gone, {"candidature_id": gone, "reason": "déménagement"}, OPEN)
    part, incomplete = submission(9_052, project__governance="")
    paper.say(f.CandidatureSubmitted, part, incomplete, OPEN)
    paper.say(
        f.PiecesCompleted,
        part,
        {"candidature_id": part, "pieces": {"governance": "Un conseil."}},
        OPEN,
    )
    for key in [key for key, _ in dossiers] + [part]:
        mark = MARKS[[k for k, _ in dossiers].index(key)] if key != part else 2
        _review(paper, key, mark)
    _phase(paper)
    intake = paper.services["intake"]
    sequence = len(paper.log.streams["FRONTDESK_HOLDERS"])
    closing = CounterClock(paper.programme, intake.consumer, {}).closing(WAVE, sequence)
    paper.publish(intake.announce(f"wave-closed-{WAVE}", CLOSED_AT, closing))


def _review(paper: PaperPlatform, key: str, mark: int) -> None:
    for reviewer in ("r1", "r2"):
        paper.say(
            b.ReviewAssigned,
            key,
            act("officer-1", candidature_id=key, reviewer_id=reviewer),
            REVIEW,
        )
        marks = {
            "candidature_id": key,
            "reviewer_id": reviewer,
            "marks": dict.fromkeys(CRITERIA, mark),
        }
        why = {name: "Trop peu." for name in CRITERIA if mark < 3}
        paper.say(f.ReviewSubmitted, key, {**marks, "comment": "Lu.", "comments": why}, REVIEW)


def _selection(paper: PaperPlatform, keys: list[str]) -> None:
    _phase(paper)
    digest = _read(paper, WaveState, WAVE).digest
    for actor in ("director-1", "director-2"):
        paper.say(b.WaveApproved, WAVE, act(actor, "director", wave=WAVE, digest=digest), PUBLISHED)
    _phase(paper)


def _money(paper: PaperPlatform, keys: list[str]) -> None:
    laureates = [key for key, mark in zip(keys, MARKS, strict=True) if mark > 3][:4]
    public = paper.services["funding"].app.sealing_key(paper.settings).public_key_base64
    for number, key in enumerate(laureates[:-1]):
        paper.say(f.AgreementSigned, key, {"candidature_id": key, "signatory": "A. Martin"}, SIGNED)
        sealed = seal(
            public,
            {"iban": rehearsal_iban(number + 1), "bic": None, "account_holder": "Association"},
        )
        paper.say(f.BankDetailsProvided, key, {"candidature_id": key, "sealed": sealed}, SIGNED)
    _phase(paper)
    for key in laureates[:-1]:
        [account] = _asked(paper, lambda book, key=key: book.of(Account, key))
        paper.say(
            b.BankDetailsVerified,
            key,
            act("officer-2", candidature_id=key, fingerprint=account.fingerprint),
            VERIFIED,
        )
    _phase(paper)
    paper.say(
        b.GrantSuspended, laureates[0], act("officer-1", candidature_id=laureates[0]), VERIFIED
    )
    _phase(paper)
    engine = paper.services["funding"].consumer.work.engine
    for page in pages(engine, date(2022, 2, 14)):
        paper.publish([_falls_due(paper, due) for due in page])
    paper.say(b.GrantResumed, laureates[0], act("officer-1", candidature_id=laureates[0]), DUE)
    _phase(paper)
    orders = [order for key in laureates for order in _orders(paper, key)]
    total = sum(order.amount_cents for order in orders)
    for actor, role in (("ordonnateur-1", "authorising-officer"), ("comptable-1", "accountant")):
        body = act(
            actor,
            role,
            run_id="run-1",
            orders=len(orders),
            total_cents=total,
            digest=digest_of(orders),
        )
        paper.say(b.PaymentsApproved, "run-1", body, PAID)
        _phase(paper)


def _falls_due(paper: PaperPlatform, due: GrantTrancheDue) -> Outgoing:
    headers = origin(paper.programme.id, GrantTrancheDue) | {
        REHEARSAL_HEADER: DUE,
        "ce-id": f"due-{due.tranche_id}",
        "ce-time": DUE,
    }
    body, subject = due.model_dump_json().encode(), subject_of(paper.programme.id, due)
    return Outgoing(stream_of(due.publisher), subject, f"due-{due.tranche_id}", body, headers)


def _read(paper: PaperPlatform, kind: type[Any], key: str) -> Any:
    return _asked(paper, lambda book: book.one(kind, key))


def _orders(paper: PaperPlatform, key: str) -> list[Order]:
    found: list[Order] = _asked(paper, lambda book: book.of(Order, key))
    return found


def _asked(paper: PaperPlatform, question: Any) -> Any:
    consumer = paper.services["funding"].consumer
    return consumer.work.run(lambda _record, book: question(book))
