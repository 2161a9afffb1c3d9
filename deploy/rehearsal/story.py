"""What a special case is made of: a file, what happens to it at which moment, and how it must end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from deploy.rehearsal import acts
from deploy.rehearsal.applicants import Applicant
from deploy.rehearsal.clients import Saying
from shared.contract import backoffice as b
from shared.contract import frontdesk as f
from shared.contract import funding as m
from shared.contract import intake as i
from shared.contract.event import Event

OUTSIDE = ("outside-urban",)
QPV = ("qpv",)
BOTH = ("outside-urban", "qpv")
NEITHER = ()
OWED_CENTS = 800_000
NOT_SPENT = "Le matériel prévu la première année n'a pas été acheté."
CERTAIN_LABEL = "label"
CERTAIN_NO = "no"

# The moments of a wave, then those of a year of payments.
COUNTER = "counter"
NEXT_DAY = "next-day"
TOO_LATE = "too-late"
REVIEWED = "reviewed"
AWARDED = "awarded"


def before_job(year: int) -> str:
    return f"before-job-{year}"


def after_job(year: int) -> str:
    return f"after-job-{year}"


@dataclass(frozen=True)
class Scene:
    """What an act may look at: file, project under a second id, day, what a report counts, who reviews."""

    applicant: Applicant
    second: Applicant
    today: str
    indicators: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


Act = Callable[[Scene], Saying]


@dataclass(frozen=True)
class Said:
    """The last such fact about the dossier holds these values. `reasons` are looked at by their codes."""

    event: type[Event]
    values: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ""
    second: bool = False


@dataclass(frozen=True)
class Never:
    """No such fact was ever said about the dossier."""

    event: type[Event]
    suffix: str = ""


@dataclass(frozen=True)
class PaidTo:
    """Which of the holder's accounts a tranche was paid to, by the payment files: 1 is the first given."""

    order: str
    account: int


End = Said | Never | PaidTo


@dataclass(frozen=True)
class Story:
    """`chance` is what the reviewers make of it. `like` names the story whose project it is.

    `recused` is a review that one of the two gives up. `new_account` names the moment the account changes.
    `skips` are the yearly reports it does not send by itself; `bank_rejects` says in which years, and why.
    """

    name: str
    wave: int
    tells: str
    ends: Sequence[End]
    file: Mapping[str, Any] = field(default_factory=dict)
    acts: Mapping[str, Sequence[Act]] = field(default_factory=dict)
    zones: tuple[str, ...] = OUTSIDE
    declares: str | None = None
    chance: str = ""
    like: str = ""
    signed: bool = False
    recused: bool = False
    new_account: str = ""
    skips: frozenset[int] = frozenset()
    bank_rejects: Mapping[int, str] = field(default_factory=dict)

    def at(self, moment: str) -> Sequence[Act]:
        default = (send,) if moment == COUNTER else ()
        return self.acts.get(moment, default)


# --- acts, as a story names them


def send(scene: Scene) -> Saying:
    return acts.submission(scene.applicant)


def send_under_a_second_id(scene: Scene) -> Saying:
    return acts.submission(scene.second)


def send_on_paper(scene: Scene) -> Saying:
    return acts.paper(scene.applicant, f"{scene.today}T08:30:00+01:00")


def move_to_the_counter(scene: Scene) -> Saying:
    return acts.moved(scene.applicant)


def amend(**changes: Any) -> Act:
    """The same id with other content, by dotted path written with `__`."""

    def act(scene: Scene) -> Saying:
        changed = with_changes(
            scene.applicant, {path.replace("__", "."): value for path, value in changes.items()}
        )
        return replace(acts.submission(changed), amends=True)

    return act


def send_amended(**changes: Any) -> Act:
    """An amendment that must be refused: it counts as one more sending."""

    def act(scene: Scene) -> Saying:
        return replace(amend(**changes)(scene), amends=False)

    return act


def complete(**given: str) -> Act:
    return lambda scene: acts.pieces(scene.applicant, given)


def withdraw(scene: Scene) -> Saying:
    return acts.withdrawal(scene.applicant, "Le porteur renonce au projet.")


def forge_a_withdrawal(scene: Scene) -> Saying:
    """Somebody else writes in the holder's name, without the holder's key."""
    return replace(withdraw(scene), signing_key=None)


def appeal(scene: Scene) -> Saying:
    return acts.holder(
        f.AppealFiled,
        scene.applicant,
        {"grounds": "Les notes ne tiennent pas compte du budget joint."},
    )


def appeal_too_late(scene: Scene) -> Saying:
    """Months after the time that its letter gave."""
    return appeal(scene)


