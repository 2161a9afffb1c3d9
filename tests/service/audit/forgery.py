"""Each kind of forgery in what a sealed log says: approvals, marks, ranks, payments, malformed bodies."""

import json
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from shared.contract.backoffice import OfficerAct, PaymentDeclared, PaymentsApproved
from shared.contract.documents import example_of
from shared.contract.event import Event
from shared.contract.funding import PaymentsExported, TrancheOrdered, TrancheSettled
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.subjects import said_subject
from shared.contract.values import Actor, Role
from shared.kit.delivery import Logged
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.faults.recording import CRITERIA
from tests.people import key_of, roots
from tests.service.audit.season import Sealed, append
from tests.service.audit.tampering import Tamper, change, place_of, say_otherwise

Json = dict[str, Any]
TREASURY = (
    Actor(id="ordonnateur-1", role=Role.AUTHORISING_OFFICER),
    Actor(id="comptable-1", role=Role.ACCOUNTANT),
)


def officer_says(sealed: Sealed, said: OfficerAct, **what: Any) -> None:
    """One more act, signed by whom it names as their front-end publishes it; `what` is another in the log."""
    append(sealed.log, "BACKOFFICE", said)
    act = sealed.log["BACKOFFICE"][-1]
    act_id = f"{said.actor.id}-{act.sequence}"
    signature = signed_headers(
        key_of(said.actor.id), roots().platform, act.subject, act_id, act.body
    )
    subject = act.subject.replace(".backoffice.", ".backoffice.officers.")
    sealed.log["BACKOFFICE"][-1] = replace(act, headers=signature, subject=subject, **what)


def an_approval_signed_again_by_another_key(sealed: Sealed) -> str:
    place = place_of(sealed, "BACKOFFICE", "wave.approved")
    message = sealed.log["BACKOFFICE"][place - 1]
    subject, act_id = said_subject(message.subject), message.headers["ce-id"]
    again = signed_headers(key_of("officer-1"), roots().platform, subject, act_id, message.body)
    change(sealed, "BACKOFFICE", place, headers=message.headers | again)
    sealed.chain()
    return f"FUNDING {place_of(sealed, 'FUNDING', 'wave.published')}:"


def an_approval_whose_author_was_revoked_before_the_second(sealed: Sealed) -> str:
    first, second = [one for one in sealed.log["BACKOFFICE"] if ".wave.approved." in one.subject]
    actor = json.loads(first.body)["actor"]["id"]
    for name in ("administrator-1", "administrator-2"):
        said = PersonRevoked(
            person_id=actor, actor=Actor(id=name, role=Role.ADMINISTRATOR), reason="départ"
        )
        officer_says(sealed, said, stamped_ns=second.stamped_ns - 1)
    sealed.chain()
    return f"FUNDING {place_of(sealed, 'FUNDING', 'wave.published')}:"


def follows(sealed: Sealed, fact: Event) -> str:
    """A fact of funding, once everything in the back office was said. Returns its place."""
    append(sealed.log, "FUNDING", fact)
    stamped_ns = sealed.log["BACKOFFICE"][-1].stamped_ns + 1
    sealed.log["FUNDING"][-1] = replace(sealed.log["FUNDING"][-1], stamped_ns=stamped_ns)
    sealed.chain()
    return f"FUNDING {len(sealed.log['FUNDING'])}:"


def a_run_approved_by(sealed: Sealed, *actors: Actor, seen_cents: tuple[int, ...] = ()) -> str:
    """`seen_cents` is what each of them approved beyond what was exported."""
    run = PaymentsExported.model_validate(example_of(PaymentsExported))
    said = PaymentsApproved.model_validate(example_of(PaymentsApproved))
    for actor, more_cents in zip_longest(actors, seen_cents, fillvalue=0):
        fields = {"run_id": run.run_id, "total_cents": run.total_cents + more_cents, "actor": actor}
        officer_says(sealed, said.model_copy(update=fields))
    return follows(sealed, run)


