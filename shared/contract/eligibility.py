"""ELIGIBILITY: territory and scores."""

from shared.contract.event import Event
from shared.contract.values import CandidatureId, Evidence, Reason, WaveId, Zone


class EligibilityChecked(Event, says="eligibility.candidature.eligibility-checked"):
    """Decided, and decided again with a higher `revision` when the file changes or an officer answers otherwise."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: int
    file_version: int
    eligible: bool
    zones: tuple[Zone, ...]
    reasons: tuple[Reason, ...]
    evidence: Evidence


class InstructionRequested(Event, says="eligibility.candidature.instruction-requested"):
    """Data cannot tell, or only the holder's word does: an officer must decide."""

    candidature_id: CandidatureId
    wave: WaveId
    reasons: tuple[Reason, ...]


class CandidatureScored(Event, says="eligibility.candidature.scored"):
    """The mean of the counted reviews, in hundredths of a mark, by criterion and in total."""

    candidature_id: CandidatureId
    wave: WaveId
    revision: int
    grid: str
    score: int
    criteria: dict[str, int]
    reviewers: tuple[str, ...]
