"""What the faults found, kept as the shortest story that shows it."""

import errno
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from deploy.local.home.plan import PlatformPlan, read_record
from deploy.local.home.programme_copy import SHIPPED
from deploy.local.running.signals import StopSignals
from deploy.local.running.supervisor import Supervisor
from services.intake.domain.dossier import Dossier
from services.intake.domain.progress import hear
from services.intake.domain.withdrawal import withdraw
from services.notify.domain import contacts
from services.notify.domain.contact import Card, Contact
from shared.contract.intake import DossierStatus
from shared.contract.permissions import inbox_of
from shared.contract.subjects import STATUS_STREAM
from shared.kit.bus.connection import connect
from shared.kit.bus.publisher import Publisher
from shared.kit.logs.outputs import Output, json_line
from shared.kit.outgoing import Outgoing
from tests.platform import Platform

SCORED = datetime(2021, 1, 5, tzinfo=UTC)
AWARDED = datetime(2021, 1, 20, tzinfo=UTC)
DOSSIER = Dossier(
    "0198f2c4-7d3e-7c1a-9b1e-2f6f0d5a1c11",
    "holders",
    "registered",
    "2020-4",
    1,
    "FABT-2020-4-00001",
    "00012",
    1,
    SCORED,
    1,
    "{}",
    "s|c|2020-4",
)


def test_a_word_of_eligibility_that_comes_after_the_award_does_not_hide_it() -> None:
    laureate = hear(DOSSIER, "laureate", AWARDED)
    assert laureate
    assert hear(laureate, "reviewed", SCORED) is None


def test_a_dossier_that_was_found_eligible_and_then_withdrawn_is_shown_as_withdrawn() -> None:
    eligible = hear(DOSSIER, "eligible", SCORED)
    assert eligible
    statuses = [
        fact for fact in withdraw(eligible, AWARDED).facts if isinstance(fact, DossierStatus)
    ]
    assert [status.status for status in statuses] == ["withdrawn"]


def test_a_changed_file_sent_twice_in_a_row_changes_the_contact() -> None:
    """The counter accepts the first of the two: the second must not take its place while it waits."""
    first = Card(
        "c-1", "FRONTDESK-01", "FRONTDESK-01", "a@a.example", "A", "A", "A", (), "03310", 46.0, 3.0
    )
    changed = replace(
        first, heard_id="FRONTDESK-02", sending_id="FRONTDESK-02", email="b@b.example"
    )
    again = replace(changed, heard_id="FRONTDESK-03", sending_id="FRONTDESK-03")
    contact = contacts.accepted(_kept(None, first), "FRONTDESK-01", "R-1")
    contact = _kept(_kept(contact, changed), again)
    assert contacts.accepted(contact, "FRONTDESK-02").email == "b@b.example"


def _kept(known: Contact | None, card: Card) -> Contact:
    changes = contacts.keep_card(known, card).changes
    found = changes[0] if changes else known
    assert isinstance(found, Contact)
    return found


async def test_statuses_that_are_published_again_in_their_order_end_with_the_latest(
    platform: Platform,
) -> None:
    """The broker keeps a subject's latest and forgets the id it replaced: it would take it for new."""
    older, newer = (
        Outgoing(STATUS_STREAM, "$KV.dossiers.c-1", name, name.encode())
        for name in ("older", "newer")
    )
    connection = await connect(platform.settings, "intake")
    publisher = Publisher(connection, f"{inbox_of('intake')}.said")
    await publisher.start()
    # Each again, by a process that does not know it was said.
    for letter in (older, newer, older, newer):
        await publisher.publish([letter])
    [kept] = await platform.stored(STATUS_STREAM)
    assert kept.data == b"newer"
    await connection.close()


class FullStream(StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class Deaf(StopSignals):
    """Takes no signal of the process that runs the tests."""

    def __init__(self) -> None:
        self.told_to_stop = 0

    def listen(self, seconds: float) -> None:
        return None


def test_a_disk_that_is_full_costs_records_and_not_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A supervisor that could not write who runs took everybody with it; a service stopped at its own log."""
    supervisor = Supervisor(PlatformPlan(tmp_path, programme_file=SHIPPED), Deaf())
    with monkeypatch.context() as patched:
        patched.setattr(
            "deploy.local.running.supervisor.write_record", lambda *_: FullStream().write("")
        )
        supervisor._tell_who_runs()
    assert read_record(tmp_path) is None
    supervisor._watch(0)
    assert read_record(tmp_path), "it is told once there is room"
    Output(FullStream(), json_line).write([{"event": "said to nobody"}])
