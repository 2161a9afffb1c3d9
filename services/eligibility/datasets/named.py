"""Whether the data that a programme file asks for are imported: told at start, each with the file's line."""

from pathlib import Path

import structlog
from sqlalchemy import Engine

from services.eligibility.datasets import store
from services.eligibility.domain.territory import lacks
from services.eligibility.domain.territory.dataset import Dataset
from shared.programme import Programme, ProgrammeInvalid
from shared.programme.loading import with_lines

log = structlog.get_logger()


def require_named(file: Path, programme: Programme, engine: Engine) -> None:
    """Raises ProgrammeInvalid for a version that the file names and nobody has imported."""
    mistake = lacks.unknown_name(_held(engine), programme)
    if mistake:
        raise ProgrammeInvalid(file, with_lines(file, [mistake]))


def tell_lacking(file: Path, programme: Programme, engine: Engine) -> None:
    for line in lacking_lines(file, programme, engine):
        log.warning("dataset missing", cause=line)


def lacking_lines(file: Path, programme: Programme, engine: Engine) -> list[str]:
    return with_lines(file, lacks.lacking(_held(engine), programme))


def _held(engine: Engine) -> list[Dataset]:
    with engine.connect().execution_options(reads_only=True) as connection:
        return store.datasets(connection)
