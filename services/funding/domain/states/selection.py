"""What funding keeps of the selection: frozen values, one for each table. Money is integer euro cents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
    requested_cents: tuple[int, ...] = ()
    public_key: str | None = None
    front_end: str = ""
    eligibility_revision: int = 0
    zones: tuple[str, ...] = ()
    eligible: bool | None = None
    ineligible_because: tuple[Any, ...] = ()
    score_revision: int = 0
    score: int | None = None
    criteria: Mapping[str, int] | None = None
    grid: str = ""
    reviews: tuple[Any, ...] = ()
    withdrawn: bool = False

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
    """`state`: open, closed, ranked, published. `entries` and `ready` count the wave's candidatures.

    `policy`, `quotas_left` and `envelope_left_cents` are what the latest proposal was made under.
    """

    wave: str
    state: str = "open"
    registered: int | None = None
    entries: int = 0
    ready: int = 0
    proposal: int = 0
    inputs_digest: str = ""
    policy_digest: str = ""
    digest: str = ""
    policy: Mapping[str, Any] | None = None
    quotas_left: Mapping[str, int] | None = None
    envelope_left_cents: int = 0
    approvals: tuple[Any, ...] = ()
    published_at: datetime | None = None

    @property
    def complete(self) -> bool:
        return self.registered is not None and self.entries == self.registered == self.ready


@value
class Ranking:
    """One place of the latest proposal of a wave, with its tie-break, outcome and full reasons, and what it came from.

    Once published it never changes but for `standing`, which says what became of the place since: promoted,
    reserve-ended, granted, waitlisted. What happened, when and why is told by the turns.
    """

    candidature_id: str
    wave: str
    proposal: int
    rank: int
    score: int
    tie_break: tuple[int, ...]
    outcome: str
    zone: str | None
    awarded_cents: tuple[int, ...]
    reasons: tuple[Any, ...]
    receipt_sequence: int
    criteria: Mapping[str, int]
    zones: tuple[str, ...]
    requested_cents: tuple[int, ...]
    reviews: tuple[Any, ...]
    standing: str = ""

    @property
    def current(self) -> str:
        """The outcome as it now is."""
        since = {"promoted": "laureate", "granted": "laureate", "reserve-ended": "declined", "waitlisted": "waitlisted"}
        return since.get(self.standing, self.outcome)


@value
class Turn:
    """What became of a published outcome: promoted, reserve-ended, reserve-reopened, cancelled, reexamined.

    Rows are added, never changed. `outcome` holds from then on; `by` is the officer, where one decided.
    """

    candidature_id: str
    cause_id: str
    at: datetime
    kind: str
    before: str
    outcome: str
    zone: str | None = None
    awarded_cents: tuple[int, ...] = ()
    reasons: tuple[Any, ...] = ()
    by: str | None = None


@value
class Appeal:
    """A decision somebody asks to look at again. The decision itself stays as it was."""

    candidature_id: str
    sequence: int
    filed_at: datetime
    state: str
