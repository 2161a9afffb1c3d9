"""The families of failure. Anything that is none of these is retried, then dead-lettered."""

from shared.contract.values import Reason


class Rejected(Exception):
    """The event can never be handled: it becomes a dead letter at once, with the cause."""


class Temporary(Exception):
    """Something around us is away for a while: the event is tried again later, for as long as it takes."""


class TooEarly(Exception):
    """The event came before the one it builds on: kept, decided when something happens to `waits_for`."""

    def __init__(self, waits_for: str) -> None:
        self.waits_for = waits_for
        super().__init__(f"waits for {waits_for}")


class Overlap(Exception):
    """What a transaction beside others looked at or would change is not its own alone.

    Nothing of it is kept: the batch is decided again, in turn.
    """


class ActRefused(Exception):
    """A holder's act that is not the sender's to do: nothing changes, and the sender hears why."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


class ReadingRefused(Exception):
    """A question that is not the asker's to put: nothing is told but why."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


class Unreadable(Rejected):
    """The body is not what its subject promises.

    `reasons` has every mistake; `data` is the JSON where there is one.
    """

    def __init__(self, reasons: tuple[Reason, ...], data: object = None) -> None:
        self.reasons = reasons
        self.data = data
        super().__init__(" · ".join(map(_told, reasons)))


def _told(reason: Reason) -> str:
    return f"{reason.field}: {reason.message}" if reason.field else reason.message


class PlatformDrift(RuntimeError):
    """The bus is not as the topology says: the service must not start on it."""


class OlderCopy(PlatformDrift):
    """A database or a store is an older copy than the other side knows; the message says the ways out."""


class NewerSchema(RuntimeError):
    """The database is one that only newer code may write; the message says the ways out."""


class TooManyFailures(RuntimeError):
    """Stops a bad deploy before it drains every event into the dead letters, or waits for ever unseen."""
