"""Where eligibility's store is, for the tools that open it themselves."""

import os
from pathlib import Path

from sqlalchemy import Engine

from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate


def programme_file() -> Path | None:
    """The one that the services of this folder read; None where there is neither one set nor one kept."""
    stated = os.environ.get("FABRIQUES_PROGRAMME_FILE")
    if stated:
        return Path(stated)
    kept = Path(os.environ.get("FABRIQUES_HOME", "var")) / "programme.toml"
    return kept if kept.exists() else None


def open_store() -> Engine:
    """The service's own, wherever it finds it; the tables are made where they are missing."""
    engine = open_engine(Settings().database_url("eligibility"))
    migrate(engine, "eligibility")
    return engine