def a_run_of_more_than_one_of_the_two_has_seen(sealed: Sealed) -> str:
    return a_run_approved_by(sealed, *TREASURY, seen_cents=(0, -1))


def a_run_approved_by_two_accountants(sealed: Sealed) -> str:
    return a_run_approved_by(
        sealed, *(Actor(id=name, role=Role.ACCOUNTANT) for name in ("comptable-1", "d-1"))
    )


def a_run_approved_by_somebody_whom_one_administrator_registered(sealed: Sealed) -> str:
    """The other one who said so is a director: who they say is a person is none."""
    newcomer = Actor(id="newcomer", role=Role.AUTHORISING_OFFICER)
    key = public_key_of(key_of(newcomer.id))
    for name, role in (("administrator-1", Role.ADMINISTRATOR), ("director-1", Role.DIRECTOR)):
        said = Actor(id=name, role=role)
        fields = {"person_id": newcomer.id, "roles": (newcomer.role,), "public_key": key}
        officer_says(sealed, PersonRegistered(actor=said, reason="arrivée", **fields))
    return a_run_approved_by(sealed, newcomer, Actor(id="comptable-1", role=Role.ACCOUNTANT))


def a_list_published_with_two_approvals_of_the_three_that_the_programme_asks(sealed: Sealed) -> str:
    sealed.programme = sealed.programme.replace(b"approvals = 2", b"approvals = 3")
    sealed.chain()
    return f"FUNDING {place_of(sealed, 'FUNDING', 'wave.published')}:"


def a_payment_that_one_person_alone_declared(sealed: Sealed) -> str:
    """The bank has said nothing of it: a letter takes two."""
    return declared(sealed, Actor(id="comptable-1", role=Role.ACCOUNTANT))


def declared(sealed: Sealed, *actors: Actor) -> str:
    ordered = sealed.log["FUNDING"][place_of(sealed, "FUNDING", "tranche.ordered", -1) - 1]
    order = TrancheOrdered.model_validate_json(ordered.body)
    for actor in actors:
        fields = {"order_id": order.order_id, "fate": "paid", "reference": "LETTER-1"}
        officer_says(sealed, PaymentDeclared(actor=actor, reason="courrier de la banque", **fields))
    return follows(sealed, TrancheSettled(**order.model_dump(), bank_reference="LETTER-1"))


def a_label_of_before_that_nobody_said_so(sealed: Sealed) -> str:
    place = place_of(sealed, "FUNDING", "grant.taken-over")
    laureate = json.loads(sealed.log["FUNDING"][place - 1].body)["laureate"]
    said = say_otherwise(
        sealed, "FUNDING", "grant.taken-over", laureate={**laureate, "paid_on": []}
    )
    sealed.chain()
    return said


def marks_changed_in_a_review(sealed: Sealed) -> str:
    say_otherwise(
        sealed, "FRONTDESK_REVIEWERS", "review.submitted", marks=dict.fromkeys(CRITERIA, 5)
    )
    sealed.log["FRONTDESK_REVIEWERS"][0] = replace(
        sealed.log["FRONTDESK_REVIEWERS"][0],
        body=sealed.log["FRONTDESK_REVIEWERS"][0].body.replace(b'"r1"', b'"r2"'),
    )
    sealed.chain()
    return "ELIGIBILITY"


def a_score_changed_in_fundings_database(sealed: Sealed) -> str:
    said = say_otherwise(sealed, "FUNDING", "candidature.ranked", score=1234)
    sealed.chain()
    return f"FUNDING {place_of(sealed, 'FUNDING', 'wave.ranked')}:" if said else ""


def an_outcome_changed(sealed: Sealed) -> str:
    say_otherwise(sealed, "FUNDING", "candidature.ranked", outcome="declined", awarded_cents=[])
    sealed.chain()
    return f"FUNDING {place_of(sealed, 'FUNDING', 'wave.ranked')}:"


