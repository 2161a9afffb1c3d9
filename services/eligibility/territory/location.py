"""Where eligibility's store is, for the tools that open it themselves."""

import os
from pathlib import Path

from sqlalchemy import Engine, inspect

from services.eligibility.territory.store import DATASETS, create_tables
from shared.kit.database import open_engine


def store_url() -> str:
    """FABRIQUES_ELIGIBILITY_DATABASE_URL, else a SQLite file under FABRIQUES_HOME (`var` by default)."""
    stated = os.environ.get("FABRIQUES_ELIGIBILITY_DATABASE_URL")
    return stated or f"sqlite:///{Path(os.environ.get('FABRIQUES_HOME', 'var')) / 'data' / 'eligibility.db'}"


def open_store() -> Engine:
    """Creates the folder and territory's tables where they are missing."""
    url = store_url()
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(url)
    if not inspect(engine).has_table(DATASETS.name):
        create_tables(engine)
    return engine
