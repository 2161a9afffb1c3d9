"""Which platform a command is about: the one the environment names, or that of the data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.cli.terminal.failures import CommandFailed
from deploy.local.database.records import NoRecords, records_of
from deploy.local.home.beside import is_beside
from deploy.local.home.plan import programme_copy, read_record, running_record
from deploy.local.home.programme_copy import SHIPPED
from shared.kit.settings import Settings
from shared.programme import Programme, ProgrammeInvalid, load_programme


def home() -> Path:
    return Path(os.environ.get("FABRIQUES_HOME") or "var")


def running_platform() -> Settings:
    """Raises CommandFailed where no platform runs."""
    if os.environ.get("FABRIQUES_NATS_URL"):
        return kept_platform()
    record = running_record(home())
    if record is None:
        raise CommandFailed(
            f"no platform runs on {home()}: start one with `fabriques up`, "
            "or name its folder with FABRIQUES_HOME"
        )
    return record.settings(home())


def named_platform() -> Settings | None:
    """The platform at FABRIQUES_NATS_URL, run by no supervisor of this folder; None where none is named."""
    return kept_platform() if os.environ.get("FABRIQUES_NATS_URL") else None


def platform_is_watched() -> bool:
    """Whether a supervisor of this machine brings back a server that died."""
    return not os.environ.get("FABRIQUES_NATS_URL") and running_record(home()) is not None


def kept_platform() -> Settings:
    """Settings for a tool that reads a data folder whether its platform runs or not.

    A folder beside another is about its own programme, whichever file the environment names.
    """
    record = read_record(home())
    if record is not None and not os.environ.get("FABRIQUES_NATS_URL"):
        return record.settings(home())
    if os.environ.get("FABRIQUES_PROGRAMME_FILE") and not is_beside(home()):
        return Settings()
    kept = programme_copy(home())
    return Settings(programme_file=kept if kept.exists() else SHIPPED)


@contextmanager
def data_of(settings: Settings, service: str) -> Iterator[Settings]:
    """Reads a service's records. Raises CommandFailed where there are none, or where they cannot be read."""
    try:
        with records_of(settings, service):
            yield settings
    except NoRecords as error:
        raise CommandFailed(str(error)) from None


def programme_of(settings: Settings) -> Programme:
    return read_programme(settings.programme_file)


def read_programme(file: Path) -> Programme:
    """Raises CommandFailed with every mistake of the file, one a line."""
    try:
        return load_programme(file)
    except ProgrammeInvalid as error:
        raise refused_programme(error) from None


def refused_programme(error: ProgrammeInvalid) -> CommandFailed:
    """Every mistake of the file, one a line."""
    return CommandFailed(*(f"{error.path}: {mistake}" for mistake in error.mistakes))
