"""Real processes under load: a platform to sabotage, front-ends that insist, and an account by ids."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from deploy.local.audit.comparison import audit
from deploy.local.home.plan import PlatformPlan
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.log.reading import read_stream
from deploy.local.running.platform import LocalPlatform
from shared.contract.frontdesk import CandidatureSubmitted, WithdrawalRequested
from shared.contract.subjects import ask_subject
from shared.contract.topology import SERVICES, STREAMS, all_durables
from shared.kit.bus.connection import connect, log_of
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.settings import Settings
from tests.faults.experiment import Tally
from tests.faults.sabotage import NONE
from tests.people import found
from tests.store import path_with
from tests.submissions import submission

PROGRAMME = "fabriques"
AT = "2021-05-03T10:00:00+02:00"  # the third wave is open, and the first year's tranches are due
QUIET_SECONDS_MAX = 60.0
REFUSED_SHARE = 0.1
TWICE_SHARE = 0.1
WITHDRAWN_SHARE = 0.05
BUS_AWAY = (NatsError, APIError, ConnectionError, TimeoutError, OSError)
PROBE = 9_900_000  # a candidature no sender reaches
SENDING_PAUSE_SECONDS = 0.01
# Numbers of candidatures: the longest flood of one sender reaches nobody else's.
SENDERS_APART = 2_000_000


class SabotagedPlatform(LocalPlatform):
    """A local platform, with one protection taken away in its processes."""

    def __init__(self, plan: PlatformPlan, sabotage: str = NONE) -> None:
        super().__init__(plan)
        self._sabotage = sabotage

    def begin(self) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.faults.sabotage",
            self._sabotage,
            self.plan.to_json(),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "PYTHONPATH": path_with()},
        )  # fmt: skip


def plan_in(
    folder: Path, sync: str = "always", services: tuple[str, ...] = SERVICES
) -> PlatformPlan:
    found(folder / "home")
    return PlatformPlan(
        folder / "home", programme_file=SHIPPED, rehearsal=True, sync=sync, services=services
    )


@dataclass
class Front:
    """A front-end that sends until it has an answer from the broker, and remembers what was accepted.

    `registered` and `refused` say what the counter must answer; `twice` came twice, `withdrawn` then left.
    """

    settings: Settings
    random: Random
    first_number: int
    registered: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    acked: int = 0
    client: Client | None = None
    stopped: bool = False

    async def open(self) -> None:
        self.client = await connect(self.settings, "holders", attempts=-1)

    async def close(self) -> None:
        if self.client:
            await self.client.close()

    async def flood(self, pause_seconds: float = SENDING_PAUSE_SECONDS) -> None:
        """Sends one dossier after another until told to stop."""
        number = self.first_number
        while not self.stopped:  # asked each time: a cancellation may be swallowed on its way
            number += 1
            await self.send(number)
            await asyncio.sleep(pause_seconds)

    async def send(self, number: int) -> str:
        chance = self.random.random()
        bad = chance < REFUSED_SHARE
        wrong = {"holder__siret": "12345678901234"} if bad else {}
        key, body = submission(
            number, holder__email=f"contact-{number}@passerelle.example", **wrong
        )
        await self.say(CandidatureSubmitted, key, body, f"file-{number}")
        (self.refused if bad else self.registered).add(key)
        if REFUSED_SHARE <= chance < REFUSED_SHARE + TWICE_SHARE:
            await self.say(CandidatureSubmitted, key, body, f"file-{number}-again")
        elif not bad and chance > 1 - WITHDRAWN_SHARE:
            body = {"candidature_id": key, "reason": "déménagement"}
            await self.say(WithdrawalRequested, key, body, f"gone-{number}")
            self.withdrawn.add(key)
        return key

    async def say(self, event: Any, key: str, body: Any, message_id: str, at: str = AT) -> None:
        """Under the same message id until the broker says that it has it."""
        assert self.client
        subject = f"{PROGRAMME}.{event.event_type()}.{key}"
        js = self.client.jetstream(timeout=2)
        data = json.dumps(body).encode()
        while True:
            try:
                headers = {REHEARSAL_HEADER: at, "Nats-Msg-Id": f"{self.first_number}-{message_id}"}
                await js.publish(subject, data, headers=headers)
                self.acked += 1
                return
            except BUS_AWAY:
                await asyncio.sleep(0.05)


async def until_quiet(settings: Settings, seconds: float = QUIET_SECONDS_MAX) -> list[str]:
    """Waits until nobody has anything left to do.

    Returns what still waits once nothing has become less for so long.

    After a long flood letters are written for a minute and more: what becomes less is not stuck.
    """
    least = sys.maxsize
    deadline = time.monotonic() + seconds
    told = ["the broker does not answer"]
    while time.monotonic() < deadline:
        try:
            client = await connect(settings, "operators", attempts=0)
        except BUS_AWAY:
            await asyncio.sleep(0.1)
            continue
        try:
            before = await _length(client)
            left = await _left(client)
            if not left and before == await _length(client):
                return []
            told = [f"{count} {what}" for what, count in left.items()]
            if sum(left.values()) < least:
                least = sum(left.values())
                deadline = time.monotonic() + seconds
        except BUS_AWAY as error:
            told = [f"the broker does not answer: {error!r}"]
        finally:
            await client.close()
        await asyncio.sleep(0.1)
    return told


async def _left(client: Client) -> dict[str, int]:
    """How many wait, and for what."""
    found = {}
    for durable in all_durables():
        info = await log_of(client).consumer_info(durable.stream, durable.name, timeout=2)
        found[f"left for {durable.name}"] = (info.num_pending or 0) + (info.num_ack_pending or 0)
    summary = json.loads(
        (await client.request(ask_subject(PROGRAMME, "notify", "summary"), b"{}", timeout=2)).data
    )
    found["letters queued"] = int(summary.get("queued") or 0)
    return {what: count for what, count in found.items() if count}


async def _length(client: Client) -> int:
    return sum(
        [(await log_of(client).stream_info(stream.name)).state.last_seq for stream in STREAMS]
    )


async def recovery(
    settings: Settings, front: Front, number: int, seconds_max: float = 60.0
) -> float:
    """Seconds from now until a new dossier has gone through intake, eligibility and back."""
    started = time.monotonic()
    key = await good_file(front, number)
    while time.monotonic() - started < seconds_max:
        try:
            client = await connect(settings, "operators", attempts=0)
            try:
                subject = f"{PROGRAMME}.eligibility.candidature.eligibility-checked.v1.{key}"
                await log_of(client).get_last_msg("ELIGIBILITY", subject)
                return time.monotonic() - started
            finally:
                await client.close()
        except BUS_AWAY:
            await asyncio.sleep(0.02)
    return seconds_max


async def good_file(front: Front, number: int) -> str:
    key, body = submission(number)
    await front.say(CandidatureSubmitted, key, body, f"file-{number}")
    front.registered.add(key)
    return key


async def account(
    settings: Settings, fronts: list[Front], tally: Tally, patience: float = QUIET_SECONDS_MAX
) -> None:
    """Compares what was accepted with what was answered, followed and told, and outboxes with the log."""
    for line in await until_quiet(settings, patience):
        tally.stuck += 1
        tally.wrong.append(f"stuck: {line}")
    client = await connect(settings, "provisioner", attempts=-1)
    try:
        heard = Counter[tuple[str, str]]()
        times: list[int] = []
        for stream in ("INTAKE", "ELIGIBILITY", "NOTIFY", "DEAD_LETTERS", "TRANCHES", "FUNDING"):
            async for stored in read_stream(client, stream):
                words = stored.subject.split(".")
                verb = (
                    words[3]
                    if stream != "NOTIFY"
                    else f"{words[3]}-{json.loads(stored.data).get('notice_id', '')}"
                )
                heard[verb, stored.subject.rpartition(".")[2]] += 1
                if stream == "INTAKE":
                    times.append(stored.stamped_ns)
    finally:
        await client.close()
    tally.accepted += sum(front.acked for front in fronts)
    for front in fronts:
        _answers(tally, heard, front)
    _once(tally, heard)
    gaps = [(later - sooner) / 1e9 for sooner, later in pairwise(times)]
    tally.stop(max(gaps, default=0.0))
    await _ids(settings, tally)


def _answers(tally: Tally, heard: Counter[tuple[str, str]], front: Front) -> None:
    expected = [
        (verb, key)
        for verb, keys in (("registered", front.registered), ("refused", front.refused))
        for key in keys
    ]
    expected += [("eligibility-checked", key) for key in front.registered]
    expected += [("withdrawn", key) for key in front.withdrawn]
    for verb, key in expected:
        count = heard[verb, key]
        tally.lost += count == 0
        tally.doubled += max(0, count - 1)
        if count != 1 and len(tally.wrong) < 20:
            tally.wrong.append(f"{verb} was said {count} times of {key}")


def _once(tally: Tally, heard: Counter[tuple[str, str]]) -> None:
    """Whatever the dossier: a tranche falls due once, is ordered once, and a message is sent once."""
    for (verb, key), count in heard.items():
        if count > 1 and (
            verb in ("due", "ordered", "awarded", "published") or verb.startswith("sent-")
        ):
            tally.doubled += count - 1
            tally.wrong.append(f"{verb} was said {count} times of {key}")
    letters = sum(
        count for (verb, key), count in heard.items() if verb == "dead-lettered" or "-on-" in key
    )
    if letters:
        tally.lost += letters
        tally.wrong.append(f"{letters} dead letters")


async def _ids(settings: Settings, tally: Tally) -> None:
    report = await audit(settings)
    tally.notes |= {"facts": report.facts, "heard": report.heard, "messages": report.messages}
    tally.notes["repeated_messages"] = len(report.repeated)
    for name in ("missing", "changed", "vanished", "unheard"):
        found = getattr(report, name)
        tally.lost += len(found)
        if found:
            tally.wrong.append(f"audit: {len(found)} {name}, such as {found[0]}")
    tally.stuck += report.pending
    if report.pending:
        tally.wrong.append(f"audit: {report.pending} facts are decided and not in the log")
    tally.doubled += len(report.twice)
    if report.twice:
        tally.wrong.append(
            f"audit: {len(report.twice)} facts were said twice, such as {report.twice[0]}"
        )


def services_ready(settings: Settings) -> bool:
    return asyncio.run(_all_ready(settings))


async def _all_ready(settings: Settings) -> bool:
    try:
        client = await connect(settings, "officers", attempts=0)
    except BUS_AWAY:
        return False
    try:
        for name in SERVICES:
            answer = json.loads(
                (await client.request(ask_subject(PROGRAMME, name, "ready"), b"{}", timeout=2)).data
            )
            if not answer.get("ready"):
                return False
        return True
    except BUS_AWAY:
        return False
    finally:
        await client.close()
