"""What a timer decides is known by a name: the longest is kept, a longer one is refused on any store."""

from datetime import UTC, datetime

import pytest

from services.eligibility.timer import BRIEFED
from services.intake.uploads import EXAMINED
from shared.contract.decision import Decision
from shared.contract.subjects import stream_of
from shared.kit.consumer.consumer import Consumer
from shared.kit.ids import outside_id
from shared.kit.storage.database import open_engine
from tests.service.kit.counting import counting_consumer

NOW = datetime(2020, 11, 3, 9, tzinfo=UTC)
OF_A_LONG_FRONT_END = stream_of("frontdesk", "f" * 20)
LONGEST = (
    f"{BRIEFED}20201103-{'r' * 64}",
    EXAMINED + outside_id(OF_A_LONG_FRONT_END, 1, 1_604_394_000_000_000_000),
)


@pytest.mark.parametrize("name", LONGEST, ids=["reviewer", "front-end"])
async def test_the_longest_name_of_a_reviewer_or_a_front_end_is_kept_by_postgresql(
    postgres_url: str, name: str
) -> None:
    consumer = counting_consumer(open_engine(postgres_url))
    assert await decided(consumer, name)
    consumer.work.close()


async def test_a_name_that_no_table_keeps_is_refused_where_a_store_would_take_it() -> None:
    consumer = counting_consumer(open_engine("sqlite://"))
    assert await decided(consumer, "n" * 80)
    with pytest.raises(ValueError, match="longer than 80 characters"):
        await decided(consumer, "n" * 81)
    consumer.work.close()


async def decided(consumer: Consumer, name: str) -> bool:
    await consumer.announce(name, NOW, lambda *_: Decision("looked"))
    return await consumer.with_inbox_outbox(lambda inbox_outbox: name in inbox_outbox.heard([name]))
