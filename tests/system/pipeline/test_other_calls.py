"""The other calls that ship are played to their end by the same services: each has a summary of its own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deploy.local.audit.export import export
from deploy.local.home.programme_copy import as_toml
from deploy.rehearsal import summary as account
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.cast import make_cast
from deploy.rehearsal.checks import failures
from deploy.rehearsal.clients import Clients
from deploy.rehearsal.clock import SeasonClock
from deploy.rehearsal.people import Keyring
from deploy.rehearsal.play import all_mail_is_out, play_season
from deploy.rehearsal.season import Season
from shared.contract.topology import SERVICES
from shared.programme import Programme, load_programme
from tests.broker.test_keeper import keeping, verified
from tests.conftest import PROGRAMMES
from tests.platform import Platform
from tests.programmes import FIRST, SECOND, server_of_two
from tests.rules.random_programmes import random_programme
from tests.rules.selection.random_waves import LONG

pytestmark = pytest.mark.long
SMALL = Mix(outside_urban=2, in_qpv=0, in_both=0, in_neither=1)


def shipped(name: str) -> Programme:
    return load_programme(PROGRAMMES / f"{name}.toml")


def call(platform: Platform, programme: Programme, folder: Path) -> Programme:
    """Under the id that the server of the tests has accounts for."""
    programme = programme.model_copy(update={"id": platform.programme})
    file = folder / "call.toml"
    file.write_text(as_toml(programme), encoding="utf-8")
    platform.settings = platform.settings.model_copy(update={"programme_file": file})
    return programme


async def played(platform: Platform, programme: Programme) -> dict[str, Any]:
    """What the services say of a whole season, once every check of the rehearsal and the auditor's hold."""
    clock = SeasonClock(programme.waves[0].opens_on, programme.zone)
    clients = Clients(platform.settings, programme.id, clock, Keyring(platform.home).key_of)
    cast = make_cast(programme, (), SMALL, "small")
    async with platform.running(*SERVICES):
        await clients.open()
        try:
            season = Season(platform.settings, programme, cast, clients, lambda _step: None)
            await play_season(season)
            await all_mail_is_out(season)
            said = await account.gather(season)
            assert await failures(season, said) == []
        finally:
            await clients.close()
    assert await audited(platform) == (0, "")
    return said


async def audited(platform: Platform) -> tuple[int, str]:
    """The code and the words of the auditor's file on the whole log, where it finds anything."""
    folder = platform.home / "audit"
    async with keeping(platform):
        await export(platform.settings, folder)
    done = await asyncio.to_thread(verified, folder)
    return done.returncode, done.stdout if done.returncode else done.stderr


async def test_two_calls_at_once_on_one_server_end_with_their_own_summaries(tmp_path: Path) -> None:
    """The edition of 2023 and the Manufactures, in accounts of their own: each is played as if alone."""
    with server_of_two(tmp_path) as server:
        async with server.platform(FIRST) as one, server.platform(SECOND) as other:
            calls = [shipped("fabriques-de-territoire-2023"), shipped("manufactures-de-proximite")]
            first, second = await asyncio.gather(*map(played, (one, other), calls))
    one_wave_one_year_one_sum_and_a_zone_that_holders_declare(first)
    three_waves_anywhere_two_years_and_sums_of_their_own(second, calls[1])


def one_wave_one_year_one_sum_and_a_zone_that_holders_declare(said: dict[str, Any]) -> None:
    labels = said["laureates"]["sans-fabrique"]
    assert (said["registered"], said["eligible"], said["refused"]) == (
        3,
        2,
        {"programme-closed": 1},
    )
    assert labels == said["eligible"] - said["declined"] > 0
    assert said["committed_cents"] == said["paid_cents"] == labels * 5_000_000
    assert said["tranches"] == {"settled": labels, "withheld": 0, "rejected": 0}


def three_waves_anywhere_two_years_and_sums_of_their_own(
    said: dict[str, Any], programme: Programme
) -> None:
    labels = said["laureates"]["france"]
    assert said["registered"] == said["eligible"] == 9, "no place is in no zone"
    assert labels == said["eligible"] - said["declined"] > 0
    assert said["tranches"] == {"settled": 2 * labels, "withheld": 0, "rejected": 0}
    assert labels * programme.award.floor_cents <= said["paid_cents"] == said["committed_cents"]


@pytest.mark.skipif(not LONG, reason="HYPOTHESIS_PROFILE=long: a minute for each")
@pytest.mark.parametrize("seed", range(8))
async def test_a_random_call_is_played_to_its_end_and_the_proof_of_its_ledger_holds(
    platform: Platform, tmp_path: Path, seed: int
) -> None:
    programme = call(platform, random_programme(seed), tmp_path)
    said = await played(platform, programme)
    assert (said["verified"], said["dead_letters"]) == (True, 0)
    assert said["paid_cents"] == said["committed_cents"] <= programme.envelope_cents
