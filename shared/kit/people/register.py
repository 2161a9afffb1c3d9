"""Who the officers and reviewers are, by rules alone: how they stand, how two administrators change it.

The founders stand since ever. Everybody else stands by what two different administrators said alike; every
service comes to the same answer from the same log, in whatever order its replicas took it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from shared.contract.decision import Decision, nothing
from shared.contract.people import PersonRegistered, PersonRevoked
from shared.contract.values import Reason, Role
from shared.value import value

ADMINISTRATORS_MIN = 2
PROPOSAL_NS_MAX = 30 * 86_400 * 1_000_000_000  # after a month a second administrator says it anew
AboutPeople = PersonRegistered | PersonRevoked


@value
class Standing:
    """What holds of a person from `since_ns` on, by the broker's stamps.

    A revoked person has neither key nor role.
    """

    person_id: str
    since_ns: int
    public_key: str
    roles: tuple[str, ...]

    @property
    def revoked(self) -> bool:
        return not self.public_key


@value
class Proposal:
    """What one administrator said, until a second one says the same. `by` is empty once both did."""

    digest: str
    person_id: str
    by: str
    stamped_ns: int


@value
class CountedAct:
    """An act id that counted for a person, or for a dossier with a key, and the event it came with."""

    act: str
    event_id: str


def standing_at(history: Iterable[Standing], stamped_ns: int) -> Standing | None:
    """The latest of one person's standings that had begun."""
    begun = [standing for standing in history if standing.since_ns <= stamped_ns]
    return max(begun, key=lambda standing: standing.since_ns, default=None)


def still_stands(history: Sequence[Standing], role: str, said_ns: int, now_ns: int) -> bool:
    """Whether a word said in a role counts at another moment: the key is the same, the role theirs."""
    then, now = standing_at(history, said_ns), standing_at(history, now_ns)
    if then is None or now is None or now.revoked:
        return False
    return then.public_key == now.public_key and role in then.roles and role in now.roles


def decide_person(
    people: Sequence[Standing], before: Proposal | None, event: AboutPeople, stamped_ns: int
) -> Decision:
    """`people` is everybody's history, `before` what was proposed under the digest of this act."""
    if why := _hindrance(people, event, stamped_ns):
        return nothing("refused", why)
    name = event.actor.id
    if not _still_proposed(people, before, stamped_ns):
        proposed = Proposal(digest_of(event), event.person_id, name, stamped_ns)
        return Decision("proposed", (AWAITED,), changes=(proposed,))
    assert before
    if before.by == name:
        return nothing("duplicate", SAME_ADMINISTRATOR)
    # The later of both words: a replica may have read them the other way round.
    standing = _standing_of(event, max(before.stamped_ns, stamped_ns))
    return Decision(event.verb, changes=(standing, replace(before, by="")))


def digest_of(event: AboutPeople) -> str:
    """Of what two administrators must say alike: their names and reasons aside."""
    said = event.model_dump(mode="json", exclude={"actor", "reason"})
    # Two people write the same roles in whatever order they like.
    said["roles"] = sorted(said.get("roles", ()))
    return sha256(json.dumps([event.verb, said], sort_keys=True).encode()).hexdigest()


def _still_proposed(people: Sequence[Standing], before: Proposal | None, stamped_ns: int) -> bool:
    """The first word counts for a month, while its author is administrator with the key that signed it."""
    if before is None or not before.by:
        return False
    history = [standing for standing in people if standing.person_id == before.by]
    if not still_stands(history, Role.ADMINISTRATOR.value, before.stamped_ns, stamped_ns):
        return False
    # Either word may be the older one: two streams are read in no order.
    return abs(stamped_ns - before.stamped_ns) <= PROPOSAL_NS_MAX


def administrators(people: Iterable[Standing], stamped_ns: int) -> set[str]:
    standing = standings(people, stamped_ns)
    return {name for name, found in standing.items() if Role.ADMINISTRATOR.value in found.roles}


def standings(people: Iterable[Standing], stamped_ns: int) -> dict[str, Standing]:
    """Everybody as they stand at this moment, by name."""
    histories: dict[str, list[Standing]] = {}
    for standing in people:
        histories.setdefault(standing.person_id, []).append(standing)
    found = {name: standing_at(history, stamped_ns) for name, history in sorted(histories.items())}
    return {name: standing for name, standing in found.items() if standing}


def _standing_of(event: AboutPeople, since_ns: int) -> Standing:
    if isinstance(event, PersonRevoked):
        return Standing(event.person_id, since_ns, "", ())
    return Standing(
        event.person_id,
        since_ns,
        event.public_key,
        tuple(sorted(role.value for role in event.roles)),
    )


def _hindrance(people: Sequence[Standing], event: AboutPeople, stamped_ns: int) -> Reason | None:
    """Why no number of administrators may do this."""
    now = standings(people, stamped_ns).get(event.person_id)
    after = _standing_of(event, stamped_ns)
    if after.revoked and (now is None or now.revoked):
        return NOBODY
    if now and replace(now, since_ns=stamped_ns) == after:
        return ALREADY
    if not after.revoked and (why := _key_hindrance(people, now, after)):
        return why
    # With one administrator left, nobody could ever register a second one.
    if len(administrators([*people, after], stamped_ns)) < ADMINISTRATORS_MIN:
        return TOO_FEW
    return None


def _key_hindrance(
    people: Iterable[Standing], now: Standing | None, after: Standing
) -> Reason | None:
    """A key is one person's, once: two names with one key would be two people in every approval."""
    owners = {standing.person_id for standing in people if standing.public_key == after.public_key}
    if owners - {after.person_id}:
        return KEY_OF_ANOTHER
    # A key that was replaced may be in other hands: that is why it was.
    if owners and (now is None or now.public_key != after.public_key):
        return KEY_USED_BEFORE
    return None


AWAITED = Reason(
    code="second-administrator-awaited",
    message="Un second administrateur doit dire exactement la même chose.",
)
SAME_ADMINISTRATOR = Reason(
    code="same-administrator", message="Il faut deux administrateurs différents."
)
NOBODY = Reason(code="person-unknown", message="Personne de ce nom n'est enregistré.")
ALREADY = Reason(code="already-so", message="Cette personne est déjà enregistrée ainsi.")
TOO_FEW = Reason(
    code="administrators-too-few",
    message="Il doit rester deux administrateurs : enregistrez-en d'abord un autre.",
)
KEY_OF_ANOTHER = Reason(
    code="key-of-another", message="Cette clé est, ou a été, celle d'une autre personne."
)
KEY_USED_BEFORE = Reason(
    code="key-used-before",
    message="Cette clé a été remplacée ou révoquée : il en faut une nouvelle.",
)
