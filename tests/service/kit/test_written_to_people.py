"""Who works for the programme is written to while they do: over a database, as the sender reads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.notify import store
from services.notify.domain.digests import REVIEW_NEWS, Correspondent
from services.notify.domain.retries import Posted, Result
from services.notify.mail.sender import Sender
from services.notify.tables import JOURNAL, STATE_TABLES
from shared.kit.people.register import Standing
from shared.kit.storage.state_tables import by_kind
from shared.kit.storage.states import States
from tests.databases import opened
from tests.rules.notify.notify_samples import NOTICE, PROGRAMME, WRITER, a_notice

KEY = "fZQVNtBfUgEk0ujrBw2v5nZFmDRBLdcHYm/8m6VVXD0="
NEWS = a_notice(REVIEW_NEWS)
NOBODY: Any = None


@pytest.fixture
def states(tmp_path: Path) -> Iterator[States]:
    engine = opened(tmp_path, "notify")
    with engine.begin() as connection:
        yield States(connection, STATE_TABLES | by_kind(*JOURNAL.state_tables))
    engine.dispose()


def test_who_is_revoked_gets_no_letter_any_more(states: States) -> None:
    states.keep(Correspondent("anna", "anna@exemple.fr"))
    states.keep(Standing("anna", 1, KEY, ("reviewer",)))
    states.write()
    assert store.addressees_of(states, [NEWS])["anna"].email == "anna@exemple.fr", "the control"
    states.keep(Standing("anna", 2, "", ()))
    assert store.addressees_of(states, [NEWS]) == {}


def test_a_letter_to_whom_nobody_writes_any_more_is_said_to_have_failed() -> None:
    sender = Sender(NOBODY, WRITER, PROGRAMME, NOBODY, NOBODY)
    assert sender._mail(NEWS, None) == Posted(NOTICE, Result.FAILED, "no-address")
    assert sender._mail(a_notice("receipt"), None) == Posted(NOTICE, Result.FAILED, "dropped")
