"""Facts as a service's durable brings them, in a rehearsal."""

from datetime import datetime

from shared.contract.front_ends import HOLDERS
from shared.contract.subjects import is_from_outside, named
from shared.kit.delivery import REHEARSAL_HEADER, Delivery
from shared.kit.outgoing import Outgoing
from tests.system.pipeline.season import OPEN_DAY


def delivered(service: str, letter: Outgoing, place: int) -> Delivery:
    stamped_ns = int(datetime.fromisoformat(OPEN_DAY).timestamp() * 1e9) + place
    consumer = f"{service}-on-{letter.stream.lower()}"
    subject = named(letter.subject, HOLDERS) if is_from_outside(letter.subject) else letter.subject
    headers = {**letter.known_by, REHEARSAL_HEADER: OPEN_DAY}
    return Delivery(
        None, subject, headers, letter.body, letter.stream, consumer, 1, place, stamped_ns
    )
