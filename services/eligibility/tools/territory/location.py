"""Where eligibility's store is, for the tools that open it themselves."""

import os
from pathlib import Path

from sqlalchemy import Engine

from shared.kit.storage.database import open_engine
from shared.kit.storage.migrations import migrate


def store_url() -> str:
    """FABRIQUES_ELIGIBILITY_DATABASE_URL, else a SQLite file under FABRIQUES_HOME (`var` by default)."""
    stated = os.environ.get("FABRIQUES_ELIGIBILITY_DATABASE_URL")
    return (
        stated
        or f"sqlite:///{Path(os.environ.get('FABRIQUES_HOME', 'var')) / 'data' / 'eligibility.db'}"
    )


def programme_file() -> Path | None:
    """The one that the services of this folder read; None where there is neither one set nor one kept."""
    stated = os.environ.get("FABRIQUES_PROGRAMME_FILE")
    if stated:
        return Path(stated)
    kept = Path(os.environ.get("FABRIQUES_HOME", "var")) / "programme.toml"
    return kept if kept.exists() else None


def open_store() -> Engine:
    """Creates the folder and the tables where they are missing."""
    url = store_url()
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(url)
    migrate(engine, "eligibility")
    return engine
