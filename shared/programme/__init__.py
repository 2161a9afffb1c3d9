"""A programme is data: dates, zones, quotas, envelope, caps, criteria, policies.

Its rules are read from here.
"""

from shared.programme.loading import DOCUMENT_TEMPLATES, ProgrammeInvalid, load_programme
from shared.programme.model import Criterion, Programme, Wave
from shared.programme.zones import Zone, ZoneRule

__all__ = [
    "DOCUMENT_TEMPLATES",
    "Criterion",
    "Programme",
    "ProgrammeInvalid",
    "Wave",
    "Zone",
    "ZoneRule",
    "load_programme",
]