def an_order_doubled(sealed: Sealed) -> str:
    order = sealed.log["FUNDING"][place_of(sealed, "FUNDING", "tranche.ordered") - 1]
    last = sealed.log["FUNDING"][-1]
    again = replace(order, sequence=last.sequence + 1, stamped_ns=last.stamped_ns + 1)
    sealed.log["FUNDING"].append(again)
    sealed.chain()
    return f"FUNDING {again.sequence}:"


def more_paid_than_ordered(sealed: Sealed) -> str:
    place = say_otherwise(sealed, "FUNDING", "tranche.settled", amount_cents=14_000_000)
    sealed.chain()
    return place


# Which check finds it.
FORGERIES: dict[Tamper, str] = {
    an_approval_signed_again_by_another_key: "approvals",
    an_approval_whose_author_was_revoked_before_the_second: "approvals",
    a_run_of_more_than_one_of_the_two_has_seen: "approvals",
    a_run_approved_by_two_accountants: "approvals",
    a_run_approved_by_somebody_whom_one_administrator_registered: "approvals",
    a_list_published_with_two_approvals_of_the_three_that_the_programme_asks: "approvals",
    a_label_of_before_that_nobody_said_so: "approvals",
    marks_changed_in_a_review: "scores",
    a_score_changed_in_fundings_database: "ranking",
    an_outcome_changed: "ranking",
    an_order_doubled: "money",
    more_paid_than_ordered: "money",
    a_payment_that_one_person_alone_declared: "money",
}


# What a front-end's key can leave in the log, signed by nobody; then what one person can sign.
UNSIGNED = {
    "frontdesk.reviewers.review.submitted": (b'{"reviewer_id": []}', b"[]", b"[" * 100_000),
    "backoffice.officers.wave.approved": (
        b'{"actor": {"id": [], "role": "director"}}', b'{"actor": {"id": "director-1", "role": []}}'
    ),
}  # fmt: skip
SIGNED: dict[str, tuple[Json, ...]] = {
    "frontdesk.reviewers.review.submitted": ({"reviewer_id": "r1"},),
    "backoffice.officers.recovery.received": ({}, {"amount_cents": "1"}),
    "backoffice.officers.bank-statement.received": (
        {}, {"lines": [{"status": "settled", "end_to_end_id": []}]}
    ),
    "backoffice.officers.wave.approved": ({}, {"digest": "d", "roles": 5, "total_cents": []}),
    "backoffice.officers.payments.approved": ({"run_id": "R"}, {"run_id": "R", "total_cents": None}),
    "backoffice.officers.laureate.imported": ({"laureate": 5}, {"laureate": {"roles": 5}}),
    "backoffice.officers.person.registered": ({"person_id": "x", "public_key": "y", "roles": 5},),
}  # fmt: skip
ROLES = {"recovery": "accountant", "payments": "accountant", "bank-statement": "accountant"}
ROLES |= {"wave": "director", "laureate": "director", "person": "administrator"}


def malformed() -> list[tuple[str, bytes, str]]:
    """Words of the subject, body, and who signs it: nobody, or one person who has every role."""
    found = [(words, body, "") for words, bodies in UNSIGNED.items() for body in bodies]
    for words, bodies in SIGNED.items():
        role = ROLES.get(words.split(".")[2])
        actor = {"actor": {"id": "director-1", "role": role}} if role else {}
        signer = "director-1" if role else "r1"
        found += [(words, json.dumps(actor | body).encode(), signer) for body in bodies]
    return found


def lies_there(sealed: Sealed, words: str, body: bytes, signer: str) -> None:
    """After all that the season said on that stream."""
    stream = "BACKOFFICE" if words.startswith("backoffice") else "FRONTDESK_REVIEWERS"
    last = sealed.log[stream][-1]
    subject, act_id = f"fabriques.{words}.v1.any", f"malformed-{last.sequence}"
    headers = {"ce-id": act_id}
    if signer:
        said = said_subject(subject)
        headers |= signed_headers(key_of(signer), roots().platform, said, act_id, body)
    sealed.log[stream].append(
        Logged(subject, last.sequence + 1, last.stamped_ns + 1, headers, body)
    )
