"""A season of some eighty files, played out on a real platform: every story and check, nothing left running.

What it leaves is thrown away and made anew from the log alone, database by database.
"""

import asyncio
import io
import json
import os
import random
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stdout
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from deploy.local.audit.comparison import audit
from deploy.local.audit.replay import ReplayAudit, audit_replay
from deploy.local.home.plan import PlatformPlan
from deploy.local.home.programme_copy import SHIPPED, as_toml
from deploy.local.log.reading import stream_names
from deploy.local.log.store_server import server_of, settings_at
from deploy.local.rebuilding.rebuild import rebuild
from deploy.local.rebuilding.row_differences import HIDDEN
from deploy.local.running.platform import LocalPlatform
from deploy.rehearsal.applicants import Mix
from deploy.rehearsal.play import Options, play
from services.notify.handlers.occasions import OCCASIONS
from services.notify.letters.writer import TEMPLATES
from shared.contract.subjects import ask_subject
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.programme import load_programme
from tests.copies import lose
from tests.platform import PATIENCE_SECONDS
from tests.reading_letters import faults_of
from tests.store import on_postgres
from tests.system.pipeline.rows import differing, rows_of

LAUREATES_A_WAVE, QUOTA = 6, 12
pytestmark = pytest.mark.long
PARTS = ("nats-server", "intake", "eligibility", "funding", "notify")


def small_season(folder: Path) -> Options:
    """The shipped programme with room for 24 labels, and an envelope that is just enough for them."""
    shipped = load_programme(SHIPPED)
    small = shipped.model_copy(
        update={
            "quotas": dict.fromkeys(shipped.quotas, QUOTA),
            "envelope_cents": 2 * QUOTA * shipped.award.ceiling_cents,
            "selection": shipped.selection.model_copy(update={"laureates_max": LAUREATES_A_WAVE}),
        }
    )
    file = folder / "small.toml"
    file.write_text(as_toml(small), encoding="utf-8")
    return Options(folder / "run", "small", as_json=True, programme_file=file, mix=Mix(6, 6, 1, 1))


def summary_of(options: Options) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((options.home / "summary.json").read_text(encoding="utf-8"))
    del data["seconds"]
    return data


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Options, dict[str, Any]]:
    """A season that has ended, and what was said of it."""
    options = small_season(tmp_path_factory.mktemp("season"))
    with redirect_stdout(io.StringIO()) as printed:
        assert play(options) == 0, printed.getvalue()
    return options, json.loads(printed.getvalue())


def test_a_season_is_played_to_its_end_and_every_check_holds(
    played: tuple[Options, dict[str, Any]],
) -> None:
    options, said = played
    assert said["failed"] == []
    assert said["laureates"] == {"outside-urban": QUOTA, "qpv": QUOTA}
    assert said["promoted"] == 2
    assert said["tranches"] == {"settled": 3 * 2 * QUOTA - 1, "withheld": 1, "rejected": 1}
    support = said["support"]
    assert support["plans"] == 2 * QUOTA + said["promoted"]
    assert 0 < support["introductions"] <= support["plans"]
    assert support["steps"] > support["agreed"] > support["done"] > 0
    assert support["late"] and support["dropped"], "some are late, some are dropped"
    home = options.home
    assert (home / "open-data" / "subventions.csv").stat().st_size
    assert len(list((home / "mail").glob("*.eml"))) == said["notices"]
    assert len(list((home / "payments").glob("*.xml"))) >= 3
    assert not (home / "platform.json").exists(), "a platform is still running"


def test_every_letter_leaves_in_a_season_but_those_that_are_named(
    played: tuple[Options, dict[str, Any]],
) -> None:
    left = in_notify(played, "SELECT DISTINCT template FROM notices WHERE state = 'sent'")
    templates = {path.stem for path in (TEMPLATES / "messages").iterdir()}
    assert templates - {template for (template,) in left} == NOT_IN_A_SEASON.keys()


def test_every_fact_that_calls_for_a_letter_has_one_and_one_alone(
    played: tuple[Options, dict[str, Any]],
) -> None:
    """The audit trail of notify against its letters, by the fact that each of them names as its cause."""
    named = ", ".join(f"'{kind.__name__}'" for kind in OCCASIONS)
    heard = in_notify(
        played,
        "SELECT inbox.type, inbox.result, count(notices.notice_id) FROM inbox "
        "LEFT JOIN notices ON notices.cause_id = inbox.event_id AND notices.recipient = 'holder' "
        f"WHERE inbox.type IN ({named}) GROUP BY inbox.event_id",
    )
    wrong = {
        (kind, result, count)
        for kind, result, count in heard
        if count != (result not in TOLD_ALREADY)
    }
    assert len(heard) > 300 and not wrong


