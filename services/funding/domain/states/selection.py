"""What funding keeps of the selection: frozen values, one for each table. Money is integer euro cents."""

from collections.abc import Mapping
from datetime import date, datetime

from services.funding.domain.approvals import Approval
from services.funding.domain.waves.words import (
    CURRENT,
    AppealState,
    KeptGround,
    KeptPolicy,
    KeptReason,
    KeptReview,
    OutcomeWord,
    PlaceStanding,
    TurnKind,
    WaveStage,
)
from shared.value import value


@value
class Entry:
    """One candidature in its wave. It is `ready` for the ranking once scored, out or withdrawn.

    `reviews` are the marks behind the score, as the log tells them: the verifier counts them again.
    """

    candidature_id: str
    wave: str
    receipt_number: str = ""
    receipt_sequence: int = 0
    file_version: int = 0
    legal_name: str = ""
    siret: str = ""
    commune_code: str = ""
    kinds: tuple[str, ...] = ()
    requested_cents: tuple[int, ...] = ()
    public_key: str | None = None
    front_end: str = ""
    eligibility_revision: int = 0
    zones: tuple[str, ...] = ()
    eligible: bool | None = None
    ineligible_because: tuple[KeptReason, ...] = ()
    score_revision: int = 0
    score: int | None = None
    criteria: Mapping[str, int] | None = None
    grid: str = ""
    reviews: tuple[KeptReview, ...] = ()
    withdrawn: bool = False
    erased: bool = False

    @property
    def registered(self) -> bool:
        return bool(self.receipt_number)

    @property
    def ready(self) -> bool:
        return self.registered and (self.withdrawn or self.eligible is False or self.competes)

    @property
    def competes(self) -> bool:
        return bool(self.eligible) and self.score is not None and not self.withdrawn


@value
class WaveState:
    """How far a wave is. `entries` and `ready` count its candidatures.

    `policy`, `quotas_left` and `envelope_left_cents` are what the latest proposal was made under.
    """

    wave: str
    state: WaveStage = "open"
    registered: int | None = None
    entries: int = 0
    ready: int = 0
    proposal: int = 0
    inputs_digest: str = ""
    policy_digest: str = ""
    digest: str = ""
    policy: KeptPolicy | None = None
    quotas_left: Mapping[str, int | None] | None = None
    envelope_left_cents: int = 0
    approvals: tuple[Approval, ...] = ()
    published_at: datetime | None = None

    @property
    def complete(self) -> bool:
        # Intake says how many: facts come in any order, and no list may lack one of its files.
        return self.registered is not None and self.entries == self.registered == self.ready

    @property
    def has_list(self) -> bool:
        return self.state in ("ranked", "published")


@value
class Ranking:
    """One place of the latest proposal of a wave, with outcome, full reasons, and what it came from.

    Once published it never changes but for `standing`, which says what became of the place since.
    What happened, when and why is told by the turns.
    """

    candidature_id: str
    wave: str
    proposal: int
    rank: int
    score: int
    tie_break: tuple[int, ...]
    outcome: OutcomeWord
    zone: str | None
    awarded_cents: tuple[int, ...]
    reasons: tuple[KeptGround, ...]
    receipt_sequence: int
    criteria: Mapping[str, int]
    zones: tuple[str, ...]
    requested_cents: tuple[int, ...]
    reviews: tuple[KeptReview, ...]
    standing: PlaceStanding = ""

    @property
    def current(self) -> OutcomeWord:
        """The outcome as it now is."""
        return CURRENT.get(self.standing, self.outcome)


@value
class Turn:
    """What became of a published outcome. Rows are added, never changed.

    `outcome` holds from then on; `by` is the officer, where one decided, at the broker's `stamped_ns`.
    """

    candidature_id: str
    cause_id: str
    at: datetime
    kind: TurnKind
    before: OutcomeWord
    outcome: OutcomeWord
    zone: str | None = None
    awarded_cents: tuple[int, ...] = ()
    reasons: tuple[KeptGround | KeptReason, ...] = ()
    by: str | None = None
    stamped_ns: int = 0


@value
class Takeover:
    """What people say of a label of before the platform, as JSON: it holds with the second of `words`."""

    candidature_id: str
    receipt_number: str
    said: str
    said_at: datetime
    words: tuple[Approval, ...]


@value
class Remarks:
    """What reviewers found strong and weak, as an officer lets the holder be told of it."""

    candidature_id: str
    wave: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    moderated_by: str
    moderated_at: datetime


@value
class Appeal:
    """A decision somebody asks to look at again. The decision itself stays as it was.

    Silence on `answer_by` rejects it. `officer_id` prepares the answer, where somebody was named.
    `grounds` are what its holder wrote, the first time and each time after while it waited.
    """

    candidature_id: str
    sequence: int
    filed_at: datetime
    state: AppealState
    answer_by: date
    officer_id: str = ""
    grounds: tuple[str, ...] = ()
