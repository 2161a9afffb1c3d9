"""What officers read where a label of before the platform is not taken over, in French."""

from shared import french
from shared.contract.values import Reason

BY_ONE_PERSON = Reason(
    code="same-officer", message="Une seconde personne doit dire la même chose de ce lauréat."
)
BY_ONE_ROLE = Reason(
    code="same-role",
    message="L'une des deux personnes parle comme directeur, l'autre comme comptable.",
)
OTHER_ID = Reason(
    code="other-id",
    field="candidature_id",
    message="L'identifiant n'est pas celui de ce lauréat : `fabriques import laureates` le calcule.",
)
ID_FILED = Reason(
    code="id-filed",
    field="candidature_id",
    message="Un dossier déposé porte cet identifiant : donnez une autre référence à ce label.",
)
SIRET_INVALID = Reason(code="siret-invalid", field="siret", message="Le SIRET n'est pas valide.")
YEAR_WITHOUT_MONEY = Reason(
    code="amount-invalid", field="awarded_cents", message="Une année est sans montant."
)
PAID_WITHOUT_AGREEMENT = Reason(
    code="not-agreed",
    field="agreed_on",
    message="Un versement a été fait : le jour de la convention manque.",
)
DAYS_IN_DISORDER = Reason(
    code="days-in-disorder",
    field="paid_on",
    message="La décision, la convention et les versements se suivent, et aucun n'est à venir.",
)
DUE_IN_DISORDER = Reason(
    code="days-in-disorder",
    field="due_on",
    message="Les échéances se suivent, après le jour de la décision.",
)


def own_wave(wave: str) -> Reason:
    message = f"La vague {wave} est de ce programme : ses lauréats viennent de son classement."
    return Reason(code="own-wave", field="wave", message=message)


def no_such_zone(zone: str) -> Reason:
    return Reason(
        code="zone-unknown", field="zone", message=f"Le programme n'a pas de zone {zone}."
    )


def too_many_years(years: int, most: int) -> Reason:
    message = f"{_years(years)}, le programme en a {most} au plus."
    return Reason(code="amount-invalid", field="awarded_cents", message=message)


def above_the_cap(cents: int, most: int) -> Reason:
    message = f"{french.euros(cents)} pour une année, au-dessus de {french.euros(most)}."
    return Reason(code="amount-above-cap", field="awarded_cents", message=message)


def above_the_ceiling(cents: int, most: int) -> Reason:
    message = f"{french.euros(cents)} en tout, au-dessus de {french.euros(most)}."
    return Reason(code="amount-above-ceiling", field="awarded_cents", message=message)


def _years(count: int) -> str:
    return french.number(count, "année", "années")


def other_years(days: int, years: int) -> Reason:
    message = f"{french.number(days, 'échéance', 'échéances')} pour {_years(years)}."
    return Reason(code="days-missing", field="due_on", message=message)


def paid_too_often(payments: int, years: int) -> Reason:
    message = f"{french.number(payments, 'versement', 'versements')} pour {_years(years)}."
    return Reason(code="paid-too-often", field="paid_on", message=message)


def too_late(wave: str) -> Reason:
    message = (
        f"La vague {wave} est classée sans ce lauréat : les labels antérieurs se disent avant."
    )
    return Reason(code="too-late", message=message)


def siret_needed(wave: str) -> Reason:
    message = f"La vague {wave} a déjà des dossiers : ce label leur est comparé par son SIRET, à retrouver."
    return Reason(code="siret-needed", field="siret", message=message)


def quota_used(zone: str, quota: int) -> Reason:
    message = f"Les {quota} places de la zone {zone} sont prises."
    if quota == 1:
        message = f"La seule place de la zone {zone} est prise."
    return Reason(code="quota-used", field="zone", message=message)


def envelope_used(left_cents: int) -> Reason:
    message = f"Il reste {french.euros(left_cents)} de l'enveloppe."
    return Reason(code="envelope-used", field="awarded_cents", message=message)
