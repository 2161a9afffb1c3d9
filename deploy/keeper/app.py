"""Puts the keeper together."""

from deploy.keeper.keeper import Keeper
from shared.kit.settings import Settings


def build(settings: Settings) -> Keeper:
    return Keeper(settings)
