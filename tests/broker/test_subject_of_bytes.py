"""A subject is bytes to the server: one that no text can hold must not stop the reading of all others."""

from nats.aio.client import Client

from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.intake import CandidatureRegistered
from shared.kit.bus import connection
from shared.kit.bus import frames as wire
from tests.platform import Platform
from tests.submissions import OPEN_DAY, submission

BAD = b"PUB fabriques.frontdesk.candidature.submitted.v1.\xff\xfe  2\r\n{}\r\n"


async def test_a_subject_that_is_not_text_is_a_dead_letter_and_the_next_event_is_served(platform: Platform) -> None:
    async with platform.running("intake"):
        await wire.send(await platform.connect("holders"), [BAD])
        [letter] = await platform.dead_letters(1)
        assert letter.data["stream"] == "FRONTDESK_HOLDERS"
        dossier, body = submission()
        await platform.publish("holders", CandidatureSubmitted, dossier, body, at=OPEN_DAY)
        assert await platform.fact(CandidatureRegistered, dossier)


def test_without_the_tolerant_reader_such_a_subject_ends_the_reading() -> None:
    """The control: what nats-py does by itself."""
    assert connection.Client is Client
    strict = Client._build_message.__closure__
    assert strict is not None
    [build] = [cell.cell_contents for cell in strict]
    try:
        build(Client(), 1, b"\xff\xfe", b"", b"", None)
    except UnicodeDecodeError:
        return
    raise AssertionError("nats-py reads any subject now: the tolerant reader is not needed any more")
