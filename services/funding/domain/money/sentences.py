"""The reasons that money gives to people, in French. Codes are stable: front-ends rely on them."""

from datetime import date

from services.funding.domain.states import Anomaly
from shared.contract.values import Reason, Role
from shared.french import day, euros, number

# Gates of a tranche
AGREEMENT_MISSING = Reason(code="agreement-missing", message="La convention n'est pas signée.")
BANK_DETAILS_MISSING = Reason(
    code="bank-details-missing",
    message="Les coordonnées bancaires ne sont pas fournies.",
)
BANK_DETAILS_UNVERIFIED = Reason(
    code="bank-details-unverified",
    message="Les coordonnées bancaires ne sont pas encore vérifiées.",
)
BANK_DETAILS_UNCONFIRMED = Reason(
    code="bank-details-unconfirmed",
    message="Le changement de compte attend la confirmation d'une seconde personne.",
)
STATE_AID_REFUSED = Reason(
    code="state-aid-refused",
    message="Le cumul d'aides publiques n'est pas autorisé.",
)
ERASED = Reason(code="erased", message="Les données de cette candidature ont été effacées.")
# Accounts
ACCOUNT_CHANGED = Reason(
    code="account-changed", message="Le compte a changé depuis la vérification."
)
NOT_A_CHANGE = Reason(code="not-a-change", message="Ce compte n'en remplace aucun autre.")
UNVERIFIED = Reason(code="unverified", message="Le compte n'est pas encore vérifié.")
CHANGE_BY_ONE_PERSON = Reason(code="same-officer", message="Un changement demande deux personnes.")
# Payment runs
RUN_BY_ONE_PERSON = Reason(
    code="same-officer", message="Ordonnateur et comptable sont deux personnes."
)
NOT_APPROVED = Reason(code="not-approved", message="Seul un lot approuvé deux fois est exporté.")
ALREADY_EXPORTED = Reason(
    code="already-exported",
    message="Ce lot est exporté : une seule fois suffit.",
)
# The bank's letter on a payment in doubt
LETTER_BY_ONE_PERSON = Reason(
    code="same-officer",
    message="La lettre de la banque est déclarée par deux personnes.",
)
LETTER_BY_ONE_ROLE = Reason(
    code="wrong-role",
    message="L'ordonnateur et le comptable déclarent tous deux la lettre de la banque.",
)
# Amendments
NO_AGREEMENT = Reason(
    code="no-agreement",
    message="Un avenant modifie une convention signée et en vigueur.",
)
NOTHING_LEFT = Reason(code="nothing-left", message="Toutes les tranches sont engagées.")
ABOVE_AWARD = Reason(code="above-award", message="Le solde dépasse le montant attribué.")
BELOW_PAID = Reason(
    code="below-paid",
    message="Ce qui est payé ou en cours de paiement dépasse ce solde : ouvrez un reversement.",
)
# Money asked back
TOO_SOON = Reason(code="too-soon", message="Le délai de réponse court encore.")
ABOVE_INTENDED = Reason(code="above-intended", message="Le montant dépasse celui annoncé.")
GIVEN_UP = Reason(
    code="given-up",
    message="La subvention est abandonnée par son porteur : ce qui en a été versé peut être à rendre.",
)
NOT_ORDERED = Reason(code="not-ordered", message="Aucun reversement n'est exigé.")


def not_due_yet(due_on: date) -> Reason:
    return Reason(code="not-due-yet", message=f"La tranche est due le {day(due_on)}.")


def suspended(since: date) -> Reason:
    return Reason(
        code="suspended",
        message=f"Le financement est suspendu depuis le {day(since)}.",
    )


def cooling_off(free_on: date) -> Reason:
    message = f"Le délai de sécurité des coordonnées bancaires court jusqu'au {day(free_on)}."
    return Reason(code="cooling-off", message=message)


def report_missing(year: int) -> Reason:
    return Reason(
        code="report-missing",
        message=f"Le bilan de l'année {year} n'est pas encore accepté.",
    )


def state_aid_above_ceiling(counted_cents: int, ceiling_cents: int) -> Reason:
    message = (
        f"Les aides de minimis font {euros(counted_cents)} avec la subvention, au-dessus du plafond de "
        f"{euros(ceiling_cents)} : un agent doit les examiner."
    )
    return Reason(code="state-aid-above-ceiling", message=message)


def account_changed_since(order_id: str) -> Reason:
    return Reason(
        code="account-changed",
        field=order_id,
        message="Le compte a changé depuis l'ordre.",
    )


def approval_of_another_role(role: Role) -> Reason:
    return Reason(
        code="wrong-role",
        message=f"Cette approbation revient au rôle {role.value}.",
    )


