"""Support as those see it who do it: steps in words, and what each may do about one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.portal.words import NEED_NAMES, STEP_STATES, need
from shared.contract.event import Event
from shared.contract.support import (
    LIVE,
    StepAgreed,
    StepCommented,
    StepDropped,
    StepFinished,
    StepReturned,
    StepStarted,
)
from shared.contract.values import Role

Told = Mapping[str, Any]
TEAM, ASSOCIATION, HOLDER = "team", "association", "holder"
LATE = "retard"
OWNER_NAMES = {
    TEAM: "l'équipe du programme",
    ASSOCIATION: "l'association",
    "mentor": "un lauréat mentor",
    HOLDER: "le porteur",
}
ITS_TO_GIVE = (ASSOCIATION, HOLDER)  # whose steps the association may propose
VIEWS = {
    "": "Toutes",
    LATE: "En retard",
    TEAM: "L'équipe",
    ASSOCIATION: "L'association",
    "mentor": "Les mentors",
    HOLDER: "Les porteurs",
}
TITLES = {
    "introduction": "Mise en relation avec l'association",
    "first-interview": "Premier entretien, pour préciser les besoins",
    "peers": "Rencontre avec des lauréats proches",
}
INTERVIEW = "first-interview"
TONES = {"proposed": "waiting", "done": "good"}  # the others are neutral
MOVES = {
    "step.opened": "Étape proposée",
    "step.agreed": "Étape convenue",
    "step.assigned": "Étape confiée, ou son échéance changée",
    "step.returned": "Étape rendue à l'équipe",
    "step.started": "Étape commencée",
    "step.commented": "Commentaire",
    "step.reported": "Dit par qui la mène",
    "step.finished": "Étape faite",
    "step.dropped": "Étape abandonnée",
    "step.reopened": "Étape reprise",
    "interview.held": "Premier entretien tenu",
    "needs.renewed": "Besoins changés avec un bilan",
    "peer.agreed": "Deux lauréats d'accord pour se connaître",
    "plan.handed-over": "Lauréat confié à l'association",
    "plan.taken-back": "Lauréat repris à l'association",
    "plan.closed": "Plan clos",
}
SPEAKERS = {"holder": "porteur", "mentor": "Fabrique mentor"}  # laureates, who have no role


@dataclass(frozen=True, slots=True)
class Choice:
    """One act about a step, as a button: what it says, what follows, from which states it moves a step."""

    act: type[Event]
    label: str
    title: str
    follows: str
    states: tuple[str, ...]
    second: bool = True
    grave: bool = False

    @property
    def fact(self) -> str:
        return self.act.event_type()


CHOICES = (
    Choice(
        StepAgreed,
        "Convenir de l'étape",
        "Convenir de l'étape",
        "L'étape est convenue pour son échéance. Si le porteur doit la mener, il reçoit une lettre.",
        ("proposed",),
        second=False,
    ),
    Choice(
        StepStarted,
        "Commencer",
        "Dire l'étape commencée",
        "L'étape est en cours ; le porteur le voit sur sa page.",
        ("agreed",),
        second=False,
    ),
    Choice(
        StepFinished,
        "Dire qu'elle est faite",
        "Dire l'étape faite",
        "L'étape est comptée comme faite aujourd'hui. Vos mots disent ce qui en est venu.",
        ("agreed", "under-way"),
    ),
    Choice(
        StepCommented,
        "Commenter",
        "Ajouter un commentaire",
        "Le commentaire reste avec l'étape, qui ne change pas.",
        tuple(STEP_STATES),
    ),
    Choice(
        StepReturned,
        "Rendre à l'équipe",
        "Rendre l'étape à l'équipe",
        "L'étape revient à l'équipe du programme, qui lit pourquoi et la confie à quelqu'un d'autre.",
        LIVE,
    ),
    Choice(
        StepDropped,
        "Abandonner",
        "Abandonner l'étape",
        "L'étape ne sera pas faite ; elle peut être reprise plus tard.",
        LIVE,
        grave=True,
    ),
)


def title_of(step: Told) -> str:
    """What a step is for; one that was opened again, under a number, says the same."""
    if step["need"]:
        return title_of_need(step["need"])
    return own_title(step["step"]) or str(step["step"])


def title_of_need(code: str) -> str:
    words = need(code)
    return f"Appui sur {words[:1].lower()}{words[1:]}"


def own_title(step: str) -> str:
    """Of a step that is for no need; empty for any other."""
    return next((words for begin, words in TITLES.items() if step.startswith(begin)), "")


def in_turn(steps: Iterable[Told]) -> list[Told]:
    """What is to be done by its due day, then what is over."""
    return sorted(steps, key=lambda step: (step["state"] not in LIVE, step["due_on"]))


def asked_by(view: str) -> dict[str, Any]:
    """The question that a view of the steps stands for."""
    return {"owner": view if view in OWNER_NAMES else None, "overdue": view == LATE}


def may_work_on(step: Told, plan: Told, role: str) -> bool:
    """Officers on every step, the association on its own; nobody once the plan is closed."""
    is_theirs = role != Role.ASSOCIATION.value or step["owner"] == ASSOCIATION
    return bool(role) and plan["state"] == "open" and is_theirs


def choices_for(step: Told, role: str) -> tuple[Choice, ...]:
    """What may be done as the step stands, the next thing first."""
    return tuple(
        one for one in CHOICES if step["state"] in one.states and not _is_barred(one, step, role)
    )


def _is_barred(one: Choice, step: Told, role: str) -> bool:
    """The first interview is noted with the needs that it found, by an act of its own."""
    if one.act is StepReturned:
        return bool(step["owner"] == TEAM)
    if one.act is StepFinished:
        return bool(step["step"] == INTERVIEW)
    return one.act is StepDropped and role == Role.ASSOCIATION.value


def owners_for(role: str, plan: Told) -> dict[str, str]:
    """Whose a step may be, as this role gives it; the association's where it knows the laureate."""
    owners = ITS_TO_GIVE if role == Role.ASSOCIATION.value else tuple(OWNER_NAMES)
    return {one: OWNER_NAMES[one] for one in owners if one != ASSOCIATION or plan["handed_over"]}


def needs_of(plan: Told) -> dict[str, str]:
    """What a step may be for, in words: the laureate's own needs in front, no words twice."""
    found: dict[str, str] = {}
    for code in (*plan["needs"], *NEED_NAMES):
        name = need(code)
        if name not in found.values():
            found[code] = name
    return found


def interview_of(plan: Told) -> Told | None:
    """The first interview, while it is to be held."""
    return next(
        (one for one in plan["steps"] if one["step"] == INTERVIEW and one["state"] in LIVE), None
    )
