"""What the rules of the counter are given in these tests: a programme, a file, a dossier, a counter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from services.intake.domain.claims import ProjectClaim, claim_of, project_key
from services.intake.domain.counter import Counter, Sending
from services.intake.domain.dossier import Dossier
from services.intake.domain.receipts import receipt_of
from services.intake.domain.waves import WaveState, wave_at
from shared.contract.decision import Decision
from shared.contract.frontdesk import CandidatureSubmitted
from shared.contract.values import Actor, Role
from shared.programme import load_programme
from tests.conftest import SHIPPED_PROGRAMME
from tests.submissions import COMMUNE, OPEN_DAY, submission

T = TypeVar("T")
PROGRAMME = load_programme(SHIPPED_PROGRAMME)
WAVE = PROGRAMME.waves[0]
NEXT_WAVE = PROGRAMME.waves[1]
WAVES = {wave.id: WaveState(wave.id) for wave in PROGRAMME.waves}
NOW = datetime.fromisoformat(OPEN_DAY).astimezone(UTC)
LATER = NOW + timedelta(days=3)
DEADLINE = datetime.fromisoformat("2020-12-31T00:00:00+01:00")  # of the first wave
SECOND = timedelta(seconds=1)
OFFICER = Actor(id="officer-1", role=Role.INSTRUCTOR)
DIRECTOR = Actor(id="director-1", role=Role.DIRECTOR)
HOLDERS, PORTAL = "holders", "portal"
ATTEMPT = {
    "front_end": HOLDERS,
    "attempt_id": "an-attempt",
    "stream": "FRONTDESK_HOLDERS",
    "sequence": 12,
}
REASON = "Le bail fait foi."


def a_file(number: int = 1, **changes: Any) -> CandidatureSubmitted:
    """A complete file that nothing speaks against. `changes` replaces fields: `holder__siret="…"`."""
    return CandidatureSubmitted.model_validate(submission(number, **changes)[1])


def incomplete(number: int = 1) -> CandidatureSubmitted:
    return a_file(number, project__governance=" ")


def sent(
    file: CandidatureSubmitted, at: datetime = NOW, sequence: int = 12, **changes: Any
) -> Sending:
    """A file that came to the counter, through the front-end `holders` unless another is named."""
    order = int(at.timestamp() * 1_000_000) + sequence
    sending = Sending(file, at, sequence, order, HOLDERS)
    return replace(sending, **changes)


def a_dossier(file: CandidatureSubmitted | None = None, **changes: Any) -> Dossier:
    """A registered dossier of `holders`, in the wave that is open."""
    file = file or a_file()
    dossier = Dossier(
        candidature_id=file.candidature_id,
        front_end=HOLDERS,
        status="registered",
        wave=WAVE.id,
        version=1,
        receipt_number=receipt_of(PROGRAMME, WAVE, "00012"),
        receipt_place="00012",
        receipt_sequence=12,
        received_at=NOW,
        content_sequence=12,
        content=file.model_dump_json(),
        project_key=project_key(file.holder.siret, COMMUNE, WAVE.id),
    )
    return replace(dossier, **changes)


def counter(now: datetime = NOW, **changes: Any) -> Counter:
    """What the counter sees at this instant: a commune it knows, and nobody else's project."""
    waves = changes.pop("waves", WAVES)
    known = Counter(
        programme=changes.pop("programme", PROGRAMME),
        waves=waves,
        wave=wave_at(PROGRAMME, waves, now),
        dossier=None,
        commune_code=COMMUNE,
        postal_code="03200",
        commune_mistake=None,
        claim=None,
        label=None,
    )
    return replace(known, **changes)


def claimed_by(dossier: Dossier) -> dict[str, Any]:
    """As the counter sees a project that this dossier holds."""
    return {"claim": claim_of(dossier), "claimed_by": dossier.front_end}


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def said(decision: Decision, kind: type[T]) -> T:
    """The one fact of this kind that the decision says."""
    [found] = [fact for fact in decision.facts if isinstance(fact, kind)]
    return found


def kept(decision: Decision, kind: type[T]) -> T:
    """The one state of this kind that the decision keeps."""
    [found] = [state for state in decision.changes if isinstance(state, kind)]
    return found


def facts(decision: Decision) -> list[str]:
    return [type(fact).__name__ for fact in decision.facts]


def claims(decision: Decision) -> dict[str, str]:
    """Who holds each project that the decision touches."""
    return {
        claim.key: claim.candidature_id
        for claim in decision.changes
        if isinstance(claim, ProjectClaim)
    }
