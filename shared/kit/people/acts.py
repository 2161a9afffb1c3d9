"""Whether an officer's or a reviewer's act is theirs to do.

Asked before its reaction runs, in every service.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from shared.contract.backoffice import OfficerAct
from shared.contract.decision import Decision, nothing
from shared.contract.event import Event
from shared.contract.people import MAY, speaker_of
from shared.contract.values import Reason, Role
from shared.kit.delivery import ACT_HEADER, SIGNATURE_HEADER, Arrival
from shared.kit.errors import TooEarly
from shared.kit.people.register import (
    AboutPeople,
    CountedAct,
    Proposal,
    Standing,
    decide_person,
    digest_of,
    standing_at,
    standings,
    still_stands,
)
from shared.kit.people.signatures import act_key, counted_before, is_signed_with, names_itself
from shared.kit.storage.states import States
from shared.kit.tellable import is_name

REFUSED = "refused"
FOR_EVER_NS = 2**63 - 1


def is_act(kind: type[Event]) -> bool:
    """Acts are what a person says in their own name; what holders say belongs to their dossier."""
    return kind in MAY or issubclass(kind, OfficerAct)


def refusal_of(states: States, event: Event, at: Arrival) -> Decision | None:
    """Why an act changes nothing; None where its rule may decide.

    Raises TooEarly for a person nobody knows yet.
    """
    name, role = speaker_of(event)
    history = states.of(Standing, name)
    # A reviewer's act and their registration lie in two streams: the act may be read first.
    if not history and is_name(name):
        raise TooEarly(name)
    if why := objection(history, MAY.get(type(event), ()), role, at):
        return nothing(REFUSED, why)
    if counted_before(states, name, at):
        return nothing(REFUSED, REPEATED)
    return None


def objection(
    history: Iterable[Standing], allowed: Iterable[Role], role: Role, at: Arrival
) -> Reason | None:
    """What is wrong with an act or a question, by what stood of its author at the broker's time.

    Asked are key, signature, and a role that is theirs and `allowed`.
    """
    if at.signature is None:
        return UNSIGNED
    if not names_itself(at.act_id):
        return UNNAMED
    person = standing_at(history, at.stamped_ns)
    if person is None:
        return UNKNOWN
    if person.revoked:
        return REVOKED
    if not is_signed_with(person.public_key, at):
        return FORGED
    if role.value not in person.roles:
        return NOT_THEIR_ROLE
    if role not in allowed:
        return NOT_THIS_ROLE
    return None


def still_counts(states: States, word: Mapping[str, Any], at: Arrival) -> bool:
    """Whether `word` (actor, role, stamped_ns), kept until another officer's comes, still counts now."""
    history = states.of(Standing, word["actor"])
    return still_stands(history, word["role"], word["stamped_ns"], at.stamped_ns)


def open_people(states: States, events: Sequence[tuple[Event, Arrival]]) -> None:
    """Reads ahead who speaks in a batch, and which of its act ids counted already."""
    if not events:
        return
    spoken = [(speaker_of(event)[0], at) for event, at in events]
    states.prefetch(Standing, [name for name, _ in spoken])
    states.many(CountedAct, [(act_key(name, at.act_id),) for name, at in spoken if at.act_id])


def on_person(states: States, event: AboutPeople, at: Arrival) -> Decision:
    """The reaction of every service to what administrators say of people."""
    return decide_person(
        states.all(Standing), states.one(Proposal, digest_of(event)), event, at.stamped_ns
    )


def listed_people(states: States, role: Role | None = None) -> dict[str, Any]:
    """Everybody as they stand now, and what one administrator said alone.

    With `role` those who have it, in that role alone; what administrators propose is theirs.
    """
    standing = standings(states.where(Standing), FOR_EVER_NS).values()
    people = [
        {**asdict(person), "roles": list(person.roles), "revoked": person.revoked}
        for person in standing
    ]
    if role:
        told = [{**one, "roles": [role.value]} for one in people if role.value in one["roles"]]
        return {"people": told, "proposed": []}
    proposed = [proposal for proposal in states.where(Proposal) if proposal.by]
    return {
        "people": people,
        "proposed": [
            {"person_id": p.person_id, "by": p.by, "stamped_ns": p.stamped_ns} for p in proposed
        ],
    }


def _no(code: str, message: str) -> Reason:
    return Reason(code=code, message=message)


UNSIGNED = _no(
    "signature-missing", f"Cet acte doit être signé : l'en-tête {SIGNATURE_HEADER} manque."
)
UNNAMED = _no("act-id-missing", f"Un acte signé porte un identifiant dans l'en-tête {ACT_HEADER}.")
UNKNOWN = _no("person-unknown", "Personne de ce nom n'était enregistré quand l'acte a été reçu.")
REVOKED = _no("person-revoked", "La clé de cette personne était révoquée quand l'acte a été reçu.")
FORGED = _no(
    "signature-wrong",
    "La signature n'est pas celle de cette personne, pour cet acte, sur cette plateforme.",
)
NOT_THEIR_ROLE = _no("role-not-held", "Cette personne ne tient pas ce rôle.")
NOT_THIS_ROLE = _no("role-not-allowed", "Ce rôle ne permet pas cet acte.")
REPEATED = _no("act-repeated", "Cet acte a déjà compté : il ne compte qu'une fois.")
