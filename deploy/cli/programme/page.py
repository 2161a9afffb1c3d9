"""The call as people will read it: one page that needs no other file, to read on a screen and to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.portal import words
from deploy.portal.french import number
from shared import french
from shared.programme import Programme, Wave
from shared.programme.promises import answer_due_on, report_due_on, tranche_due_on

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"euros": french.euros, "day": french.day, "marks": french.marks}
TEMPLATES.globals |= {"number": number}
REGIMES = {"ue-1407-2013": "(UE) n° 1407/2013", "ue-2023-2831": "(UE) 2023/2831"}
TIES = {
    "receipt_sequence": "l'ordre d'arrivée",
    "new_department": "un département sans lauréat d'abord",
    "score": "la note totale",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a grant of a wave is paid, and reported on, if its list is published on the last day for it."""

    wave: Wave
    published_on: date
    paid_on: Sequence[date]
    reported_by: Sequence[date]


def page_of(programme: Programme) -> str:
    """HTML, in French."""
    return TEMPLATES.get_template("page.html").render(
        programme=programme,
        schedules=[_schedule(programme, wave) for wave in programme.waves],
        zones=[(zone.where, programme.quotas.get(zone.id)) for zone in programme.zones],
        forms=[words.LEGAL_FORMS[form.value] for form in programme.intake.legal_forms],
        pieces=[words.PIECES[piece] for piece in programme.intake.required_pieces],
        ties=_ties(programme),
        regime=REGIMES.get(programme.payment.de_minimis_regime),
        city_time=french.city_time(programme.zone),
        pass_marks=[one for one in programme.criteria if one.pass_mark],
    )


def _schedule(programme: Programme, wave: Wave) -> Schedule:
    published_on = answer_due_on(programme, wave.closes_on)
    years = range(1, programme.award.years + 1)
    paid_on = [tranche_due_on(programme, published_on, year) for year in years]
    reported_by = [
        report_due_on(programme, paid_on[place : place + 2]) for place in range(len(paid_on))
    ]
    return Schedule(wave, published_on, paid_on, reported_by)


def _ties(programme: Programme) -> list[str]:
    """What parts two files of the same score, in its order."""
    titles = {criterion.id: criterion.title for criterion in programme.criteria}
    return [titles.get(key) or TIES[key] for key in programme.selection.tie_break]
