"""Why the counter says no, in French: every reason with its code and the field it is about."""

from collections.abc import Iterable
from datetime import date

from shared.contract.attachments import UPLOAD_DAYS, MediaType
from shared.contract.values import Reason
from shared.french import day
from shared.programme.model import Award, Wave

WITHDRAWN = Reason(
    code="withdrawn",
    message="Cette candidature a été retirée ; déposez-en une nouvelle.",
)
ERASED = Reason(
    code="erased",
    message="Les données de cette candidature ont été effacées ; déposez-en une nouvelle.",
)
TAKEN_OVER = Reason(
    code="taken-over",
    message="Ce label est antérieur à la plateforme : son dossier n'a pas de pièces à compléter.",
)
STILL_EXAMINED = Reason(
    code="still-examined",
    message="La candidature est encore examinée : elle doit d'abord être retirée.",
)
ID_OF_A_LAUREATE = Reason(
    code="id-of-a-laureate",
    field="candidature_id",
    message=(
        "Un identifiant de version 5 est celui d'un label antérieur à la plateforme : "
        "déposez le dossier sous un UUID de version 4 ou 7."
    ),
)
SIRET_INVALID = Reason(
    code="siret-invalid",
    field="holder.siret",
    message="Le numéro SIRET n'est pas valide : il a 14 chiffres, dont une clé de contrôle.",
)
LEGAL_FORM_NOT_ELIGIBLE = Reason(
    code="legal-form-not-eligible",
    field="holder.legal_form",
    message="Cette forme juridique ne peut pas porter de candidature.",
)
ALREADY_LABELLED = Reason(
    code="already-labelled",
    field="place",
    message="Ce lieu est déjà labellisé.",
)
INCOMPLETE_AT_DEADLINE = Reason(
    code="incomplete-at-deadline",
    message="Les pièces demandées ne sont pas arrivées avant la clôture.",
)
PAYMENT_NOT_MADE = Reason(
    code="payment-not-made",
    message=(
        "La banque a écrit qu'elle n'a pas fait ce versement. Votre compte n'est pas en cause : "
        "vous n'avez rien à faire."
    ),
)
SAME_OFFICER = Reason(
    code="same-officer",
    message="Un autre agent doit aussi demander la réouverture.",
)
SAME_PROJECT = Reason(
    code="same-project",
    message="Ce projet est déjà enregistré dans cette vague.",
)
ANOTHERS_PROJECT = Reason(
    code="same-project",
    message="Ce projet est déjà enregistré par un autre guichet.",
)
DECIDED = "Un agent a décidé : ce projet est celui d'un autre dossier."
CONTEST_REJECTED = Reason(code="contest-rejected", message=DECIDED)
ATTACHMENTS = "attachments"
ATTACHMENTS_ON_PAPER = Reason(
    code="attachments-on-paper",
    field=ATTACHMENTS,
    message="Un dossier saisi par le guichet n'a pas de pièces jointes : retirez-les.",
)
ATTACHMENT_GONE = Reason(
    code="attachment-gone",
    message="Cette pièce jointe n'est plus dans l'espace du guichet : demandez à l'exploitation.",
)
OFFICERS_WORD_MAX = 500  # characters, the officer's own reason included

AMOUNTS = "budget.requested_cents"


def change_too_late(wave: str) -> Reason:
    return Reason(
        code="change-too-late",
        message=f"La vague {wave} est close : le dossier ne change plus.",
    )


def programme_closed(last_day: date, clock: str) -> Reason:
    message = f"La dernière vague est close depuis le {day(last_day)} à minuit, {clock}."
    return Reason(code="programme-closed", message=message)


def not_open_yet(first: Wave, clock: str) -> Reason:
    message = f"Le dépôt n'est pas ouvert : {_opens(first, clock)}."
    return Reason(code="not-open-yet", message=message)


