"""What a database refuses for everybody: no event is to blame, and nothing is lost by trying on."""

from sqlalchemy.exc import OperationalError, SQLAlchemyError

INVALID_TRANSACTION_STATE = "25"  # the class of PostgreSQL's error codes
INVALID_SCHEMA_NAME = "3F000"
INSUFFICIENT_PRIVILEGE = "42501"
UNDEFINED_COLUMN = "42703"
UNDEFINED_TABLE = "42P01"
LACKS = (INVALID_SCHEMA_NAME, INSUFFICIENT_PRIVILEGE, UNDEFINED_COLUMN, UNDEFINED_TABLE)


def is_away(failure: SQLAlchemyError) -> bool:
    """Whether the database takes no work of anybody, so that no event is to blame.

    PostgreSQL may answer and only read: as the server that led before a failover.
    """
    if isinstance(failure, OperationalError) or lacks_something(failure):
        return True
    return sqlstate_of(failure).startswith(INVALID_TRANSACTION_STATE)


def lacks_something(failure: BaseException) -> bool:
    """Whether PostgreSQL has no such table or column, or its role no right to it: a person has to mend it."""
    return sqlstate_of(failure) in LACKS


def sqlstate_of(failure: BaseException) -> str:
    """PostgreSQL's error code; empty for any other failure."""
    return str(getattr(getattr(failure, "orig", None), "sqlstate", None) or "")
