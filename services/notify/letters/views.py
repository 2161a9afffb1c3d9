"""What a template needs beside its notice: words for codes, names for ids, dates that the programme fixes."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from services.notify.domain import sentences
from services.notify.domain.contact import Contact
from services.notify.domain.digests import REVIEW_NEWS
from services.notify.domain.notice import Notice
from services.notify.domain.own_steps import LATE as LATE_STEPS
from services.notify.domain.peer_letters import NAMED as PEER_NAMED
from services.notify.domain.steps import HOLDER
from services.notify.domain.team import WORK_WAITING
from services.notify.letters import french
from services.notify.letters.argument import argument_view
from services.notify.letters.news import news_view
from services.notify.letters.peers import peer_view
from services.notify.letters.work import work_view
from shared.programme import Programme
from shared.programme.model import Wave
from shared.programme.promises import answer_due_on, tranche_due_on
from shared.reference.communes import Communes

View = dict[str, Any]


def view(notice: Notice, contact: Contact, programme: Programme, communes: Communes) -> View:
    """Everything a template may name. Reasons become sentences; their codes stay in the records."""
    context = notice.context
    shown: View = {"reasons": [message for _, message in context.get("reasons", ())]}
    if notice.template in WAVE_TEMPLATES:
        shown["next_wave"] = next_wave(programme, context.get("wave"), notice.at)
    shown["wave_is_open"] = is_planned_open(programme, context.get("wave"), notice.at)
    build = VIEWS.get(notice.template)
    if build:
        shown |= build(context, programme)
    if notice.template == "introduction":
        shown["commune"] = commune_name(communes, contact.commune_code)
    if notice.template == REVIEW_NEWS:
        shown |= news_view(context, notice.at, programme, partial(commune_name, communes))
    if notice.template == PEER_NAMED:
        shown["answer_by"] = _answer_by(notice.at, programme)
    if "peer_place" in context:
        shown |= peer_view(context, partial(commune_name, communes))
    return shown


def _answer_by(named_at: datetime, programme: Programme) -> str:
    last = named_at + timedelta(days=programme.support.peer_answer_days)
    return french.day(programme.local_day(last))


def next_wave(programme: Programme, wave_id: str | None, now: datetime) -> Wave | None:
    """The wave that is open, or opens next: after this one, where the letter is about one."""
    today = programme.local_day(now)
    known = programme.wave(wave_id) if wave_id else None
    after = known.closes_on if known else date.min
    return next(
        (wave for wave in programme.waves if wave.opens_on > after and wave.closes_on >= today),
        None,
    )


def is_planned_open(programme: Programme, wave_id: str | None, now: datetime) -> bool:
    """Whether its deadline is to come as planned: an extended one is later, and not told here."""
    known = programme.wave(wave_id) if wave_id else None
    return known is not None and now < programme.deadline(known)


def commune_name(communes: Communes, code: str) -> str:
    found = communes.get(code)
    return f"{found.name} ({found.department})" if found else code


def _pieces(context: Mapping[str, Any], _programme: Programme) -> View:
    return {"pieces": [sentences.piece(name) for name in context["missing"]]}


def _refused(context: Mapping[str, Any], _programme: Programme) -> View:
    codes = [code for code, _ in context["reasons"]]
    closed = [sentences.CLOSED[code] for code in codes if code in sentences.CLOSED]
    return {"closed": closed, "kept": any(code in sentences.KEPT for code in codes)}


def _zones(context: Mapping[str, Any], programme: Programme) -> View:
    return {"zone_names": [programme.where(zone) for zone in context["zones"]]}


def _supported(_context: Mapping[str, Any], programme: Programme) -> View:
    """Every zone of the call: where a place has to be."""
    return {"supported": ", ou ".join(zone.where for zone in programme.zones)}


def _receipt(context: Mapping[str, Any], programme: Programme) -> View:
    """Until when the file may change, where it is the day of the programme: who extends it writes of it."""
    wave = programme.wave(context["wave"])
    is_planned = (
        wave and answer_due_on(programme, wave.closes_on).isoformat() == context["answer_due_on"]
    )
    return {"changes_until": programme.deadline(wave) if wave and is_planned else None}


def _waitlisted(context: Mapping[str, Any], programme: Programme) -> View:
    """The last list ends on its day, the others when the next wave is ranked."""
    is_last = context["wave"] == programme.waves[-1].id
    list_ends_on = programme.selection.reserve_ends_on if is_last else None
    return argument_view(context, programme) | {"list_ends_on": list_ends_on}


def _award(context: Mapping[str, Any], programme: Programme) -> View:
    first = programme.local_day(datetime.fromisoformat(context["awarded_at"]))
    years = programme.award.years
    amounts = [
        (
            f"{_year(year, years)}, due le {french.day(tranche_due_on(programme, first, year))}",
            french.euros(cents),
        )
        for year, cents in enumerate(context["awarded_cents"], start=1)
        if cents
    ]
    return de_minimis_view(programme) | {
        "years": years,
        "amounts": amounts,
        "total_cents": sum(context["awarded_cents"]),
        "zone_name": f"lieu {programme.where(context['zone'])}",
    }


def _year(number: int, years: int) -> str:
    """A grant of one year has no first one."""
    return f"{french.ordinal(number)} tranche" if years > 1 else "Subvention"


def de_minimis_view(programme: Programme) -> View:
    """The aid's regime, as its regulation wants the laureate told (1407/2013, article 6); or empty texts."""
    payment = programme.payment
    regulation, period = sentences.REGIMES.get(payment.de_minimis_regime, ("", ""))
    return {
        "regulation": regulation,
        "aid_period": period,
        "aid_ceiling_cents": payment.de_minimis_ceiling_cents,
    }


