"""The tables of funding. Nobody else reads or writes them."""

from sqlmodel import SQLModel

from shared.kit.database import service_registry


class FundingTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""