def test_what_leaves_can_be_read(played: tuple[Options, dict[str, Any]]) -> None:
    """Some letters of each kind, as a mail program shows them: no hole, no template, nothing twice."""
    sent = "SELECT template, notice_id FROM notices WHERE state = 'sent' ORDER BY notice_id"
    found = in_notify(played, sent)
    by_template: dict[str, list[str]] = {}
    for template, notice_id in found:
        by_template.setdefault(template, []).append(notice_id)
    for template, names in by_template.items():
        for name in (*names[:2], *names[-2:]):
            mail = message_from_bytes(
                (played[0].home / "mail" / f"{name}.eml").read_bytes(), policy=default
            )
            body = mail.get_body(("plain",))
            assert body is not None
            assert faults_of(str(mail["Subject"]), body.get_content()) == [], (template, name)


async def test_every_database_is_made_anew_from_the_log_row_by_row(
    played: tuple[Options, dict[str, Any]],
) -> None:
    home = played[0].home
    before = {service: rows_of(home, service) for service in SERVICES}
    async with server_of(home) as client:
        settings = settings_at(home, client)
        lengths = await lengths_of(client)
        for service in SERVICES:
            lose(home, service)
            rebuilt = await rebuild(settings, service, quiet)
            assert (rebuilt.in_place, rebuilt.proven) == (True, True)
            assert rebuilt.kept == "" or on_postgres(), "a schema is always there"
            assert (rebuilt.tally.pending, rebuilt.holes) == (0, {})
            assert differing(rows_of(home, service), before[service]) == [], service
        assert (await audit(settings)).sound
        assert await lengths_of(client) == lengths, "nothing is said again"


async def test_what_was_made_anew_serves_on_and_a_row_changed_by_hand_is_named(
    played: tuple[Options, dict[str, Any]],
) -> None:
    options, said = played
    mails = sorted((options.home / "mail").iterdir())
    async with running(options) as settings:
        assert await summary_asked(settings) == {name: said[name] for name in ASKED}
        assert sorted((options.home / "mail").iterdir()) == mails, "no letter is sent again"
        changed = change_by_hand(options.home)
        assert (await audit(settings)).sound, "ids tell nothing of it"
        found = {
            (one.service, one.table, one.column): one
            for replay in await replayed(settings)
            for one in replay.differences
        }
    assert {place: one.what for place, one in found.items()} == changed
    grant = found["funding", "grants", "state"]
    assert (grant.kept, grant.should_be) == ("cancelled", "agreed")
    assert found["notify", "contacts", "email"].should_be == HIDDEN


# Letters that no story of a season leads to, and where they are seen to leave.
NOT_IN_A_SEASON = {
    "account_refused": "tests/broker/test_letters_of_rare_facts.py",
    "address_unproven": "tests/broker/test_notify.py: each holder of a season opens the first link at once",
    "deadline_moved": "tests/broker/test_letters_of_rare_facts.py",
    "erased": "tests/broker/test_erasure.py",
    "relayed": "tests/service/support/test_relay.py: who writes to a laureate of the directory",
    "work_waiting": "tests/broker/test_team_letter.py: the days of a season jump, and no day is listed",
}
# Results of facts whose holder knows it already, or reads it in the letter of another fact.
TOLD_ALREADY = ("said-before", "told-before", "told-by-the-outcome")


def in_notify(played: tuple[Options, dict[str, Any]], sql: str) -> list[Any]:
    with database_of(played[0].home, "notify") as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


@contextmanager
def database_of(home: Path, service: str) -> Iterator[Connection]:
    engine = open_engine(Settings(home=home).database_url(service))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


ASKED = (
    "eligible",
    "laureates",
    "committed_cents",
    "paid_cents",
    "notices",
    "support",
    "withdrawn",
)


def quiet(_done: int, _of: int) -> None:
    pass


