"""What operators look at on a running platform: the timeline of a dossier, and where to find one."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.cli.connection.bus import with_bus
from deploy.cli.main import EXIT_INTERRUPTED
from deploy.cli.timeline.reading import candidature_of
from deploy.exposition import exposition
from deploy.local.server.nats_server import free_port
from deploy.monitoring import gathering
from shared.contract.front_ends import OPERATORS
from shared.contract.intake import CandidatureErased
from shared.contract.topology import SERVICES
from shared.kit.bus.connection import connect
from shared.kit.delivery import REHEARSAL_HEADER
from tests.platform import PATIENCE_SECONDS, as_bytes
from tests.stored import origin, stored_subject
from tests.submissions import OPEN_DAY, candidature_id, submission
from tests.system.cli.conftest import Fabriques, Said, Up, environment, run_command
from tests.system.cli.test_operators import OFFICER, written
from tests.waiting import wait_until

NO_LAG = 'fabriques_lag_seconds{durable="intake-on-frontdesk_holders"} 0.0'
CHECKED = "eligibility.candidature.eligibility-checked"
KEPT = "intake.candidature.registered"
PERSONAL = ("Passerelle", "Camille", "passerelle.example", "place du Marché", "Décision du comité")


@pytest.fixture(scope="module", autouse=True)
def durand(up: Up) -> None:
    run_command(up.home, "people", "add", "durand", "--role", "director")


@pytest.fixture
def registered(operator: Fabriques, tmp_path: Path) -> str:
    found, body = submission()
    assert operator("submit", written(tmp_path, body)).code == 0
    return found


def rows(said: Said) -> list[dict[str, object]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def told_with(operator: Fabriques, name: str, cause: str, fact: str) -> list[dict[str, object]]:
    """The timeline, once it has this fact below that one: what is decided is said a moment later."""

    def told() -> list[dict[str, object]] | None:
        found = rows(operator("timeline", name, "--json"))
        causes = [row["event_id"] for row in found if row["fact"] == cause]
        below = [row["fact"] for row in found if row["cause_id"] in causes]
        return found if fact in below else None

    return wait_until(told, f"{fact} of {name}")


def test_a_timeline_tells_who_did_what_and_what_followed(
    operator: Fabriques, registered: str
) -> None:
    operator("act", "territory.decided", f"candidature_id={registered}", 'zones=["qpv"]', *OFFICER)
    told = told_with(operator, registered, "backoffice.territory.decided", CHECKED)
    by_fact = {row["fact"]: row for row in told}
    sent = by_fact["frontdesk.candidature.submitted"]
    kept = by_fact["intake.candidature.registered"]
    decided = by_fact["backoffice.territory.decided"]
    assert (sent["who"], sent["depth"], decided["who"], decided["role"]) == (
        "holders", 0, "durand", "director"
    )  # fmt: skip
    assert (kept["cause_id"], kept["depth"]) == (sent["event_id"], 1)
    followed = [row for row in told if row["cause_id"] == decided["event_id"]]
    assert CHECKED in [row["fact"] for row in followed]
    assert told == sorted(told, key=lambda row: str(row["stamped"]))


def test_a_timeline_is_found_by_receipt_and_by_tranche_and_in_capitals(
    operator: Fabriques, registered: str
) -> None:
    receipt = operator("status", registered, "--json").data["receipt_number"]
    told = told_with(operator, registered, "frontdesk.candidature.submitted", KEPT)
    for name in (receipt, f"{registered}-T1", registered.upper()):
        assert rows(operator("timeline", name, "--json"))[:3] == told[:3], name


def test_a_receipt_is_found_by_the_log_alone(operator: Fabriques, registered: str) -> None:
    receipt = operator("status", registered, "--json").data["receipt_number"]
    assert with_bus(lambda bus: candidature_of(bus, receipt), OPERATORS) == registered
    assert with_bus(lambda bus: candidature_of(bus, "FABT-2020-4-99999"), OPERATORS) is None


@pytest.mark.parametrize("columns", ["80", "120"])
def test_a_timeline_fits_the_terminal_and_names_nobody(
    operator: Fabriques, registered: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator("act", "territory.decided", f"candidature_id={registered}", 'zones=["qpv"]', *OFFICER)
    monkeypatch.setenv("COLUMNS", columns)
    said = operator("timeline", registered)
    assert max(map(len, said.out.splitlines())) <= int(columns)
    assert "registered  intake · receipt number FABT-2020-4-" in said.out
    everything = said.out + operator("timeline", registered, "--json").out
    assert [word for word in PERSONAL if word in everything] == []


def test_a_dead_letter_stands_under_its_event(operator: Fabriques, up: Up, tmp_path: Path) -> None:
    """A submission that is decided after it tells that this one was."""
    found, body = submission()

    async def send() -> None:
        client = await connect(up.record.settings(up.home), "holders")
        subject = f"fabriques.frontdesk.candidature.submitted.v1.{found}"
        headers = {REHEARSAL_HEADER: OPEN_DAY}
        await client.jetstream().publish(subject, as_bytes(body), headers=headers)
        await client.close()

    asyncio.run(send())
    assert operator("submit", written(tmp_path, submission()[1])).code == 0
    told = rows(operator("timeline", found, "--json"))
    [letter] = [
        row
        for row in told
        if row["fact"] == "dead-letters.event.dead-lettered" and "intake" in str(row["told"])
    ]
    assert (letter["cause_id"], letter["depth"]) == (told[0]["event_id"], 1)
    assert "dead-lettered  intake · " in operator("timeline", found).out


def test_an_erased_dossier_is_told_as_such(operator: Fabriques, up: Up, registered: str) -> None:
    assert "Erased" not in operator("timeline", registered).out

    async def erase() -> None:
        client = await connect(up.record.settings(up.home), "intake")
        headers = {**origin("fabriques", CandidatureErased), "ce-id": candidature_id()}
        body = json.dumps({"candidature_id": registered}).encode()
        subject = stored_subject("fabriques", CandidatureErased, registered)
        await client.jetstream().publish(subject, body, headers=headers)
        await client.close()

    asyncio.run(erase())
    assert "personal data is gone; what was decided stays" in operator("timeline", registered).out


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("0198f2c4-0000-7000-8000-000000000000", "the log holds nothing of dossier"),
        ("FABT-2020-4-99999", "the log knows no receipt FABT-2020-4-99999"),
        (">", "> is neither the id of a dossier nor a receipt number"),
        ("*", "* is neither the id of a dossier nor a receipt number"),
    ],
)
def test_a_dossier_that_nobody_knows_is_one_line(operator: Fabriques, name: str, why: str) -> None:
    said = operator("timeline", name)
    assert (said.code, len(said.errors), said.out) == (1, 1, "")
    assert why in said.err


@pytest.mark.parametrize(
    "name", ["receipt", "siret", "spaced siret", "siren", "words", "commune", "postal code"]
)
def test_a_dossier_is_found_by_what_people_know_of_it(
    operator: Fabriques, registered: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = operator("status", registered, "--json").data["receipt_number"]
    [known] = rows(operator("find", receipt, "--json"))
    siret = str(known["siret"])
    texts = {
        "receipt": receipt.lower(),
        "siret": siret,
        "spaced siret": f"{siret[:3]} {siret[3:9]} {siret[9:]}",
        "siren": siret[:9],
        "words": "passerelle VICHY",
        "commune": "03310",
        "postal code": "03200",
    }
    found = rows(operator("find", texts[name], "--json"))
    assert registered in [row["candidature_id"] for row in found]
    monkeypatch.setenv("COLUMNS", "80")
    assert f" {receipt}   " in operator("find", texts[name], "--limit", "500").out
    assert "Association" not in json.dumps(found), "who the holder is, it does not tell"


def test_a_name_that_looks_like_markup_is_printed_as_it_is(
    operator: Fabriques, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Lieu [/b] [link=https://example.org]ici[/link]"
    found, body = submission(place__name=name)
    assert operator("submit", written(tmp_path, body)).code == 0
    receipt = operator("status", found, "--json").data["receipt_number"]
    monkeypatch.setenv("COLUMNS", "180")
    said = operator("find", receipt)
    assert (said.code, name in said.out) == (0, True)


def test_what_nobody_filed_is_one_line(operator: Fabriques) -> None:
    for text, form in (
        ("75056", "commune"),
        ("99999", "commune"),
        ("zyx", "words"),
        ("%_", "words"),
    ):
        said = operator("find", text)
        assert said.errors == [f"fabriques: no dossier is found by {text}, looked for as {form}"]
        assert said.code == 1
    assert operator("find", "x").code == 1


def test_more_than_the_limit_is_told(operator: Fabriques, registered: str, tmp_path: Path) -> None:
    operator("submit", written(tmp_path, submission()[1]))
    assert "There are more than 1" in operator("find", "03310", "--limit", "1").out


@pytest.mark.parametrize("columns", ["80", "120"])
def test_one_frame_of_the_live_view_is_printed_without_colour_in_a_pipe(
    operator: Fabriques, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    said = operator("watch", "--once")
    lines = said.out.splitlines()
    assert (said.code, max(map(len, lines)) <= int(columns)) == (0, True)
    assert "intake ready  eligibility ready  funding ready  notify ready" in said.out
    assert "FRONTDESK_HOLDERS" in said.out and "wave 2020-4" in said.out
    assert "\x1b" not in said.out
    assert [word for word in PERSONAL if word in said.out] == []


def test_the_metrics_of_all_processes_are_gathered_on_one_port(up: Up, registered: str) -> None:
    settings = up.record.settings(up.home)
    submitted = (
        'fabriques_events_total{fact="CandidatureSubmitted",result="registered",service="intake"}'
    )

    def counted() -> str | None:
        """Once the event is acknowledged, and counted: its answer came first."""
        found = exposition(asyncio.run(gathering.Platform(settings).figures())).decode()
        return found if submitted in found and NO_LAG in found else None

    told = wait_until(counted, "the submission is counted, and nothing waits")
    assert submitted in told
    for service in SERVICES:
        assert f'fabriques_service_ready{{service="{service}"}} 1.0' in told
        assert f'fabriques_transaction_seconds_count{{service="{service}"}}' in told
    assert 'fabriques_process_starts_total{process="intake"} 1.0' in told
    assert NO_LAG in told
    assert 'fabriques_wave_state{state="open",wave="2020-4"} 1.0' in told
    assert [word for word in PERSONAL if word in told] == []


def test_without_a_broker_metrics_say_so_and_nothing_else_of_the_bus(up: Up) -> None:
    settings = up.record.settings(up.home).model_copy(
        update={"nats_url": f"nats://127.0.0.1:{free_port()}"}
    )
    told = exposition(asyncio.run(gathering.Platform(settings).figures())).decode()
    assert "fabriques_broker_up 0.0" in told and "fabriques_disk_free_bytes" in told
    assert "fabriques_service_ready" not in told


def test_the_live_view_is_drawn_again_in_a_terminal_until_it_is_interrupted(up: Up) -> None:
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    command = [sys.executable, "-m", "deploy.cli.main", "watch", "--seconds", "0.5"]
    env = {**environment(up.home), "TERM": "xterm-256color"}
    watching = subprocess.Popen(command, env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    drawn = b""
    while drawn.count(b"Ctrl-C ends") < 3:
        drawn += os.read(leader, 65_536)
    for key, told in ((b"w", b"the newest first"), (b"s", b"DEAD_LETTERS"), (b"o", b"tranches")):
        os.write(leader, key)
        drawn = b""
        while told not in drawn:
            drawn += os.read(leader, 65_536)
    watching.send_signal(signal.SIGINT)
    with suppress(OSError):  # a terminal that nobody holds open any more cannot be read
        while part := os.read(leader, 65_536):
            drawn += part
    assert watching.wait(PATIENCE_SECONDS) == EXIT_INTERRUPTED
    os.close(leader)
    assert b"Traceback" not in drawn
