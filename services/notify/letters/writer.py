"""Writes a notice as a letter: plain text and HTML from one template, so that both always say the same."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.notify.domain.agenda import CANCELLED, INVITATION
from services.notify.domain.contact import Contact
from services.notify.domain.documents import SOURCES
from services.notify.domain.erasure import ERASED
from services.notify.domain.notice import Notice
from services.notify.domain.proof import Proof, is_held_back
from services.notify.domain.relay import RELAYED
from services.notify.letters import french, views
from shared.contract.values import DocumentKind
from shared.programme import Programme
from shared.reference.communes import Communes

TEMPLATES = Path(__file__).with_name("templates")
LINE_WIDTH = 76
UNPROVEN = "address_unproven"
PIECES_OF_A_LETTER = ("paragraph", "heading", "items", "steps", "facts", "note", "quotation")

# What somebody signs, and tells how it can be contested (CRPA L212-1, CJA R421-5).
DECISIONS = frozenset(
    (
        "awarded", "promoted", "amended", "held", "waitlisted", "declined", "ineligible", "refused",
        "cancelled", "appeal_refused", "appeal_rejected", "appeal_without_grant", "recovery_ordered",
    )
)  # fmt: skip

# The documents that say a letter again, as its reader finds them.
PAPERS: Mapping[DocumentKind, str] = {
    DocumentKind.AGREEMENT: "la convention d'attribution",
    DocumentKind.AWARD: "la décision d'attribution",
    DocumentKind.REFUSAL: "la décision de refus",
    DocumentKind.LABEL: "l'attestation de label",
    DocumentKind.RECOVERY: "l'ordre de reversement",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter before it becomes mail. `calendar` is an iCalendar file, where the letter invites.

    `reply_to` is whom its reader answers, where that is not the office.
    """

    subject: str
    text: str
    html: str
    to: str
    cc: str = ""
    calendar: bytes = b""
    calendar_method: str = "REQUEST"
    reply_to: str = ""


class Writer:
    """Templates are read once; a letter costs about a millisecond, and is written when it is sent."""

    def __init__(
        self,
        programme: Programme,
        communes: Communes,
        proof: Proof,
        proof_url: str = "",
    ) -> None:
        self._programme, self._communes = programme, communes
        self._proof, self._proof_url = proof, proof_url
        self._text, self._html = _dressed("txt", programme), _dressed("html", programme)

    def write(self, notice: Notice, contact: Contact) -> Letter:
        """Raises jinja2.UndefinedError where a template asks for what its notice does not hold."""
        if is_held_back(notice, contact):
            notice, contact = self._without_words(notice, contact)
        contact = _as_it_leaves(notice, contact)
        context = self._context(notice, contact)
        title, body = _rendered(self._text.message(notice.template), context)
        subject = " ".join(french.typeset(f"{title} – {self._programme.name}").splitlines())
        context |= {"subject": subject, "title": title, "body": body}
        text = self._text.frame.render(context)
        _, context["body"] = _rendered(self._html.message(notice.template), context)
        html = self._html.frame.render(context)
        letter = Letter(subject, _tidy(text), html, contact.email)
        if notice.template in (INVITATION, CANCELLED):
            letter = self._with_calendar(letter, notice, contact)
        if notice.recipient == "team":
            letter = replace(letter, to=self._programme.contact)
        if notice.template == RELAYED:
            letter = replace(letter, reply_to=notice.context["answers_to"])
        if notice.recipient == "association":
            holder = contact.email if contact.is_proven else ""
            to = self._programme.support.introduction_email
            letter = replace(letter, to=to, cc=holder, reply_to=holder)
        return letter

    def _without_words(self, notice: Notice, contact: Contact) -> tuple[Notice, Contact]:
        """Receipt number, wave, and the code that proves the address: nothing that the sender chose."""
        code = self._proof.code(contact.candidature_id, contact.email)
        link = (
            f"{self._proof_url}/{code}?dossier={contact.candidature_id}" if self._proof_url else ""
        )
        known = {"receipt": contact.receipt_number, "wave": notice.context.get("wave")}
        letter = replace(
            notice,
            template=UNPROVEN,
            context=known | {"proof_code": code, "proof_link": link},
        )
        return letter, replace(contact, representative="", legal_name="", place_name="")

    def _with_calendar(self, letter: Letter, notice: Notice, contact: Contact) -> Letter:
        from services.notify.letters import invitations  # noqa: PLC0415  # 80 modules, for a letter in a thousand

        file = invitations.calendar_file(self._programme, notice, contact)
        return replace(
            letter, calendar=file, calendar_method=invitations.method_of(notice.template)
        )

    def _context(self, notice: Notice, contact: Contact) -> dict[str, Any]:
        to_association = notice.recipient == "association"
        name = "" if to_association else contact.representative
        return {
            "greeting": f"Bonjour {name}," if name else "Bonjour,",
            "closing": "Bien cordialement,",
            "name": contact.representative or contact.legal_name,
            "email": contact.email,
            "holder": contact.legal_name,
            "place": contact.place_name,
            "dossier": notice.candidature_id,
            "is_decision": notice.template in DECISIONS,
            "on_paper": "" if to_association else on_paper(notice.template),
            "answers_to": contact.email
            if to_association and contact.is_proven
            else self._programme.contact,
            "receipt": contact.receipt_number,
            **notice.context,
            **views.view(notice, contact, self._programme, self._communes),
        }


