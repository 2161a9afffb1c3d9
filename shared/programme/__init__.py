"""A programme is data: dates, zones, quotas, envelope, caps, criteria, policies.

Its rules are read from here.
"""

from shared.programme.loading import DOCUMENT_TEMPLATES, ProgrammeInvalid, load_programme
from shared.programme.model import Criterion, Programme, Wave

__all__ = ["DOCUMENT_TEMPLATES", "Criterion", "Programme", "ProgrammeInvalid", "Wave", "load_programme"]
