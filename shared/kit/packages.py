"""Where the code of a process lies."""

from shared.contract.topology import KEEPER


def package_of(process: str) -> str:
    """A service's own, or that of the keeper, which is none."""
    return f"deploy.{process}" if process == KEEPER else f"services.{process}"
