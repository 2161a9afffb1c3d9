"""Why something failed, in words that a log may hold: none of them quotes somebody's data."""

import sqlite3
from pathlib import Path
from traceback import extract_tb

import nats.errors
import nats.js.errors
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from shared.kit.errors import PlatformDrift, Rejected, Temporary, TooManyFailures
from shared.kit.storage.refusals import lacks_something

WORDS_MAX = 200  # characters
OUR_OWN = (Temporary, Rejected, TooManyFailures, PlatformDrift)
# A database's words on itself; those on a row that it refuses quote the row.
OF_A_DATABASE = (OperationalError, InternalError, InterfaceError)
OF_LIBRARIES = (nats.errors.Error, nats.js.errors.Error, sqlite3.OperationalError, TimeoutError)


def cause_of(failure: BaseException) -> str:
    """The failure's own words where they are known to quote nothing; else its class and the place."""
    if isinstance(failure, OUR_OWN):
        return one_line(str(failure))
    kind, words = type(failure).__name__, _words(failure)
    if words:
        return one_line(words if words.startswith(kind) else f"{kind}: {words}")
    return f"{kind} in {place_of(failure)}"


def one_line(words: str) -> str:
    return " ".join(words.split())[:WORDS_MAX]


def place_of(failure: BaseException) -> str:
    """Where our own code failed. An exception's words are not told: they may quote somebody's data."""
    frames = extract_tb(failure.__traceback__)
    # The last line of ours says more than the line of a library that it led to.
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    if not ours:
        return "an unknown place"
    last = ours[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"


def _words(failure: BaseException) -> str:
    """Empty where the words may quote data."""
    if isinstance(failure, DBAPIError):
        of_itself = isinstance(failure, OF_A_DATABASE) or lacks_something(failure)
        return str(failure.orig).partition("\n")[0] if of_itself else ""
    if isinstance(failure, OSError):
        return failure.strerror or str(failure)  # the strerror alone names no file
    return str(failure) if isinstance(failure, OF_LIBRARIES) else ""