def on_paper(template: str) -> str:
    """Where the documents lie that say this letter again; empty where there is none."""
    kinds = [kind for kind, source in SOURCES.items() if template in source.letters]
    names = " et ".join(PAPERS[kind] for kind in kinds)
    return f"À télécharger en PDF depuis votre espace de candidature : {names}." if kinds else ""


def _as_it_leaves(notice: Notice, contact: Contact) -> Contact:
    """The last message of an erased dossier brings its own address."""
    if notice.template != ERASED or not notice.context:
        return contact
    own = notice.context
    return replace(
        contact,
        email=own["email"],
        representative=own["representative"],
        receipt_number=own.get("receipt", ""),
    )


@dataclass(frozen=True)
class _Dress:
    environment: Environment
    frame: Template
    messages: dict[str, Template] = field(default_factory=dict)

    def message(self, name: str) -> Template:
        if name not in self.messages:
            self.messages[name] = _loaded(self.environment, f"messages/{name}.txt")
        return self.messages[name]


def _loaded(environment: Environment, name: str) -> Template:
    """Its words for all letters in one dictionary: of a chain of two, each letter would copy them slowly."""
    template = environment.get_template(name)
    template.globals = dict(template.globals)
    return template


def _dressed(kind: str, programme: Programme) -> _Dress:
    """One way to show a letter: HTML escapes what comes from outside, plain text has nothing to escape."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=kind == "html",  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(_filters(programme))
    environment.globals.update(
        programme=programme.name,
        authority=programme.payment.debtor_name,
        authority_named=french.with_article(programme.payment.debtor_name),
        contact_email=programme.contact,
        association=french.with_article(programme.support.introduction_to),
        report_due_days=programme.payment.report_due_days,
        silence_months=programme.intake.silence_months,
        retention=programme.retention,
        office=programme.authority,
        local_time=french.city_time(programme.zone),
    )
    blocks = environment.get_template(f"dress/blocks.{kind}").module
    environment.globals.update({name: getattr(blocks, name) for name in PIECES_OF_A_LETTER})
    remedies: Any = environment.get_template("dress/remedies.txt").module
    environment.globals["remedies"] = cache(remedies.remedies)  # the same in every decision
    return _Dress(environment, _loaded(environment, f"dress/frame.{kind}"))


def _filters(programme: Programme) -> Mapping[str, Callable[..., Any]]:
    zone = programme.zone
    return {
        "money": french.euros,
        "months": french.months,
        "day": lambda value: french.day(value if isinstance(value, date) else str(value)),
        "local_day": lambda value: french.local_day(value, zone),
        "moment": lambda value: french.moment(value, zone),
        "last_moment": lambda value: french.last_moment(value, zone),
        "ordinal": french.ordinal,
        "at_place": french.at_place,
        "listed": french.listed,
        "typeset": _typeset,
        "wrapped": _wrapped,
        "quoted": _quoted,
    }


def _typeset(value: object) -> str:
    text = french.typeset(str(value))
    return Markup(text) if hasattr(value, "__html__") else text  # noqa: S704 - it was escaped before


def _wrapped(value: object, lead: str = "") -> str:
    """A paragraph or a list entry in lines of readable width; an address stays whole."""
    return _filled(str(value), lead)


@lru_cache(french.TEXTS_KEPT)
def _filled(text: str, lead: str) -> str:
    return textwrap.fill(
        french.typeset(text),
        LINE_WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def forget_texts() -> None:
    """Whoever is named in one may be erased by the next event."""
    french.typeset.cache_clear()
    _filled.cache_clear()


def _quoted(value: object) -> str:
    """A paragraph of somebody else: each of its lines is led by a sign, and none looks like one of ours."""
    return "\n".join(f"> {line}" for line in _wrapped(value).split("\n"))


def _rendered(template: Template, context: Mapping[str, Any]) -> tuple[str, Any]:
    """The title and the body. A template sets its title in its first line."""
    module: Any = template.make_module(dict(context))
    return str(module.title).strip(), Markup(str(module))  # noqa: S704 - each dress escapes, or not, by itself


def _tidy(text: str) -> str:
    """Never more than one empty line in a row."""
    lines: list[str] = []
    for line in text.strip().split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
