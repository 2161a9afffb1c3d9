"""What a holder may do with a dossier: a form for each act, when it is offered, what will follow from it."""

from dataclasses import dataclass
from typing import Any

from deploy.portal.forms.fields import TEXT_MAX, Field, Mistake, Typed
from deploy.portal.forms.reading import at_their_fields, body_of, own_words, read, values_of
from deploy.portal.forms.rows import Rows, read_rows
from deploy.portal.words import PIECES
from shared.contract.event import Event
from shared.contract.frontdesk import (
    AgreementSigned,
    AppealFiled,
    GrantRefused,
    PiecesCompleted,
    ReportSubmitted,
    StateAidDeclared,
    WithdrawalRequested,
)
from shared.contract.identity import is_digits
from shared.programme import Programme

COMPETING = frozenset(
    ("incomplete", "registered", "eligible", "ineligible", "in-instruction", "reviewed")
)
ON_THE_RESERVE = frozenset(("waitlisted",))
DECIDED_AGAINST = frozenset(("declined", "waitlisted", "ineligible"))
AWARDED = frozenset(("laureate",))
PAID = frozenset(
    (
        "agreed",
        "tranche-ordered",
        "tranche-withheld",
        "tranche-settled",
        "tranche-rejected",
        "tranche-returned",
    )
)
LAUREATES = AWARDED | PAID
ENDED = frozenset(("cancelled",))
REPORT_LINES = Rows(
    "lines", ("label", "planned_cents", "spent_cents"), 8, "Écrivez au moins une ligne de dépense."
)
AIDS = Rows("aids", ("granted_by", "granted_on", "amount_cents"), 6, "Écrivez au moins une aide.")
COUNTED = "indicators."


@dataclass(frozen=True, slots=True)
class Act:
    """`path` is its word in the address and in the history; `follows` is what will happen, said before.

    `grave` cannot be undone; `leads` is what the dossier waits for.
    """

    path: str
    title: str
    follows: str
    button: str
    offered: frozenset[str]
    fields: tuple[Field, ...]
    event: type[Event] | None = None
    grave: bool = False
    leads: bool = False
    template: str = "act.html"


WITHDRAW = Act(
    "retrait",
    "Retirer la candidature",
    "La candidature sort de la vague et n'est plus examinée. C'est définitif : pour participer de nouveau, "
    "il faut déposer un nouveau dossier.",
    "Retirer la candidature",
    COMPETING | ON_THE_RESERVE,
    (Field("reason", "Pourquoi la retirez-vous ?", "text", missing="Dites en une phrase pourquoi.",
           length_max=TEXT_MAX),),
    WithdrawalRequested,
    grave=True,
)  # fmt: skip
APPEAL = Act(
    "recours",
    "Former un recours",
    "Un agent examine le dossier de nouveau et vous répond par écrit. La décision reste ce qu'elle est "
    "jusque-là.",
    "Former le recours",
    DECIDED_AGAINST | LAUREATES | ENDED,
    (Field("grounds", "Ce que vous contestez, et pourquoi", "text", missing="Dites ce que vous contestez.",
           hint="Ce qui a été mal lu, ce qui manque, ce que disent vos pièces.", length_max=TEXT_MAX),),
    AppealFiled,
)  # fmt: skip
SIGN = Act(
    "convention",
    "Signer la convention",
    "Votre signature vaut accord sur la subvention et ses conditions. L'échéancier des versements en "
    "découle.",
    "Signer la convention",
    AWARDED,
    (Field("signatory", "Nom et qualité de la personne qui signe", missing="Indiquez qui signe.",
           hint="Une personne qui peut engager la structure, par exemple : Camille Exemple, présidente.",
           autocomplete="name"),),
    AgreementSigned,
    leads=True,
)  # fmt: skip
REFUSE = Act(
    "refus",
    "Refuser la subvention",
    "La subvention est annulée et la place va au premier de la liste d'attente. C'est définitif.",
    "Refuser la subvention",
    AWARDED,
    (Field("reason", "Pourquoi la refusez-vous ?", "text", missing="Dites en une phrase pourquoi.",
           length_max=TEXT_MAX),),
    GrantRefused,
    grave=True,
)  # fmt: skip
ACCOUNT = Act(
    "compte",
    "Donner les coordonnées bancaires",
    "Elles sont scellées ici même : seul le service qui paie peut les ouvrir, et ces pages n'en "
    "gardent rien. Un agent vous rappelle pour les vérifier avant le premier versement.",
    "Sceller et envoyer",
    LAUREATES,
    (
        Field("account_holder", "Titulaire du compte", missing="Indiquez le titulaire du compte.",
              hint="Tel qu'il est écrit sur le relevé d'identité bancaire (RIB).", length_max=70),
        Field("iban", "IBAN", missing="Indiquez l'IBAN.",
              hint="Par exemple FR76 3000 6000 0112 3456 7890 189.",
              length_max=50),
        Field("bic", "BIC", hint="8 ou 11 caractères.", length_max=15),
    ),
)  # fmt: skip
REPORT = Act(
    "bilan",
    "Envoyer le bilan d'une année",
    "Un agent le lit, l'accepte ou le renvoie avec ses remarques. Un bilan accepté ouvre le versement "
    "suivant. Envoyé de nouveau, il remplace le précédent.",
    "Envoyer le bilan",
    PAID,
    (
        Field("year", "Année de la subvention", "choice", missing="Choisissez l'année."),
        Field("activity", "Ce qui a été fait", "text", missing="Racontez ce qui a été fait.",
              length_max=TEXT_MAX),
    ),
    ReportSubmitted,
    template="report.html",
)  # fmt: skip
STATE_AID = Act(
    "aides",
    "Déclarer d'autres aides de minimis",
    "Cette déclaration remplace la précédente : écrivez toutes les aides. Si elles dépassent le plafond avec "
    "la subvention, un agent les examine avant le prochain versement.",
    "Envoyer la déclaration",
    LAUREATES,
    (),
    StateAidDeclared,
)  # fmt: skip
ACTS = (SIGN, ACCOUNT, REPORT, STATE_AID, APPEAL, REFUSE, WITHDRAW)
Reading = tuple[Event | None, list[Mistake]]