def reject_the_appeal(scene: Scene) -> Saying:
    reason = "Les notes tiennent compte du budget."
    return acts.appeal_decided(scene.applicant.candidature_id, reason, upheld=False)


def uphold_the_appeal(scene: Scene) -> Saying:
    reason = "Les pièces jointes au recours le montrent."
    return acts.appeal_decided(scene.applicant.candidature_id, reason, upheld=True)


def change_the_first_review(scene: Scene) -> Saying:
    """The same reviewer, other marks: one more for each criterion that can have it."""
    marks = {name: min(5, mark + 1) for name, mark in scene.applicant.marks[0].items()}
    return acts.review(scene.applicant, scene.reviewers[0], marks)


def suspend(scene: Scene) -> Saying:
    return acts.officer(
        b.GrantSuspended, scene.applicant.candidature_id, "Travaux arrêtés par un sinistre."
    )


def resume(scene: Scene) -> Saying:
    return acts.officer(b.GrantResumed, scene.applicant.candidature_id, "Les travaux ont repris.")


def reduce_the_last_year(scene: Scene) -> Saying:
    *before, last = _requested(scene)
    said = {"amounts_cents": [*before, last * 4 // 5]}
    return acts.directed(
        b.GrantReduced, scene.applicant.candidature_id, "Un poste n'est pas pourvu.", said
    )


def balance(scene: Scene) -> Saying:
    """The whole comes to less than was granted."""
    said = {"total_cents": sum(_requested(scene)) * 14 // 15}
    return acts.directed(
        b.GrantBalanced, scene.applicant.candidature_id, "Dépenses moindres.", said
    )


def _requested(scene: Scene) -> list[int]:
    """What each year was granted: a certain laureate asks for no more than is given."""
    return list(scene.applicant.file["budget"]["requested_cents"])


def ask_money_back(scene: Scene) -> Saying:
    answer_by = date.fromisoformat(scene.today) + timedelta(days=30)
    said = {"amount_cents": OWED_CENTS, "answer_by": answer_by.isoformat()}
    return acts.directed(b.RecoveryIntended, scene.applicant.candidature_id, NOT_SPENT, said)


def observe(scene: Scene) -> Saying:
    said = {"recovery": 1, "observations": "Une partie du matériel a été livrée depuis."}
    return acts.holder(f.RecoveryAnswered, scene.applicant, said)


def decide_what_is_owed(scene: Scene) -> Saying:
    said = {"amount_cents": OWED_CENTS}
    return acts.directed(b.RecoveryDecided, scene.applicant.candidature_id, NOT_SPENT, said)


def keep_back(tranche: int) -> Act:
    """Half of what is owed."""

    def act(scene: Scene) -> Saying:
        key = scene.applicant.candidature_id
        return acts.offset(key, f"{key}-T{tranche}", OWED_CENTS // 2)

    return act


def waive_the_rest(scene: Scene) -> Saying:
    said = {"amount_cents": OWED_CENTS // 2}
    return acts.directed(b.RecoveryWaived, scene.applicant.candidature_id, "Matériel livré.", said)


def report(year: int) -> Act:
    return lambda scene: acts.report(scene.applicant, year, scene.indicators)


def send_back(year: int) -> Act:
    return lambda scene: acts.report_returned(scene.applicant.candidature_id, year)


def accept(year: int, version: int = 1) -> Act:
    """The version that was read: one that was sent again in between is not accepted unseen."""
    return lambda scene: acts.report_accepted(scene.applicant.candidature_id, year, version)


# --- ends, as a story names them


def registered(**values: Any) -> Said:
    return Said(i.CandidatureRegistered, values)


def refused(*codes: str) -> Said:
    return Said(i.CandidatureRefused, {"reasons": set(codes)})


def awarded(**values: Any) -> Said:
    return Said(m.GrantAwarded, values)


def withheld(tranche: int, *codes: str) -> Said:
    return Said(m.TrancheWithheld, {"reasons": set(codes)}, f"-T{tranche}")


def settled(tranche: int, attempt: int = 1) -> Said:
    return Said(m.TrancheSettled, {"order_id": f"-T{tranche}-A{attempt}"}, f"-T{tranche}")


# --- files


def with_changes(applicant: Applicant, changes: Mapping[str, Any]) -> Applicant:
    """The applicant with another file; a value of None is kept as null. Paths are dotted."""
    file = {
        name: dict(part) if isinstance(part, dict) else part
        for name, part in applicant.file.items()
    }
    for path, value in changes.items():
        part, _, name = path.partition(".")
        file[part] = {**file[part], name: value}
    return replace(applicant, file=file)
