"""The plain files of the command, checked whole at the edge: every mistake is found at once."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from services.funding.domain.selection.digest import inputs_bytes, policy_bytes, sha256
from services.funding.domain.selection.values import (
    Candidate,
    Ground,
    Policy,
    Ranked,
    Result,
    WaveInputs,
)
from services.funding.domain.selection.walk import key_value
from shared.contract.asked import Hundredths, PolicyAsked
from shared.contract.values import Cents, Code, Line, Outcome

Count = Annotated[int, Field(strict=True, ge=0, le=10**12)]
Key = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
ZoneKey = Code
Model = TypeVar("Model", bound=BaseModel)
MAX_CANDIDATURES = 200_000
MAX_ZONES = 12


class FileInvalid(ValueError):
    """The file cannot be used; `mistakes` has one sentence for each thing to mend."""

    def __init__(self, path: Path, mistakes: list[str]) -> None:
        self.path = path
        self.mistakes = mistakes
        super().__init__(f"{path}: " + " · ".join(mistakes))


class FilePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CandidateFile(FilePart):
    id: Line
    receipt_sequence: Count
    score: Hundredths
    criteria: dict[Key, Hundredths]
    zones: tuple[ZoneKey, ...] = Field(min_length=1, max_length=MAX_ZONES)
    requested_cents: tuple[Cents, ...] = Field(min_length=1, max_length=5)


class InFile(FilePart):
    policy: PolicyAsked
    quotas_left: dict[ZoneKey, Count | None] = Field(min_length=1, max_length=MAX_ZONES)
    envelope_left_cents: Count
    candidatures: tuple[CandidateFile, ...] = Field(max_length=MAX_CANDIDATURES)


class ReasonFile(BaseModel):
    code: Code
    rule: str = ""
    threshold: int | None = None
    value: int | None = None
    message: str = ""


class RankedFile(BaseModel):
    """What another program's list needs to have; the compared keys are checked where they are given."""

    id: Line
    rank: Count
    outcome: Outcome
    zone: ZoneKey | None = None
    awarded_cents: tuple[Cents, ...] = ()
    reasons: tuple[ReasonFile, ...] = ()
    score: Hundredths | None = None
    tie_break: tuple[Annotated[int, Field(strict=True)], ...] | None = None


class OutFile(BaseModel):
    ranking: tuple[RankedFile, ...] = Field(max_length=MAX_CANDIDATURES)
    digest: str
    inputs_digest: str | None = None
    policy_digest: str | None = None


def read_inputs(path: Path) -> WaveInputs:
    """Raises FileInvalid."""
    file = _read(path, InFile)
    mistakes = _contradictions(file)
    if mistakes:
        raise FileInvalid(path, mistakes)
    return WaveInputs(
        policy=Policy(**dict(file.policy)),
        quotas_left=file.quotas_left,
        envelope_left_cents=file.envelope_left_cents,
        candidatures=tuple(_candidate(candidate) for candidate in file.candidatures),
    )


def read_policy(path: Path) -> Policy:
    """A policy alone, as `policy` in the inputs. Raises FileInvalid."""
    file = _read(path, PolicyAsked)
    mistakes = _policy_contradictions(file)
    if mistakes:
        raise FileInvalid(path, mistakes)
    return Policy(**dict(file))


def read_result(path: Path, inputs: WaveInputs) -> Result:
    """A list to verify. What the file leaves out (score, keys, two of the digests) is taken from the inputs.

    Raises FileInvalid.
    """
    file = _read(path, OutFile)
    by_id = {candidate.id: candidate for candidate in inputs.candidatures}
    return Result(
        ranking=tuple(_ranked(entry, by_id.get(entry.id), inputs.policy) for entry in file.ranking),
        inputs_digest=file.inputs_digest or sha256(inputs_bytes(inputs)),
        policy_digest=file.policy_digest or sha256(policy_bytes(inputs.policy)),
        digest=file.digest,
    )


def result_as_dict(result: Result) -> dict[str, Any]:
    """The OUT file: plain values only."""
    return {
        "ranking": [_plain(entry) for entry in result.ranking],
        "inputs_digest": result.inputs_digest,
        "policy_digest": result.policy_digest,
        "digest": result.digest,
    }


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FileInvalid(path, [error.strerror or str(error)]) from error
    except ValidationError as error:
        raise FileInvalid(path, [_mistake(found) for found in error.errors()]) from error


def _mistake(found: ErrorDetails) -> str:
    where = ".".join(str(part) for part in found["loc"])
    return f"{where or 'file'}: {found['msg']}"


def _contradictions(file: InFile) -> list[str]:
    """What no single field shows."""
    mistakes = [f"policy.{mistake}" for mistake in _policy_contradictions(file.policy)]
    times = Counter(candidate.id for candidate in file.candidatures)
    for name, count in times.items():
        if count > 1:
            mistakes.append(f"candidatures: {name} is given {count} times")
    compared = set(file.policy.tie_break) - {"score", "receipt_sequence"}
    named = compared | set(file.policy.criterion_pass_marks)
    for index, candidate in enumerate(file.candidatures):
        for mistake in _candidate_contradictions(candidate, named, set(file.quotas_left)):
            mistakes.append(f"candidatures.{index}.{mistake}")
    return mistakes


def _candidate_contradictions(
    candidate: CandidateFile, named: set[str], quotas: set[str]
) -> list[str]:
    """`named` are the criteria that the policy looks at."""
    mistakes = [f"criteria: no mark for {name}" for name in sorted(named - set(candidate.criteria))]
    unknown = sorted(set(candidate.zones) - quotas)
    mistakes += [f"zones: {zone} has no quota in quotas_left" for zone in unknown]
    if len(set(candidate.zones)) < len(candidate.zones):
        mistakes.append("zones: a zone is given twice")
    return mistakes


def _policy_contradictions(policy: PolicyAsked) -> list[str]:
    mistakes = []
    if policy.floor_cents > policy.ceiling_cents:
        mistakes.append("floor_cents: above ceiling_cents")
    if len(set(policy.tie_break)) < len(policy.tie_break):
        mistakes.append("tie_break: a key is given twice")
    return mistakes


def _candidate(file: CandidateFile) -> Candidate:
    return Candidate(**{name: getattr(file, name) for name in CandidateFile.model_fields})


def _ranked(file: RankedFile, candidate: Candidate | None, policy: Policy) -> Ranked:
    score = file.score
    keys = file.tie_break
    if candidate is not None and score is None:
        score = candidate.score
    if candidate is not None and keys is None:
        keys = tuple(key_value(candidate, key) for key in policy.tie_break)
    return Ranked(
        id=file.id,
        rank=file.rank,
        score=score or 0,
        tie_break=keys or (),
        outcome=file.outcome,
        zone=file.zone,
        awarded_cents=file.awarded_cents,
        reasons=tuple(Ground(**reason.model_dump()) for reason in file.reasons),
    )


def _plain(entry: Ranked) -> dict[str, Any]:
    fields = asdict(entry)
    return fields | {"outcome": entry.outcome.value, "zone": entry.zone and str(entry.zone)}
