"""What letters share is typeset once while they are written; whose words they held stays in no memory."""

import asyncio
from typing import Any

from services.notify.letters import mime, writer
from services.notify.letters.writer import french
from services.notify.mail.sender import Sender
from tests.platform import until
from tests.rules.notify.notify_samples import PROGRAMME, WRITER, a_contact, a_notice, mail_of

NOBODY: Any = None
CACHES: tuple[Any, ...] = (french.typeset, writer._filled, mime._subject)


class NothingTaken:
    taken = 0


class AnothersTurn:
    """The lock of a replica that sends no letters: another one does."""

    def taken(self) -> bool:
        return False


def kept() -> int:
    return sum(cache.cache_info().currsize for cache in CACHES)


async def looks(sender: Sender) -> None:
    """It looks once for what waits, in a thread, and then goes on."""
    await sender.start()
    await until(forgotten, "no words are kept")
    sender._task.cancel()  # type: ignore[union-attr]


async def forgotten() -> bool:
    return kept() == 0


def test_no_words_stay_in_memory_once_no_letter_waits() -> None:
    mail_of(WRITER.write(a_notice("introduction"), a_contact(place_name="Chez Camille Exemple")))
    assert kept() > 0, "the control: while letters are written, their texts are kept"
    consumer: Any = NothingTaken()
    lock: Any = AnothersTurn()
    asyncio.run(looks(Sender(consumer, WRITER, PROGRAMME, NOBODY, lock)))
    assert kept() == 0
