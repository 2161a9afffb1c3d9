"""The contract between the services: every fact, its subject, and who writes and reads it."""

from shared.contract import (
    answers,
    backoffice,
    eligibility,
    frontdesk,
    funding,
    intake,
    keeper,
    notify,
    people,
    support,
)
from shared.contract.event import EVENTS, Event, OutsideEvent

__all__ = [
    "EVENTS",
    "Event",
    "OutsideEvent",
    "answers",
    "backoffice",
    "eligibility",
    "frontdesk",
    "funding",
    "intake",
    "keeper",
    "notify",
    "people",
    "support",
]