def no_open_wave(coming: Wave | None, clock: str) -> Reason:
    when = _opens(coming, clock) if coming else "elle est close"
    return Reason(
        code="no-open-wave",
        message=f"À cette date, aucune vague ne prend de dossier : {when}.",
    )


def _opens(wave: Wave, clock: str) -> str:
    return f"la vague {wave.id} ouvre le {day(wave.opens_on)} à 0 h, {clock}"


def already_registered(receipt_number: str) -> Reason:
    return Reason(
        code="same-project",
        message=f"Ce projet est déjà enregistré sous le n° {receipt_number}.",
    )


def piece_unknown(texts: Iterable[str]) -> Reason:
    message = (
        f"Une pièce n'est pas de celles qui peuvent être complétées : {', '.join(sorted(texts))}."
    )
    return Reason(code="piece-unknown", field="pieces", message=message)


def attachment_missing(number: int) -> Reason:
    """No name of a file stands in these: the public status tells reasons too."""
    message = (
        f"La pièce jointe n° {number} n'est pas arrivée au guichet, ou y est depuis plus de {UPLOAD_DAYS} "
        "jours : joignez-la de nouveau, puis déposez le dossier."
    )
    return Reason(code="attachment-missing", field=ATTACHMENTS, message=message)


def attachment_altered(number: int) -> Reason:
    message = (
        f"La pièce jointe n° {number} n'est pas arrivée telle que le dossier l'annonce : "
        "joignez-la de nouveau, puis déposez le dossier."
    )
    return Reason(code="attachment-altered", field=ATTACHMENTS, message=message)


def attachment_of_another_type(number: int, media_type: MediaType) -> Reason:
    message = (
        f"La pièce jointe n° {number} n'est pas un fichier {media_type.name} : joignez-la dans ce format. "
        "Les classeurs à macros ne sont pas admis."
    )
    return Reason(code="attachment-wrong-type", field=ATTACHMENTS, message=message)


def zone_not_to_declare(zones: Iterable[str]) -> Reason:
    message = f"Ce ne sont pas des zones que l'appel laisse déclarer : {', '.join(zones)}."
    return Reason(code="zone-not-to-declare", field="place.declared_zones", message=message)


def years_wrong(award: Award) -> Reason:
    message = f"Indiquez un montant pour chacune des {award.years} années."
    if award.years == 1:
        message = "Indiquez un seul montant : la subvention porte sur une année."
    return Reason(code="years-wrong", field=AMOUNTS, message=message)


def yearly_cap_exceeded(award: Award) -> Reason:
    message = f"Une année ne peut pas dépasser {euros(award.yearly_cap_cents)}."
    return Reason(code="yearly-cap-exceeded", field=AMOUNTS, message=message)


def amount_out_of_range(award: Award) -> Reason:
    between = f"{euros(award.floor_cents)} et {euros(award.ceiling_cents)}"
    message = f"Le total doit être compris entre {between}."
    if award.is_flat:
        message = f"Le montant est le même pour tous : demandez {euros(award.floor_cents)} en tout."
    return Reason(code="amount-out-of-range", field=AMOUNTS, message=message)


def contest_rejected(officers_reason: str) -> Reason:
    return Reason(
        code="contest-rejected",
        message=f"{DECIDED} {officers_reason}"[:OFFICERS_WORD_MAX],
    )


def contest_upheld(officers_reason: str) -> Reason:
    """For the holder of the first file, whose project it is no more."""
    return Reason(
        code="contest-upheld",
        message=f"{DECIDED} {officers_reason}"[:OFFICERS_WORD_MAX],
    )


def euros(cents: int) -> str:
    """50 000 €, as people write it; the spaces do not break."""
    return f"{cents // 100:,}".replace(",", "\u202f") + "\u00a0€"


def kept_by_law(until: date) -> Reason:
    message = (
        f"Les pièces d'une subvention versée sont gardées jusqu'au {day(until)} :"
        " la loi le demande."
    )
    return Reason(code="kept-by-law", message=message)
