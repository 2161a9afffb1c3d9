"""A front-end speaks while its stream elects a leader, and retries as docs/front-ends.md tells it to."""

import asyncio
import json
from collections import defaultdict

from nats.aio.client import Client

from deploy.local.log.reading import read_stream
from shared.contract.answers import AnswerRegistered
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.contract.subjects import subject_pattern, type_of
from shared.kit.bus.connection import connect
from shared.kit.delivery import REHEARSAL_HEADER
from shared.kit.settings import Settings
from tests.faults.cluster import NODES, Cluster, play, together
from tests.faults.experiment import Tally, Trial
from tests.faults.live import AT, BUS_AWAY, PROGRAMME, until_quiet
from tests.submissions import submission

WAITS_SECONDS = (0.2, 1, 3, 10)  # as the page says
FIRST = 7_000_000


def retry_in_elections(trial: Trial) -> Tally:
    """The control sends once, and believes that it was heard."""
    cluster = Cluster(trial.folder)
    return play(trial, cluster, lambda: _elections(trial, cluster), NODES)


async def _elections(trial: Trial, cluster: Cluster) -> Tally:
    tally = Tally()
    holders = await connect(cluster.settings, "holders", attempts=-1)
    waits = () if trial.sabotaged else WAITS_SECONDS
    sent = []
    try:
        for number in range(trial.count):
            leader = await cluster.leader()
            cluster.kill_node(leader)
            key, body = submission(FIRST + number)
            sent.append(key)
            tally.accepted += await _say(holders, key, json.dumps(body).encode(), waits)
            tally.faults += 1
            cluster.start_node(leader)
            await together(cluster)
    finally:
        await holders.close()
    tally.wrong += [f"stuck: {line}" for line in await until_quiet(cluster.settings)]
    await _account(cluster.settings, sent, tally)
    return tally


async def _say(client: Client, key: str, body: bytes, waits: tuple[float, ...]) -> bool:
    """The same bytes again, under no message id: what they hold is the guard. Returns whether it is kept."""
    subject = subject_pattern(PROGRAMME, CandidatureSubmitted, key)
    for wait_seconds in (*waits, None):
        try:
            await client.jetstream().publish(subject, body, headers={REHEARSAL_HEADER: AT})
            return True
        except BUS_AWAY:
            if wait_seconds is not None:
                await asyncio.sleep(wait_seconds)
    return False


async def _account(settings: Settings, sent: list[str], tally: Tally) -> None:
    """Each file is registered once, and each of its attempts has one answer, the same for all."""
    said = await _facts(settings, "INTAKE", CandidatureRegistered.event_type())
    answers = await _facts(settings, "ANSWERS", AnswerRegistered.event_type())
    for key in sent:
        tally.lost += not said[key] or not answers[key]
        tally.doubled += max(0, len(said[key]) - 1)
        told = {(answer["receipt_number"], answer["version"]) for answer in answers[key]}
        attempts = [(answer["stream"], answer["sequence"]) for answer in answers[key]]
        if len(told) > 1 or len(attempts) != len(set(attempts)):
            tally.wrong.append(f"{key} heard {sorted(told)} of {len(attempts)} attempts")
    tally.notes["attempts"] = sum(len(answers[key]) for key in sent)


async def _facts(settings: Settings, stream: str, kind: str) -> dict[str, list[dict[str, object]]]:
    """The facts of this type in a stream, by dossier."""
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    client = await connect(settings, "provisioner", attempts=-1)
    try:
        async for stored in read_stream(client, stream):
            if type_of(stored.subject) == kind:
                found[stored.subject.rpartition(".")[2]].append(json.loads(stored.data))
    finally:
        await client.close()
    return found
