"""Loads what a process stands on, before all else: the one place that finds a service by its name."""

from importlib import import_module
from types import ModuleType

from deploy.frozen import loading
from shared.kit.packages import package_of

LOADED_LATE = ("sqlite3", "anyio._backends._asyncio")  # by each service for itself, once it serves


def part_of(service: str, part: str) -> ModuleType:
    """A module that every service has under the same name, and the keeper: `app` or `tables`."""
    return import_module(f"{package_of(service)}.{part}")


def load_services(names: tuple[str, ...]) -> None:
    """What is imported once in the supervisor, every process forked from it has at once."""
    with loading():
        for name in names:
            part_of(name, "app")
        for name in LOADED_LATE:
            import_module(name)
