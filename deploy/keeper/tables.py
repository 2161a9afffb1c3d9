"""The tables of the keeper. Nobody else writes them."""

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from shared.kit.storage.database import service_registry


class KeeperTable(SQLModel, registry=service_registry()):
    """The base of the keeper's tables: they share one metadata, apart from the services'."""


class LinkRow(KeeperTable, table=True):
    """One link of a stream's chain. Its place is its key: two replicas cannot write two histories."""

    __tablename__ = "links"

    stream: str = Field(primary_key=True, max_length=60)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    through: int = Field(sa_type=BigInteger)
    stamped_ns: int = Field(sa_type=BigInteger)
    event_id: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    digest: bytes
    salt: bytes | None = None
    head: bytes


class CheckpointRow(KeeperTable, table=True):
    """One checkpoint as it was signed; `said_at` is its place in the stream once the broker has it."""

    __tablename__ = "checkpoints"

    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    body: str = Field(sa_type=Text)
    said_at: int | None = Field(default=None, sa_type=BigInteger)


class ErasureRow(KeeperTable, table=True):
    """An erasure that intake said. `gone`: no message of it lies in the log; `proven`: the proof is said."""

    __tablename__ = "erasures"

    candidature_id: str = Field(primary_key=True, max_length=36)
    stamped_ns: int = Field(sa_type=BigInteger)
    gone: bool
    proven: bool


METADATA = KeeperTable.metadata