def _schedule(context: Mapping[str, Any], _programme: Programme) -> View:
    tranches = [
        (f"{french.ordinal(number)} tranche, due le {french.day(due)}", french.euros(cents))
        for number, (due, cents) in enumerate(context["schedule"], start=1)
        if cents
    ]
    return {"tranches": tranches}


def _withheld(context: Mapping[str, Any], _programme: Programme) -> View:
    return {"advice": sentences.remedies([code for code, _ in context["reasons"]])}


def _report(_context: Mapping[str, Any], programme: Programme) -> View:
    titles = [_in_a_sentence(indicator.title) for indicator in programme.indicators]
    return {
        "indicators_step": f"Donnez vos chiffres de l'année : {french.listed(titles)}."
        if titles
        else ""
    }


def _in_a_sentence(title: str) -> str:
    return title[0].lower() + title[1:]


def _read_report(context: Mapping[str, Any], programme: Programme) -> View:
    return {"last": context["year"] >= programme.award.years}


def _rejected(context: Mapping[str, Any], _programme: Programme) -> View:
    return {"fault": sentences.payment_fault(context["reason_code"])}


def _plan(context: Mapping[str, Any], _programme: Programme) -> View:
    return {
        "need_names": [sentences.need(need) for need in context["needs"]],
        "step_lines": [step_line(*step) for step in context["plan"]],
    }


def _own_steps(context: Mapping[str, Any], _programme: Programme) -> View:
    """The same lines, all of them the reader's own: whose they are need not be said."""
    return {
        "step_lines": [
            f"{_named(name, need)}, avant le {french.day(due_on)}"
            for name, need, _, due_on in context["plan"]
        ]
    }


def _late_steps(context: Mapping[str, Any], programme: Programme) -> View:
    ours = [step_line(*step) for step in context["ours"]]
    return _own_steps(context, programme) | {"our_lines": ours}


def _named(name: str, need: str) -> str:
    words = sentences.step(name, need)
    return f"{words[0].upper()}{words[1:]}"


def step_line(name: str, need: str, owner: str, due_on: str) -> str:
    """`Appui sur la gouvernance : l'équipe du programme, avant le 3 mars 2021`."""
    whose = "vous" if owner == HOLDER else sentences.OWNERS[owner]
    return f"{_named(name, need)} : {whose}, avant le {french.day(due_on)}"


def _introduction(context: Mapping[str, Any], _programme: Programme) -> View:
    return {"need_names": [sentences.need(need) for need in context["needs"]]}


def _invitation(context: Mapping[str, Any], _programme: Programme) -> View:
    return {"meeting_days": french.from_to(context["starts_on"], context["ends_on"])}


WAVE_TEMPLATES = frozenset(
    ("refused", "waitlisted", "declined", "withdrawn", "appeal_without_grant")
)
VIEWS: Mapping[str, Callable[[Mapping[str, Any], Programme], View]] = {
    "receipt": _receipt,
    "pieces_requested": _pieces,
    "refused": _refused,
    "eligible": _zones,
    "ineligible": _supported,
    "awarded": _award,
    "promoted": _award,
    "waitlisted": _waitlisted,
    "declined": argument_view,
    "agreed": _schedule,
    "amended": _schedule,
    "tranche_withheld": _withheld,
    "tranche_rejected": _rejected,
    "report_expected": _report,
    "report_approved": _read_report,
    "report_sent_back": _read_report,
    "support_opened": _plan,
    "steps_agreed": _own_steps,
    LATE_STEPS: _late_steps,
    "introduction": _introduction,
    "invitation": _invitation,
    "invitation_cancelled": _invitation,
    WORK_WAITING: work_view,
}
