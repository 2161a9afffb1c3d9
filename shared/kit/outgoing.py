"""A message that is to be published: a fact of the outbox, or what a job or a client says."""

from dataclasses import field

from shared.contract.subjects import STATUS_STREAM
from shared.value import value


@value
class Outgoing:
    """One message to publish. `event_id` is its `Nats-Msg-Id`, but for a status."""

    stream: str
    subject: str
    event_id: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def known_by(self) -> dict[str, str]:
        """Its headers with the id that the broker knows it by.

        A status has none: the broker forgets the id of one that was replaced and remembers the latest's, so
        that of two that come again it would take the older and drop the newer. In order, the latest wins.
        """
        if self.stream == STATUS_STREAM:
            return self.headers
        return self.headers | {"Nats-Msg-Id": self.event_id}
