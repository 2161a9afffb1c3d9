"""The rules about people: what needs two administrators, what stands of a person when, whose act counts."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nacl.signing import SigningKey

from shared.contract import EVENTS
from shared.contract.backoffice import OfficerAct, PaymentsApproved, TerritoryDecided, WaveApproved
from shared.contract.decision import Decision
from shared.contract.frontdesk import ReviewRecused, ReviewSubmitted
from shared.contract.people import MAY, PersonRegistered, PersonRevoked
from shared.contract.values import Actor, Reason, Role
from shared.kit.delivery import Arrival
from shared.kit.people import acts as acts_module
from shared.kit.people import register as people_module
from shared.kit.people.acts import objection
from shared.kit.people.register import (
    PROPOSAL_NS_MAX,
    Proposal,
    Standing,
    decide_person,
    digest_of,
    standing_at,
    still_stands,
)
from shared.kit.people.roots import founder, platform_name
from shared.kit.people.signatures import public_key_of, signed_headers
from tests.people import key_of

HERE = "fabriques/production/0123456789ab"
NOW = datetime(2021, 1, 20, 9, tzinfo=UTC)
ANNA, BELA = (founder(name, public_key_of(key_of(name))) for name in ("anna", "bela"))
FOUNDERS = (ANNA, BELA)


def registered(
    by: str, person: str = "durand", key: str = "", roles: tuple[Role, ...] = (Role.DIRECTOR,)
) -> Any:
    key = key or public_key_of(key_of(person))
    return PersonRegistered(
        actor=Actor(id=by, role=Role.ADMINISTRATOR),
        reason="r",
        person_id=person,
        roles=roles,
        public_key=key,
    )


def revoked(by: str, person: str) -> PersonRevoked:
    return PersonRevoked(actor=Actor(id=by, role=Role.ADMINISTRATOR), reason="r", person_id=person)


def after(
    *events: Any, people: tuple[Standing, ...] = FOUNDERS
) -> tuple[list[Standing], list[Decision]]:
    """What the log says, one event a nanosecond: the people it leaves, and each decision."""
    histories, proposals, decisions = list(people), dict[str, Proposal](), []
    for stamped_ns, event in enumerate(events, start=1):
        decision = decide_person(histories, proposals.get(digest_of(event)), event, stamped_ns)
        decisions.append(decision)
        histories += [change for change in decision.changes if isinstance(change, Standing)]
        proposals |= {
            change.digest: change for change in decision.changes if isinstance(change, Proposal)
        }
    return histories, decisions


def code(decision: Decision) -> str:
    return decision.reasons[0].code if decision.reasons else decision.result


def test_a_person_stands_once_two_administrators_said_the_same() -> None:
    people, [first, second] = after(registered("anna"), registered("bela"))
    assert (first.result, code(first)) == ("proposed", "second-administrator-awaited")
    assert second.result == "registered"
    assert standing_at(people[2:], 1) is None
    assert standing_at(people[2:], 2) == Standing(
        "durand", 2, public_key_of(key_of("durand")), ("director",)
    )


DURAND = Standing("durand", 10, "a key", ("accountant", "director"))


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        (None, True),
        (replace(DURAND, since_ns=20, roles=("director", "reviewer")), True),
        (replace(DURAND, since_ns=20, roles=("accountant",)), False),
        (replace(DURAND, since_ns=20, public_key="another key"), False),
        (replace(DURAND, since_ns=20, public_key="", roles=()), False),
        (replace(DURAND, since_ns=40, public_key="", roles=()), True),
    ],
    ids=[
        "nothing changed",
        "another role came",
        "the role went",
        "the key was replaced",
        "revoked",
        "revoked later",
    ],
)
def test_what_a_director_said_counts_while_key_and_role_stand(
    later: Standing | None, stands: bool
) -> None:
    """Given a first approval at 15, when a second one comes at 30, then the first counts or not."""
    history = [DURAND, later] if later else [DURAND]
    assert still_stands(history, "director", 15, 30) is stands


def test_what_an_administrators_lost_key_proposed_is_said_anew() -> None:
    """Given a proposal by a key that was replaced since, the next administrator only proposes it anew."""
    carl = founder("carl", public_key_of(key_of("carl")))
    new_key = {
        "person": "anna",
        "key": public_key_of(key_of("anna, anew")),
        "roles": (Role.ADMINISTRATOR,),
    }
    stolen = [registered("anna"), registered("bela", **new_key), registered("carl", **new_key)]
    people, decisions = after(*stolen, registered("bela"), people=(*FOUNDERS, carl))
    assert decisions[-1].result == "proposed"
    assert standing_at([one for one in people if one.person_id == "durand"], 9) is None
    _, control = after(registered("anna"), registered("bela"), people=(*FOUNDERS, carl))
    assert control[-1].result == "registered"


def test_one_administrator_twice_is_one_administrator() -> None:
    people, [_, second] = after(registered("anna"), registered("anna"))
    assert (people, code(second)) == (list(FOUNDERS), "same-administrator")


@pytest.mark.parametrize(
    "other",
    [{"roles": (Role.ACCOUNTANT,)}, {"key": public_key_of(key_of("carl"))}, {"person": "dupont"}],
)
def test_two_administrators_who_say_different_things_have_said_nothing(
    other: dict[str, Any],
) -> None:
    if "person" in other:
        other["key"] = public_key_of(key_of("durand"))
    people, decisions = after(registered("anna"), registered("bela", **other))
    assert (people, [d.result for d in decisions]) == (list(FOUNDERS), ["proposed", "proposed"])


def test_what_was_said_alone_counts_while_its_author_is_an_administrator_and_for_a_month() -> None:
    proposal = Proposal(digest_of(registered("anna")), "durand", "anna", 1)
    later = decide_person(FOUNDERS, proposal, registered("bela"), 1 + PROPOSAL_NS_MAX)
    assert later.result == "registered"
    assert (
        decide_person(FOUNDERS, proposal, registered("bela"), 2 + PROPOSAL_NS_MAX).result
        == "proposed"
    )
    carl = founder("carl", public_key_of(key_of("carl")))
    without_anna = [*FOUNDERS, carl, replace(ANNA, since_ns=2, public_key="", roles=())]
    assert decide_person(without_anna, proposal, registered("bela"), 3).result == "proposed"


def test_a_revoked_person_stands_no_more_and_comes_back_with_a_new_key_only() -> None:
    both = [registered(name) for name in ("anna", "bela")]
    gone = [revoked(name, "durand") for name in ("anna", "bela")]
    people, decisions = after(*both, *gone, registered("anna"))
    found = standing_at([p for p in people if p.person_id == "durand"], 4)
    assert found and found.revoked
    assert code(decisions[-1]) == "key-used-before"
    fresh = public_key_of(SigningKey.generate())
    people, _ = after(*both, *gone, registered("anna", key=fresh), registered("bela", key=fresh))
    found = standing_at([p for p in people if p.person_id == "durand"], 6)
    assert found and found.public_key == fresh


def test_a_key_is_one_persons() -> None:
    """Two names with one key would be two people in every approval."""
    _, [decision] = after(registered("anna", "durand", key=BELA.public_key))
    assert (decision.result, code(decision)) == ("refused", "key-of-another")


def test_two_administrators_remain() -> None:
    carl = founder("carl", public_key_of(key_of("carl")))
    _, decisions = after(
        revoked("anna", "bela"), registered("anna", "bela", roles=(Role.DIRECTOR,))
    )
    assert [code(decision) for decision in decisions] == ["administrators-too-few"] * 2
    _, decisions = after(revoked("anna", "bela"), revoked("carl", "bela"), people=(*FOUNDERS, carl))
    assert decisions[-1].result == "revoked"


def test_replicas_that_take_the_two_words_in_another_order_come_to_the_same() -> None:
    said = [(registered("anna"), 7), (registered("bela"), 9)]
    found = set()
    for order in permutations(said):
        proposal, standing = None, None
        for event, stamped_ns in order:
            for change in decide_person(FOUNDERS, proposal, event, stamped_ns).changes:
                proposal = change if isinstance(change, Proposal) else proposal
                standing = change if isinstance(change, Standing) else standing
        found.add(standing)
    assert [standing and standing.since_ns for standing in found] == [9]


def test_every_act_of_an_officer_or_a_reviewer_has_a_role() -> None:
    acts = {event for event in EVENTS.values() if issubclass(event, OfficerAct)} | {
        ReviewSubmitted,
        ReviewRecused,
    }
    assert {act.__name__ for act in acts ^ set(MAY)} == set(), (
        "say in shared/contract/people.py which role may do it"
    )
    assert all(MAY.values())


ACT = str(UUID(int=1))
SUBJECT = "fabriques.backoffice.wave.approved.v1.2020-4"
DIRECTOR = Standing("durand", 10, public_key_of(key_of("durand")), ("director", "instructor"))


def act(
    headers: dict[str, str], body: bytes = b"{}", subject: str = SUBJECT, stamped_ns: int = 20
) -> Arrival:
    signature, act_id = headers.get("Fabriques-Signature"), headers.get("ce-id")
    return Arrival(
        "e", NOW, "BACKOFFICE", 1, subject, "e",
        signature=signature, body=body, act_id=act_id, stamped_ns=stamped_ns, platform=HERE,
    )  # fmt: skip


def signed(
    platform: str = HERE, subject: str = SUBJECT, act_id: str = ACT, body: bytes = b"{}"
) -> dict[str, str]:
    return signed_headers(key_of("durand"), platform, subject, act_id, body)


def told(
    at: Arrival, kind: Any = WaveApproved, role: Role = Role.DIRECTOR, *later: Standing
) -> str:
    why = objection([DIRECTOR, *later], MAY[kind], role, at)
    return why.code if why else "counts"


def test_an_act_counts_when_its_author_signed_exactly_it() -> None:
    assert told(act(signed())) == "counts"


REHEARSAL, ELSEWHERE = (platform_name("fabriques", mode, FOUNDERS) for mode in (True, False))


@pytest.mark.parametrize(
    "at",
    [
        act(signed(), body=b"{} "),
        act(signed(), subject=SUBJECT.replace("2020-4", "2021-1")),
        act(signed() | {"ce-id": str(UUID(int=2))}),
        act(signed(platform=REHEARSAL)),
        act(signed(platform=ELSEWHERE)),
        act(signed_headers(key_of("anna"), HERE, SUBJECT, ACT, b"{}")),
        act(signed() | {"Fabriques-Signature": "§§§"}),
        act(signed() | {"Fabriques-Signature": ""}),
    ],
    ids=[
        "body",
        "subject",
        "act id",
        "rehearsal",
        "another installation",
        "another person",
        "not base64",
        "empty",
    ],
)
def test_an_act_that_was_changed_on_its_way_does_not_count(at: Arrival) -> None:
    assert told(at) == "signature-wrong"


def test_an_act_without_a_signature_or_a_name_does_not_count() -> None:
    assert told(act({})) == "signature-missing"
    assert told(act({"Fabriques-Signature": signed()["Fabriques-Signature"]})) == "act-id-missing"
    assert told(act(signed(act_id="a\nb"))) == "act-id-missing"


def test_a_role_is_held_by_the_person_and_named_in_the_table() -> None:
    assert told(act(signed()), role=Role.ADMINISTRATOR) == "role-not-held"
    assert told(act(signed()), role=Role.INSTRUCTOR) == "role-not-allowed"
    assert told(act(signed()), kind=TerritoryDecided, role=Role.INSTRUCTOR) == "counts"
    assert told(act(signed()), kind=PaymentsApproved) == "role-not-allowed"


def test_a_key_is_judged_as_it_stood_when_the_broker_took_the_act() -> None:
    gone = Standing("durand", 30, "", ())
    assert told(act(signed(), stamped_ns=9)) == "person-unknown"
    assert told(act(signed(), stamped_ns=29), WaveApproved, Role.DIRECTOR, gone) == "counts"
    assert told(act(signed(), stamped_ns=30), WaveApproved, Role.DIRECTOR, gone) == "person-revoked"
    other = Standing("durand", 30, public_key_of(key_of("carl")), ("director",))
    assert (
        told(act(signed(), stamped_ns=30), WaveApproved, Role.DIRECTOR, other) == "signature-wrong"
    )


def test_the_page_shows_the_table_of_roles_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs" / "people.md").read_text(encoding="utf-8")
    for role in Role:
        acts = sorted(
            f"{kind.aggregate}.{kind.verb}" for kind, roles in MAY.items() if role in roles
        )
        assert f"| {role.value} | {' · '.join(acts)} |" in page, f"{role.value}: {' · '.join(acts)}"
    codes = [
        why.code
        for why in (*vars(acts_module).values(), *vars(people_module).values())
        if isinstance(why, Reason)
    ]
    assert [code for code in codes if f"`{code}`" not in page] == []