def acts_for(status: str) -> tuple[Act, ...]:
    return tuple(act for act in ACTS if status in act.offered)


def act_named(path: str) -> Act | None:
    return next((act for act in ACTS if act.path == path), None)


def read_act(
    act: Act, fields: tuple[Field, ...], typed: Typed, candidature_id: str, **named: Any
) -> Reading:
    """Of an act whose fields are the event's own; `named` is what it is about beside the dossier."""
    assert act.event is not None
    values, mistakes = values_of(fields, typed)
    return _event(act.event, values | named, mistakes, fields, candidature_id)


def _event(
    kind: type[Event],
    values: dict[str, Any],
    mistakes: list[Mistake],
    fields: tuple[Field, ...],
    candidature_id: str,
) -> Reading:
    body = {"candidature_id": candidature_id} | body_of(values)
    event, refused = read(kind, body)
    found = at_their_fields([*mistakes, *own_words(refused, fields)], fields)
    return (None if found else event), found


def agreement_fields(programme: Programme) -> tuple[Field, ...]:
    """Who signs, and a consent that nobody has to give: its box is empty."""
    consent = Field(
        "association_consent",
        "J'accepte que la structure qui accompagne les lauréats "
        f"({programme.support.introduction_to}) reçoive mon nom, mon adresse électronique, le lieu, "
        "sa commune, mes besoins et mon plan d'accompagnement, et m'écrive.",
        "check",
        hint="La subvention n'en dépend pas. Vous pouvez changer d'avis en écrivant à l'équipe du programme.",
    )
    return (*SIGN.fields, consent)


def pieces_fields(missing: tuple[str, ...]) -> tuple[Field, ...]:
    """A text for each piece that is missing."""
    return tuple(
        Field(f"pieces.{name}", PIECES[name][0], "text", hint=PIECES[name][1], length_max=TEXT_MAX)
        for name in missing
        if name in PIECES
    )


def read_pieces(fields: tuple[Field, ...], typed: Typed, candidature_id: str) -> Reading:
    """Those that were written: the others may follow later."""
    written = tuple(field for field in fields if field.typed_in(typed).strip())
    if not written:
        return None, [Mistake(fields[0].name if fields else "", "Écrivez au moins une des pièces.")]
    values, mistakes = values_of(written, typed)
    return _event(PiecesCompleted, values, mistakes, written, candidature_id)


def report_fields(programme: Programme) -> tuple[Field, ...]:
    """Activity and indicators, then lines of planned against spent; what is blank is left out."""
    year, activity = REPORT.fields
    choices = tuple((str(one), f"Année {one}") for one in range(1, programme.award.years + 1))
    fields = [Field(year.name, year.label, year.kind, year.missing, options=choices), activity]
    for indicator in programme.indicators:
        fields.append(Field(f"{COUNTED}{indicator.id}", indicator.title, "number", length_max=9))
    for line in range(REPORT_LINES.count):
        fields += _line_fields(line)
    return tuple(fields)


def _line_fields(line: int) -> tuple[Field, ...]:
    which = f"ligne {line + 1}"
    label, planned, spent = REPORT_LINES.names(line)
    return (
        Field(label, f"Dépense, {which}", length_max=200),
        Field(planned, f"Prévu, {which}", "euros", length_max=20),
        Field(spent, f"Dépensé, {which}", "euros", length_max=20),
    )


def read_report(fields: tuple[Field, ...], typed: Typed, candidature_id: str) -> Reading:
    values, lines, mistakes = read_rows(REPORT_LINES, fields, typed)
    if mistakes:
        return None, at_their_fields(mistakes, fields)
    year = values["year"]
    counts = {
        name.removeprefix(COUNTED): count
        for name, count in values.items()
        if name.startswith(COUNTED)
    }
    body = {
        "year": int(year) if is_digits(year) else year,
        "activity": values["activity"],
        "indicators": {name: count for name, count in counts.items() if count is not None},
    }
    said = {"candidature_id": candidature_id, "lines": lines, **body}
    event, refused = read(ReportSubmitted, said)
    found = at_their_fields(refused, fields)
    return (None if found else event), found


def aid_fields() -> tuple[Field, ...]:
    """Who granted each aid, when and how much; what is blank is left out."""
    return tuple(field for number in range(AIDS.count) for field in _aid(number))


def _aid(number: int) -> tuple[Field, ...]:
    which = f"aide {number + 1}"
    by, on, amount = AIDS.names(number)
    return (
        Field(by, f"Qui l'a accordée, {which}", length_max=200),
        Field(on, f"Accordée le, {which}", "day", length_max=10),
        Field(amount, f"Montant, {which}", "euros", length_max=20),
    )


def read_aids(fields: tuple[Field, ...], typed: Typed, candidature_id: str) -> Reading:
    _, aids, mistakes = read_rows(AIDS, fields, typed)
    if mistakes:
        return None, at_their_fields(mistakes, fields)
    event, refused = read(StateAidDeclared, {"candidature_id": candidature_id, "aids": aids})
    # A row that is blank between two others moves those after it: what is wrong is told of the whole.
    found = [Mistake("", mistake.message) for mistake in refused]
    return (None if found else event), found
