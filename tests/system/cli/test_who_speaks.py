"""Who may speak, by the command: front-ends are let in, heard apart, checked, shut out at once; people too.

Of people, two administrators agree, one alone waits, and a revoked key is none.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.permissions import inbox_of
from shared.contract.subjects import subject_pattern
from tests.platform import PATIENCE_SECONDS, as_bytes, until
from tests.submissions import submission
from tests.system.cli.conftest import Fabriques, Up, run_command

PORTAL = "portal"
PROGRAMME = "fabriques"
SAME_ID = {"Nats-Msg-Id": "0198f2c4-7d3e-7c1a-9b1e-00000000000a"}
NAMED_ALREADY = (
    "fabriques: portal is registered already: `fabriques front-ends list` names them all"
)
WHY = ("--reason", "selon le dossier")
EXTEND = ("act", "wave.extended", "wave=2020-4", "closes_on=2098-12-31", *WHY)
NAMES_NOBODY = (
    "fabriques: no front-end nobody speaks here: `fabriques front-ends list` names them all"
)


@pytest.fixture(scope="module", autouse=True)
def portal(up: Up) -> None:
    """Added while the platform runs."""
    run_command(up.home, "front-ends", "add", PORTAL)


@asynccontextmanager
async def speaking(up: Up, name: str) -> AsyncIterator[Client]:
    """A front-end's own client, which is closed for good once the server closes its connection."""
    client = await nats.connect(
        up.record.nats_url,
        nkeys_seed=str(up.home / "keys" / f"{name}.nk"),
        inbox_prefix=inbox_of(name).encode(),
        allow_reconnect=False,
    )
    try:
        yield client
    finally:
        await client.close()


async def answers_heard_by(client: Client, dossier: str = "*") -> Subscription:
    answers = await client.subscribe(f"{PROGRAMME}.intake.candidature.*.v1.{dossier}")
    await client.flush()
    return answers


async def send(
    client: Client, dossier: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    subject = subject_pattern(PROGRAMME, CandidatureSubmitted, dossier)
    ack = await client.jetstream().publish(subject, as_bytes(body), headers=headers)
    assert not ack.duplicate


async def answer_of(answers: Subscription) -> tuple[str, dict[str, Any]]:
    message = await answers.next_msg(timeout=PATIENCE_SECONDS)
    return message.subject.split(".")[3], json.loads(message.data)


async def test_a_front_end_that_was_just_added_is_answered(up: Up) -> None:
    dossier, body = submission()
    async with speaking(up, PORTAL) as client:
        answers = await answers_heard_by(client, dossier)
        await send(client, dossier, body)
        verb, answer = await answer_of(answers)
    assert verb == "registered"
    assert answer["receipt_number"].split("-")[-1].startswith("B"), (
        "the second front-end of holders has code B"
    )


async def test_another_front_end_does_not_hear_its_answers(up: Up) -> None:
    """What the other one sends afterwards is its own next answer: nothing came before it."""
    (theirs, their_body) = submission()
    (own, own_body) = submission()
    async with speaking(up, PORTAL) as portal, speaking(up, "holders") as holders:
        portal_hears = await answers_heard_by(portal)
        holders_hear = await answers_heard_by(holders)
        await send(portal, theirs, their_body)
        assert (await answer_of(portal_hears))[1]["candidature_id"] == theirs
        await send(holders, own, own_body)
        assert (await answer_of(holders_hear))[1]["candidature_id"] == own


async def test_a_message_id_hides_no_message_of_another_front_end(up: Up) -> None:
    """Within one stream the second would be acked and kept nowhere."""
    (first, first_body) = submission()
    (second, second_body) = submission()
    async with speaking(up, PORTAL) as portal, speaking(up, "holders") as holders:
        answers = await answers_heard_by(holders, second)
        await send(portal, first, first_body, SAME_ID)
        await send(holders, second, second_body, SAME_ID)
        assert (await answer_of(answers))[0] == "registered"


def test_the_newcomers_round_comes_out_well(operator: Fabriques) -> None:
    said = operator("front-ends", "check", PORTAL, "--json")
    results = {step["name"]: step["result"] for step in said.data}
    assert said.code == 0, said.err
    assert results["ask funding sealing-key"] == "done"
    assert results["speak as a service"] == "refused"
    assert "failed" not in results.values()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", PORTAL), NAMED_ALREADY),
        (
            ("add", "other", "--kind", "king"),
            "fabriques: 'king' is no kind of front-end: holders, reviewers, officers, association",
        ),
        (
            ("add", "intake"),
            "fabriques: intake is an identity of the platform: choose another name",
        ),
        (("revoke", "nobody"), NAMES_NOBODY),
        (("check", "nobody"), NAMES_NOBODY),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    operator: Fabriques, words: tuple[str, ...], told: str
) -> None:
    said = operator("front-ends", *words)
    assert (said.code, said.errors) == (1, [told])


async def test_a_revoked_front_end_is_shut_out_at_once_and_the_others_stay(
    up: Up, operator: Fabriques
) -> None:
    async with speaking(up, PORTAL) as portal, speaking(up, "holders") as holders:
        key = (up.home / "keys" / f"{PORTAL}.nk").read_bytes()
        # As a rotation with an overlap leaves it.
        (up.home / "keys" / f"{PORTAL}.old.nk").write_bytes(key)
        said = await asyncio.to_thread(operator, "front-ends", "revoke", PORTAL)
        assert said.code == 0, said.err

        async def is_closed() -> bool:
            return portal.is_closed

        await until(is_closed, "the server has closed its connection")
        assert holders.is_connected
    kept = up.home / "keys" / f"{PORTAL}.nk"
    assert not list(kept.parent.glob(f"*{PORTAL}*")), (
        "none that a later key of this name would bring back"
    )
    kept.write_bytes(key)
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        async with speaking(up, PORTAL):
            pass
    kept.unlink()


def test_a_person_is_made_acts_and_is_revoked(operator: Fabriques) -> None:
    assert "is that of a registered director" in operator(*EXTEND).err

    alone = operator(
        "people", "add", "martin", "--role", "director", "--as", "administrator-1", "--json"
    )
    assert (alone.code, alone.data["result"]) == (0, "proposed")
    again = operator("people", "add", "martin", "--role", "director", "--as", "administrator-1")
    assert (again.code, "Il faut deux administrateurs différents." in again.err) == (1, True)
    assert "waits for a second administrator" in operator("people", "list").out
    assert (
        operator("people", "add", "martin", "--role", "director", "--as", "administrator-2").code
        == 0
    )
    people = {
        person["person_id"]: person
        for person in operator("people", "list", "--json").data["people"]
    }
    assert people["martin"]["roles"] == ["director"]

    said = operator(*EXTEND, "--json")
    assert said.code == 0, said.err
    assert [verdict["result"] for verdict in said.data["verdicts"]] == ["extended"]

    theirs = people["martin"]["public_key"]
    assert re.fullmatch(
        r"([0-9a-f]{4} ){7}[0-9a-f]{4}", operator("people", "digest", theirs).out.strip()
    )
    assert "44 characters" in operator("people", "digest", theirs[:-1]).err
    taken = operator("people", "add", "moreau", "--role", "director", "--public-key", theirs)
    assert (taken.code, "d'une autre personne" in taken.err) == (1, True), "a key is one person's"

    assert operator("people", "revoke", "martin").code == 0
    assert operator(*EXTEND, "--as", "martin").errors == [
        "fabriques: martin is not registered: see `fabriques people list`"
    ]
    last = operator("people", "revoke", "administrator-2")
    assert (last.code, "deux administrateurs" in last.err) == (1, True)
