"""What people do in the simulated programme: what they send at once, then more each time all is still.

Two dossiers, one sent twice and changed, one withdrawn; the one that stays is reviewed twice, awarded, paid.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from deploy.local.home.programme_copy import SHIPPED
from deploy.rehearsal.test_bank import rehearsal_iban
from services.funding.bank.sealing import FieldCipher, SealingKey, seal
from services.funding.domain.money.payments import digest_of
from services.funding.domain.states import Account, Order, Tranche, WaveState
from services.notify.domain.proof import Proof
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract.event import Event
from shared.contract.funding import GrantTrancheDue
from shared.programme import load_programme
from tests.submissions import submission

WAVE = "2020-4"
OPEN = datetime(2020, 11, 3, 9, tzinfo=UTC)
REVIEWED = datetime(2021, 1, 5, 9, tzinfo=UTC)
APPROVED = datetime(2021, 1, 20, 9, tzinfo=UTC)
SIGNED = datetime(2021, 2, 1, 9, tzinfo=UTC)
VERIFIED = datetime(2021, 2, 10, 9, tzinfo=UTC)
DUE = datetime(2021, 4, 20, 10, tzinfo=UTC)
PAID = datetime(2021, 4, 22, 9, tzinfo=UTC)
SEALING = SealingKey(b"\1" * 32)
CIPHER = FieldCipher({1: b"\2" * 32})
PROOF = Proof(b"\3" * 32)
# Which letter would wait for the next day follows from the order they come in.
LETTERS_A_DAY = 1_000

Heard = tuple[Event, datetime]
States = Callable[[type[Any]], list[Any]]  # what funding holds of a kind


@cache
def programme() -> Any:
    return load_programme(SHIPPED)


@cache
def script() -> tuple[Heard, ...]:
    """What is sent at once, in whatever order it comes."""
    said: list[Heard] = []
    (first, body) = submission(8_001)
    (second, other) = submission(8_002)
    changed = {**body, "place": {**body["place"], "name": "La Grande Passerelle"}}
    for sent in (body, body, changed, other):
        said.append((f.CandidatureSubmitted.model_validate(sent), OPEN.replace(minute=len(said))))
    gone = f.WithdrawalRequested.model_validate(
        {"candidature_id": second, "reason": "déménagement"}
    )
    said.append((gone, OPEN.replace(minute=30)))
    for reviewer in ("r1", "r2"):
        said.append(
            (
                _act(b.ReviewAssigned, "officer-1", candidature_id=first, reviewer_id=reviewer),
                REVIEWED,
            )
        )
        marks = {criterion.id: 4 for criterion in programme().criteria}
        review = {
            "candidature_id": first,
            "reviewer_id": reviewer,
            "marks": marks,
            "comment": "Lu.",
        }
        said.append((f.ReviewSubmitted.model_validate(review), REVIEWED))
    return tuple(said)


def approve_the_wave(states: States) -> list[Heard]:
    return [
        (_act(b.WaveApproved, who, "director", wave=WAVE, digest=wave.digest), APPROVED)
        for wave in states(WaveState)
        if wave.digest
        for who in ("d-1", "d-2")
    ]


def sign_and_give_the_account(_states: States) -> list[Heard]:
    key = submission(8_001)[0]
    signed = f.AgreementSigned.model_validate({"candidature_id": key, "signatory": "A. Martin"})
    return [(signed, SIGNED), (_bank_details(key), SIGNED)]


@cache
def _bank_details(key: str) -> Event:
    details = {"iban": rehearsal_iban(1), "bic": None, "account_holder": "Association"}
    return f.BankDetailsProvided.model_validate(
        {"candidature_id": key, "sealed": seal(SEALING.public_key_base64, details)}
    )


def verify_the_account(states: States) -> list[Heard]:
    seen = [
        {"candidature_id": found.candidature_id, "fingerprint": found.fingerprint}
        for found in states(Account)
    ]
    return [(_act(b.BankDetailsVerified, "officer-2", **account), VERIFIED) for account in seen]


def run_the_tranche_job(states: States) -> list[Heard]:
    due = [
        tranche
        for tranche in states(Tranche)
        if tranche.due_on <= DUE.date() and tranche.state == "scheduled"
    ]
    names = ("tranche_id", "candidature_id", "number", "due_on", "amount_cents")
    return [
        (GrantTrancheDue(**{name: getattr(tranche, name) for name in names}), DUE)
        for tranche in due
    ]


def pay(states: States) -> list[Heard]:
    orders = [order for order in states(Order) if order.state == "ordered"]
    total = sum(order.amount_cents for order in orders)
    run = {
        "run_id": "run-1",
        "orders": len(orders),
        "total_cents": total,
        "digest": digest_of(orders),
    }
    roles = (("ordonnateur-1", "authorising-officer"), ("comptable-1", "accountant"))
    return [(_act(b.PaymentsApproved, who, role, **run), PAID) for who, role in roles if orders]


MOVES = (approve_the_wave, sign_and_give_the_account, verify_the_account, run_the_tranche_job, pay)


def _act(kind: type[Any], who: str, role: str = "instructor", **fields: Any) -> Event:
    act: Event = kind.model_validate(
        {"actor": {"id": who, "role": role}, "reason": "selon le dossier", **fields}
    )
    return act
