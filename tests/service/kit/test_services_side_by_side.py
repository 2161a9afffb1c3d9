"""What each service decides side by side, and what of it holds when both replicas decide at one moment."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from deploy.loading import part_of
from services.intake.domain.claims import ProjectClaim
from services.intake.domain.dossier import Dossier
from services.intake.domain.waves import WaveState
from services.notify.domain.notice import Notice
from services.notify.domain.pace import Mailbox
from shared.contract.topology import SERVICES
from shared.kit.consumer.consumer import Consumer
from shared.kit.delivery import Delivery
from shared.kit.outgoing import Outgoing
from shared.kit.settings import Settings
from shared.kit.storage.side_by_side import Beside
from shared.kit.storage.states import States
from shared.programme import Programme
from tests.bench import files
from tests.conftest import SHIPPED_PROGRAMME
from tests.platform import PATIENCE_SECONDS, build_of
from tests.service.kit.letters import delivered

TABLES: dict[str, dict[type[Any], Any]] = {
    service: part_of(service, "tables").STATE_TABLES for service in SERVICES
}
CONTESTED = {
    "intake": {"ProjectClaim", "WaveState"},
    "eligibility": set(),
    "funding": set(),
    "notify": {"Mailbox"},
}
SIDE_BY_SIDE = {
    "intake": {
        *("CandidatureSubmitted", "PiecesCompleted", "WithdrawalRequested"),
        *("EligibilityChecked", "InstructionRequested", "CandidatureScored"),
        *("ReviewRequested", "ReviewReleased", "GrantAwarded", "CandidatureWaitlisted"),
        *("CandidatureDeclined", "GrantAgreed", "GrantAmended", "CandidatureReexamined"),
    },
    "eligibility": {"CandidatureRegistered", "CandidatureWithdrawn"},
    "funding": set(),
}
# Some of what notify decides in turn: waves of laureates, meetings, erasures, people, work lists.
NOTIFY_IN_TURN = {
    *("CandidatureErased", "WaveRanked", "SupportOpened", "AwardCancelled", "ReviewerBriefed"),
    *("GrantWorkListed", "PersonRegistered", "PersonRevoked", "GatheringAnnounced"),
}


@pytest.fixture
def settings(home: Path, postgres_url: str) -> Settings:
    named = {f"{service}_database_url": postgres_url for service in TABLES}
    return Settings(home=home, programme_file=SHIPPED_PROGRAMME, rehearsal=True, **named)


Replicas = Callable[[str], list[Consumer]]


@pytest.fixture
def replicas(settings: Settings) -> Iterator[Replicas]:
    made: list[Consumer] = []

    def two_of(service: str) -> list[Consumer]:
        made.extend(build_of(service)(settings).consumer for _ in range(2))
        return made

    yield two_of
    for one in made:
        one.work.close()


def _side_by_side(service: str, settings: Settings) -> tuple[set[str], set[str]]:
    table = build_of(service)(settings).consumer.decider.reactions._table.values()
    own = {event.__name__ for event, reaction in table if reaction.own_dossier}
    return own, {event.__name__ for event, _ in table} - own


@pytest.mark.parametrize("service", SIDE_BY_SIDE)
def test_these_events_are_decided_side_by_side_and_all_others_in_turn(
    service: str, settings: Settings
) -> None:
    assert _side_by_side(service, settings)[0] == SIDE_BY_SIDE[service]


def test_notify_decides_in_turn_what_concerns_more_than_a_dossier(settings: Settings) -> None:
    assert _side_by_side("notify", settings)[1] >= NOTIFY_IN_TURN


@pytest.mark.parametrize("service", TABLES)
def test_these_states_of_no_dossier_may_be_changed_side_by_side(service: str) -> None:
    found = {kind.__name__ for kind, table in TABLES[service].items() if table.contested}
    assert found == CONTESTED[service]


GLOBAL = [
    (service, kind)
    for service, tables in TABLES.items()
    for kind, table in tables.items()
    if not table.contested and table.dossier is None
]


@pytest.mark.parametrize(
    ("service", "kind"), GLOBAL, ids=lambda told: told if isinstance(told, str) else told.__name__
)
def test_what_is_of_no_dossier_is_changed_in_turn_alone(service: str, kind: type[Any]) -> None:
    nowhere: Any = None
    beside = Beside.__new__(Beside)
    beside._dossiers, beside.changed = frozenset(("x", "")), set()
    state = object.__new__(kind)
    for name in TABLES[service][kind].fields:
        object.__setattr__(state, name, "x")
    with pytest.raises(Exception, match="more than its dossiers"):
        States(nowhere, TABLES[service], beside).keep(state)


def _at_one_moment(
    replicas: Sequence[Consumer],
    halves: Sequence[Sequence[Delivery]],
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """What came of each event: both replicas have decided before either has written."""
    both, take_turn = Barrier(2), Beside.take_turn

    def together(beside: Beside) -> Callable[[], None]:
        both.wait(PATIENCE_SECONDS)
        return take_turn(beside)

    monkeypatch.setattr(Beside, "take_turn", together)
    with ThreadPoolExecutor(2) as threads:
        batches = list(threads.map(lambda one, half: one.transact(half), replicas, halves))
    monkeypatch.undo()
    return [one.decision.result for batch in batches for one in batch.handled]


async def _all(consumer: Consumer, kind: type[Any]) -> list[Any]:
    return await consumer.read(lambda states: states.all(kind))


def _submissions(
    service: str, programme: Programme, siret_of: Callable[[int], str], count: int
) -> list[Delivery]:
    letters = list(files.submissions(programme, 0, count))
    place, holder = files.submission(0)["place"], files.siret
    told = []
    for number, letter in enumerate(letters):
        body = letter.body.replace(holder(number).encode(), siret_of(number).encode())
        body = body.replace(f"contact-{number}@".encode(), b"contact@")
        code = files.submission(number)["place"]["commune_code"]
        body = body.replace(code.encode(), place["commune_code"].encode())
        told.append(Outgoing(letter.stream, letter.subject, letter.event_id, body))
    return [delivered(service, one, number) for number, one in enumerate(told, 1)]


async def test_one_project_that_both_replicas_are_sent_at_one_moment_is_registered_once(
    replicas: Replicas, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _submissions("intake", settings.programme(), lambda _: files.siret(0), 2)
    counters = replicas("intake")
    results = _at_one_moment(counters, [sent[:1], sent[1:]], monkeypatch)
    assert sorted(results) == ["already-registered", "registered"]
    assert len(await _all(counters[0], Dossier)) == 1
    assert len(await _all(counters[0], ProjectClaim)) == 1


async def test_every_file_counts_in_its_wave_whichever_replica_registered_it(
    replicas: Replicas, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = _submissions("intake", settings.programme(), files.siret, 9)
    counters = replicas("intake")
    counters[0].transact(sent[:1])
    results = _at_one_moment(counters, [sent[1:4], sent[4:]], monkeypatch)
    assert results == ["registered"] * 8
    assert [wave.registered for wave in await _all(counters[0], WaveState)] == [9]


async def test_letters_to_one_address_are_all_counted_whichever_replica_called_for_them(
    replicas: Replicas, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = settings.programme()
    writers = replicas("notify")
    sent = _submissions("notify", programme, files.siret, 4)
    writers[0].transact(sent)
    registered = [
        delivered("notify", letter, place)
        for place, letter in enumerate(files.registrations(programme, 0, 4), 10)
    ]
    _at_one_moment(writers, [registered[:2], registered[2:]], monkeypatch)
    assert len(await _all(writers[0], Notice)) == 4
    assert [box.count for box in await _all(writers[0], Mailbox)] == [4]
