"""A wave of twenty thousand, end to end through the service. Set `HYPOTHESIS_PROFILE=long` to play it."""

import time
from typing import Any

import pytest

from deploy.cli.connection.bus import Bus
from deploy.cli.waves.selection import kept
from shared.contract import eligibility, intake
from shared.contract import funding as facts
from shared.contract.event import Event
from shared.contract.permissions import inbox_of
from shared.contract.subjects import stream_of
from shared.kit.bus.publisher import Publisher
from shared.kit.outgoing import Outgoing
from tests.platform import Platform, until
from tests.profiles import LONG
from tests.service.selection import ballot
from tests.stored import origin

FILES = 20_000
BYTES_MAX = 1_048_576
ZONES = (("outside-urban",), ("qpv",), ("outside-urban", "qpv"))
pytestmark = pytest.mark.skipif(not LONG, reason="HYPOTHESIS_PROFILE=long")


async def test_twenty_thousand_candidatures_are_ranked_published_and_read_back(
    platform: Platform,
) -> None:
    numbers = range(1, FILES + 1)
    async with platform.running("funding"):
        await say_all(
            platform, intake.CandidatureRegistered, [ballot.registered(n) for n in numbers]
        )
        await say_all(
            platform,
            eligibility.EligibilityChecked,
            [ballot.checked(n, *ZONES[n % 3]) for n in numbers],
        )
        await say_all(
            platform, eligibility.CandidatureScored, [ballot.scored(n, n % 5 + 1) for n in numbers]
        )
        await quiet(platform)
        started = time.monotonic()
        await ballot.say(platform, intake.WaveClosed, ballot.closed(FILES))
        digest = (await ranked(platform))["digest"]
        print(f"\nranked and said, one fact a dossier: {time.monotonic() - started:.1f} s")
        started = time.monotonic()
        await ballot.approve(platform, digest)
        await state(platform, "published")
        print(f"verified, approved, published and told: {time.monotonic() - started:.1f} s")
        started = time.monotonic()
        bus: Any = Asking(platform)
        found = await kept(bus, ballot.WAVE)
        print(f"the list read back in pages: {time.monotonic() - started:.1f} s")
        assert len(found.result.ranking) == FILES and found.result.digest == digest
        started = time.monotonic()
        why = await ask(platform, "why", candidature_id=ballot.dossier(7))
        print(f"why: {time.monotonic() - started:.1f} s, {len(why['text'])} characters")
        assert why["ranking"]["ranked"] == FILES
    js = (await platform.connect("provisioner")).jetstream()
    last = await js.get_last_msg(
        "FUNDING", f"{platform.programme}.{facts.CandidatureRanked.event_type()}.*"
    )
    assert len(last.data or b"") < BYTES_MAX // 100


class Asking:
    """The questions of the command, on this platform."""

    pages = Bus.pages

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.largest_bytes = 0

    async def ask(self, _service: str, question: str, **body: Any) -> dict[str, Any]:
        return await ask(self._platform, question, **body)


async def ask(platform: Platform, question: str, **body: Any) -> dict[str, Any]:
    client = await platform.connect("officers")
    subject = f"{platform.programme}.ask.funding.{question}"
    answer = await client.request(subject, ballot.as_bytes(body), timeout=60)
    assert len(answer.data) < BYTES_MAX
    said: dict[str, Any] = ballot.json.loads(answer.data)
    return said


async def say_all(platform: Platform, event: type[Event], bodies: list[dict[str, Any]]) -> None:
    publisher = Publisher(
        await platform.connect(event.publisher), f"{inbox_of(event.publisher)}.ballot.{event.verb}"
    )
    await publisher.start()
    for start in range(0, len(bodies), 500):
        letters = [
            Outgoing(
                stream_of(event.publisher),
                f"{platform.programme}.{event.event_type()}.{body['candidature_id']}",
                f"{event.verb}-{start + index}",
                ballot.as_bytes(body),
                origin(platform.programme, event)
                | {"ce-id": f"{event.verb}-{start + index}", "ce-time": ballot.CLOSED},
            )
            for index, body in enumerate(bodies[start : start + 500])
        ]
        await publisher.publish(letters)


async def quiet(platform: Platform) -> None:
    async def done() -> bool:
        return not any((await platform.ask("funding", "ready"))["consumers"].values())

    await until(done, "funding has heard everything", seconds=300)


async def ranked(platform: Platform) -> dict[str, Any]:
    return dict((await state(platform, "ranked"))["proposal"])


async def state(platform: Platform, wanted: str) -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        seen = await ask(platform, "wave", wave=ballot.WAVE)
        return seen if seen["state"] == wanted else None

    seen = await until(found, f"the wave is {wanted}", seconds=300)
    await quiet(platform)
    return seen
