"""A subject is bytes to the server: one that no text can hold must not stop the reading of all others."""

import pytest
from nats.aio.client import Client

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.kit.bus.client import BusClient
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

BAD = b"PUB fabriques.frontdesk.candidature.submitted.v1.\xff\xfe  2\r\n{}\r\n"


async def test_a_subject_that_is_not_text_is_a_dead_letter_and_the_next_event_is_served(
    platform: Platform,
) -> None:
    async with platform.running("intake"):
        holders = await platform.connect("holders")
        await holders.send([BAD])
        [letter] = await platform.dead_letters(1)
        assert letter.data["stream"] == "FRONTDESK_HOLDERS"
        dossier, body = submission()
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert await platform.fact(CandidatureRegistered, dossier)


def test_without_the_tolerant_reader_such_a_subject_ends_the_reading() -> None:
    """The control: what nats-py does by itself."""
    with pytest.raises(UnicodeDecodeError):
        Client()._build_message(1, b"\xff\xfe", b"", b"", None)
    assert "\ufffd" in BusClient()._build_message(1, b"\xff\xfe", b"", b"", None).subject