async def lengths_of(client: Any) -> dict[str, int]:
    return {
        name: (await client.jetstream().stream_info(name)).state.last_seq
        for name in await stream_names(client)
    }


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Settings]:
    plan = PlatformPlan(options.home, programme_file=options.programme_file, rehearsal=True)
    platform = LocalPlatform(plan)
    await asyncio.to_thread(platform.start)
    try:
        yield platform.settings
    finally:
        await asyncio.to_thread(platform.stop)


async def summary_asked(settings: Settings) -> dict[str, Any]:
    client = await connect(settings, "officers")
    told: dict[str, Any] = {}
    try:
        for service in SERVICES:
            subject = ask_subject(settings.programme().id, service, "summary")
            reply = await client.request(subject, b"{}", timeout=PATIENCE_SECONDS)
            told |= json.loads(reply.data)
    finally:
        await client.close()
    return {name: told[name] for name in ASKED}


async def replayed(settings: Settings) -> list[ReplayAudit]:
    return [one async for one in audit_replay(settings, SERVICES, quiet)]


def change_by_hand(home: Path) -> dict[tuple[str, str, str], str]:
    """Returns what was done where."""
    one = "candidature_id = (SELECT min(candidature_id) FROM"
    acts = {
        (
            "intake",
            "dossiers",
            "receipt_number",
        ): f"UPDATE dossiers SET receipt_number = 'X' WHERE {one} dossiers)",
        ("intake", "inbox", "reasons"): (
            "UPDATE inbox SET reasons = '[]' WHERE event_id = "
            "(SELECT min(event_id) FROM inbox WHERE CAST(reasons AS TEXT) LIKE '%code%')"
        ),
        ("funding", "inbox", "result"): (
            "UPDATE inbox SET result = 'superseded' WHERE event_id = "
            "(SELECT min(event_id) FROM inbox WHERE type = 'EligibilityChecked')"
        ),
        ("eligibility", "files", "revision"): f"UPDATE files SET revision = 9 WHERE {one} files)",
        ("eligibility", "reviews", ""): f"DELETE FROM reviews WHERE {one} reviews)",
        ("funding", "grants", "state"): (
            f"UPDATE grants SET state = 'cancelled' WHERE {one} grants WHERE state = 'agreed')"
        ),
        ("funding", "accounts", "secret"): (
            "UPDATE accounts SET secret = (SELECT secret FROM accounts ORDER BY candidature_id DESC LIMIT 1) "
            f"WHERE {one} accounts)"
        ),
        (
            "notify",
            "contacts",
            "email",
        ): f"UPDATE contacts SET email = 'a@b.example' WHERE {one} contacts)",
        ("notify", "stray_cards", ""): "INSERT INTO stray_cards VALUES ('x', '', '', '', '')",
    }
    for (service, _, _), sql in acts.items():
        with database_of(home, service) as connection:
            assert connection.execute(text(sql)).rowcount > 0, sql
    words = {"UPDATE": "changed", "DELETE": "missing", "INSERT": "added"}
    return {place: words[sql.partition(" ")[0]] for place, sql in acts.items()}


@pytest.mark.faults
@pytest.mark.skipif(
    not os.environ.get("FAULTS"), reason="takes minutes: `make faults-long` runs it"
)
def test_given_processes_killed_at_random_moments_then_the_same_summary(tmp_path: Path) -> None:
    calm, troubled = (small_season(_made(tmp_path / name)) for name in ("calm", "troubled"))
    assert play(calm) == 0
    saboteur = Saboteur(troubled.home, seed=20)
    saboteur.start()
    try:
        assert play(troubled) == 0
    finally:
        saboteur.stop()
    assert saboteur.killed
    assert summary_of(troubled) == summary_of(calm)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class Saboteur(threading.Thread):
    """Kills a process of the platform every now and then, the broker included."""

    def __init__(self, home: Path, seed: int, kills_max: int = 8) -> None:
        super().__init__(daemon=True)
        self._home, self._random, self._kills_max = home, random.Random(seed), kills_max
        self._stopped = threading.Event()
        self.killed: list[str] = []

    def run(self) -> None:
        while len(self.killed) < self._kills_max and not self._stopped.wait(
            self._random.uniform(0.5, 3.0)
        ):
            try:
                pids = json.loads((self._home / "platform.json").read_text(encoding="utf-8"))[
                    "pids"
                ]
                name = self._random.choice(PARTS)
                os.kill(pids[name], signal.SIGKILL)
            except (OSError, ValueError, KeyError):
                continue
            self.killed.append(name)

    def stop(self) -> None:
        self._stopped.set()
        self.join(5)
