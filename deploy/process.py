"""What runs in a process of its own, as whoever starts it and asks it knows it."""

from typing import Any, Protocol

from shared.kit.metrics.figures import Figure


class Process(Protocol):
    """What runs in a process of its own: a service, or the keeper."""

    name: str

    async def run(self) -> int: ...

    async def ready(self) -> dict[str, Any]: ...

    def counted(self) -> list[Figure]:
        """What it has counted since it began."""

    async def figures(self) -> list[Figure]:
        """The same, and what has to be asked for."""
