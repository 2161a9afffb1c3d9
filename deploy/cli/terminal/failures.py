"""Why a command could not do what it was asked: one line, with a way out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import nats.errors
import nats.js.errors

from shared.kit.bus.publisher import PublishFailed
from shared.kit.bus.reaching import NotConnected
from shared.kit.errors import Temporary

FULL = "maximum bytes exceeded"
ERRNO = re.compile(r"\[Errno -?[0-9]+\] ")


class CommandFailed(Exception):
    """`reasons` are printed one a line; the exit code is 1."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = tuple(" ".join(ERRNO.sub("", reason).split()) for reason in reasons)
        super().__init__(" · ".join(self.reasons))


@contextmanager
def bus_failures(url: str) -> Iterator[None]:
    """What the bus can do to a command, said in words."""
    try:
        yield
    except (NotConnected, Temporary) as failure:
        raise CommandFailed(str(failure)) from None
    except nats.errors.NoRespondersError:
        raise CommandFailed("nobody answers that question: is the service running?") from None
    except (nats.js.errors.APIError, PublishFailed) as error:
        raise CommandFailed(_refused(str(getattr(error, "description", None) or error))) from None
    except nats.errors.AuthorizationError:
        raise CommandFailed(
            f"{url} does not know our keys: FABRIQUES_HOME must name that platform's folder"
        ) from None
    except (nats.errors.NoServersError, ConnectionRefusedError):
        raise CommandFailed(
            f"no platform answers at {url}: start one with `fabriques up`"
        ) from None
    except (nats.errors.TimeoutError, TimeoutError):
        raise CommandFailed(
            f"no answer in time from {url}: look at `fabriques status` and at the logs"
        ) from None
    except (nats.errors.Error, OSError) as error:
        raise CommandFailed(f"the connection to {url} failed: {error}") from None


def _refused(words: str) -> str:
    """What the server says of a full stream is no help: who gives it room is."""
    if FULL in words:
        return f"the stream is full ({FULL}), this was not kept: docs/front-ends.md tells how it gets room"
    return f"the bus refused: {words}"
