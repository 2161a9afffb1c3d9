"""The tables of intake. Nobody else reads or writes them."""

from functools import partial

from sqlmodel import SQLModel

from services.intake.domain.attachments import Examination
from services.intake.domain.claims import ProjectClaim
from services.intake.domain.contests import Contest
from services.intake.domain.dossier import Dossier
from services.intake.domain.reading import EarlierVersion, ReviewerOfFile
from services.intake.domain.refusals import Refusal
from services.intake.domain.waves import WaveState
from shared.kit.people.readings import Reading
from shared.kit.storage.database import service_registry
from shared.kit.storage.journal import journal_tables
from shared.kit.storage.state_tables import by_kind, table_of

CHARACTERS_MAX = {
    "against": 36,
    "candidature_id": 36,
    "front_end": 20,
    "key": 60,
    "outcome": 30,
    "project_key": 60,
    "public_key": 44,
    "reader_id": 64,
    "reading_id": 80,
    "readings.role": 20,
    "receipt_code": 10,
    "receipt_number": 35,
    "receipt_place": 24,
    "reviewer_id": 64,
    "submission": 80,
    "wave": 20,
}


class IntakeTable(SQLModel, registry=service_registry()):
    """The base of this service's tables: they share one metadata, apart from the other services'."""


table = partial(table_of, IntakeTable, CHARACTERS_MAX)

STATE_TABLES = by_kind(
    table(Dossier, "dossiers", index=("wave",), personal=("content", "public_key")),
    table(Contest, "contests", index=("state",), personal=("content",)),
    table(
        EarlierVersion, "earlier_versions", key=("candidature_id", "version"), personal=("content",)
    ),
    table(Refusal, "refusals", personal=("content",)),
    table(Examination, "examinations", key=("candidature_id", "submission")),
    table(ReviewerOfFile, "reviewers_of_files", key=("candidature_id", "reviewer_id")),
    table(Reading, "readings", key=("candidature_id", "reading_id")),
    table(ProjectClaim, "project_claims", dossier=None, contested=True),
    table(WaveState, "waves", counts="registered"),
)
JOURNAL = journal_tables(IntakeTable.metadata, says_statuses=True)
METADATA = IntakeTable.metadata