def export_of_another_role(role: Role) -> Reason:
    return Reason(code="wrong-role", message=f"L'export revient au rôle {role.value}.")


def list_changed(orders: int, total_cents: int) -> Reason:
    message = f"La liste a changé : elle compte {_orders(orders)} pour {euros(total_cents)}."
    return Reason(code="list-changed", message=message)


def list_changed_since_approval(orders: int) -> Reason:
    return Reason(
        code="list-changed",
        message=f"La liste a changé : elle compte {_orders(orders)}.",
    )


def _orders(count: int) -> str:
    return number(count, "ordre", "ordres")


def settled_already(order_id: str) -> Reason:
    return _alive(f"L'ordre {order_id} est payé.")


def not_sent_yet(order_id: str) -> Reason:
    return _alive(f"L'ordre {order_id} n'est pas encore parti à la banque.")


def may_still_be_paid(order_id: str, reason_code: str | None) -> Reason:
    code = f" ({reason_code})" if reason_code else ""
    return _alive(
        f"La banque peut encore payer l'ordre {order_id}{code} : attendez sa réponse, ou déclarez sa lettre."
    )


def refusal_contradicted(order_id: str, line: Anomaly) -> Reason:
    return _alive(
        f"Une ligne de la banque contredit le rejet de {order_id} ({_place(line)}) : examinez-la d'abord."
    )


def letter_contradicted(order_id: str, line: Anomaly) -> Reason:
    message = (
        f"Une ligne de la banque dit peut-être que l'ordre {order_id} est payé "
        f"({_place(line)}, {line.kind}) : examinez-la d'abord."
    )
    return Reason(code="contradicted", field="order_id", message=message)


def _place(line: Anomaly) -> str:
    return f"{line.statement_id}, partie {line.part}, ligne {line.line}"


def not_in_doubt(order_id: str, state: str) -> Reason:
    message = (
        f"L'ordre {order_id} n'est pas en attente d'un mot de la banque ({state}) : une lettre ne se déclare "
        "que sur un ordre parti, que la banque n'a ni payé ni refusé."
    )
    return Reason(code="not-in-doubt", message=message)


def no_such_order(order_id: str) -> Reason:
    message = f"Aucun ordre de paiement ne porte le numéro {order_id}."
    return Reason(code="order-unknown", field="order_id", message=message)


def _alive(message: str) -> Reason:
    return Reason(code="attempt-alive", message=message)


def years_wrong(years: int) -> Reason:
    return Reason(
        code="years-wrong",
        field="amounts_cents",
        message=f"La subvention porte sur {years} an{'s' if years > 1 else ''}.",
    )


def not_a_reduction(year: int, now_cents: int) -> Reason:
    message = f"L'année {year} dépasserait {euros(now_cents)}."
    return Reason(code="not-a-reduction", field=_amount_of(year), message=message)


def already_engaged(year: int) -> Reason:
    message = f"La tranche {year} est déjà engagée ou payée."
    return Reason(code="already-engaged", field=_amount_of(year), message=message)


def below_offset(year: int, offset_cents: int) -> Reason:
    message = f"Une compensation a pris {euros(offset_cents)} de l'année {year}."
    return Reason(code="below-offset", field=_amount_of(year), message=message)


def _amount_of(year: int) -> str:
    return f"amounts_cents[{year - 1}]"


def no_such_year(year: int) -> Reason:
    message = f"La subvention ne verse rien l'année {year}."
    return Reason(code="no-such-year", field="year", message=message)


def no_such_indicator(name: str) -> Reason:
    message = f"Le programme ne compte pas d'indicateur « {name} »."
    return Reason(code="no-such-indicator", field="indicators", message=message)


def above_paid(paid_cents: int) -> Reason:
    message = f"On ne reprend que ce qui a été payé : {euros(paid_cents)} au plus."
    return Reason(code="above-paid", field="amount_cents", message=message)


def answered_before(number: int) -> Reason:
    message = (
        f"Ces observations précèdent la demande n° {number} : elles ne peuvent pas y répondre."
    )
    return Reason(code="answered-before", message=message)


ANSWERED_ENOUGH = Reason(
    code="answered-enough",
    message="Cette demande a déjà dix réponses : écrivez la suite au programme.",
)


def no_room(tranche_number: int, state: str) -> Reason:
    message = f"La tranche {tranche_number} ne peut porter cette compensation ({state})."
    return Reason(code="no-room", field="tranche_id", message=message)


def above_left(left_cents: int) -> Reason:
    message = f"Il reste {euros(left_cents)} à reprendre."
    return Reason(code="above-left", field="amount_cents", message=message)


def line_to_examine(problem: str, name: str) -> Reason:
    return Reason(code=problem, field=name or None, message="Ligne à examiner.")
