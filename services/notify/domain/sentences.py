"""The programme's words for people: pieces, needs, zones, payment faults, what to do about a closed gate."""

from shared.contract.identity import is_digits
from shared.contract.values import Reason, Role

DELAYED = Reason(
    code="letters-delayed",
    message="Cette adresse a reçu assez de lettres ce jour : la suite attend.",
)

PIECES = {
    "summary": "le résumé du projet",
    "territory_and_tiers_lieux": "l'apport au territoire et aux autres tiers-lieux",
    "anchoring": "l'ancrage territorial et le porteur du projet",
    "governance": "la gouvernance",
    "business_model": "le modèle économique",
    "learning": "l'apprentissage par le faire",
    "business_digital_transition": "la transition numérique des entreprises",
    "digital_mediation": "la médiation numérique",
}
FIELDS = {
    "candidature_id": "identifiant de la candidature",
    "holder": "porteur du projet",
    "holder.legal_name": "nom du porteur",
    "holder.siret": "numéro SIRET",
    "holder.legal_form": "forme juridique",
    "holder.representative": "nom du représentant",
    "holder.email": "adresse électronique",
    "holder.phone": "téléphone",
    "holder.public_key": "clé publique",
    "place": "lieu",
    "place.name": "nom du lieu",
    "place.kinds": "types de lieu",
    "place.address": "adresse du lieu",
    "place.commune_code": "code de la commune",
    "place.latitude": "latitude du lieu",
    "place.longitude": "longitude du lieu",
    "place.existing": "lieu existant ou à créer",
    "place.declared_qpv": "code du quartier prioritaire",
    "place.declared_zones": "zones déclarées",
    "project": "projet",
    "project.summary": "résumé du projet",
    "project.territory_and_tiers_lieux": "apport au territoire et aux autres tiers-lieux",
    "project.anchoring": "ancrage territorial et porteur du projet",
    "project.governance": "gouvernance",
    "project.business_model": "modèle économique",
    "project.learning": "apprentissage par le faire",
    "project.business_digital_transition": "transition numérique des entreprises",
    "project.digital_mediation": "médiation numérique",
    "project.support_offers": "aide proposée aux autres lauréats",
    "project.support_needs": "besoins d'accompagnement",
    "budget": "budget",
    "budget.requested_cents": "montants demandés",
}
NEEDS = {
    "business-model": "le modèle économique",
    "governance": "la gouvernance",
    "learning": "la formation et l'apprentissage",
    "training": "la formation et l'apprentissage",
    "digital-mediation": "la médiation numérique",
    "digital-transition": "la transition numérique",
    "business-digital-transition": "la transition numérique des entreprises",
    "anchoring": "l'ancrage territorial",
    "community": "l'animation de la communauté",
    "communication": "la communication",
    "funding": "la recherche de financements",
    "legal": "les questions juridiques",
    "premises": "les locaux",
    "real-estate": "les locaux",
    "equipment": "l'équipement",
    "partnerships": "les partenariats",
    "recruitment": "le recrutement",
}
STEPS = {
    "introduction": "mise en relation avec l'association qui accompagne les lauréats",
    "first-interview": "premier entretien pour préciser les besoins",
    "peers": "rencontre avec des lauréats proches par leurs besoins et leur territoire",
}
OWNERS = {
    "team": "l'équipe du programme",
    "association": "l'association",
    "mentor": "une Fabrique mentor",
    "holder": "le porteur du projet",
}
REGIMES = {
    "ue-1407-2013": (
        "règlement (UE) n° 1407/2013 de la Commission du 18 décembre 2013 relatif à l'application des "
        "articles 107 et 108 du traité sur le fonctionnement de l'Union européenne aux aides de minimis "
        "(JO L 352 du 24.12.2013, p. 1)",
        "l'exercice fiscal en cours et les deux précédents",
    ),
    "ue-2023-2831": (
        "règlement (UE) 2023/2831 de la Commission du 13 décembre 2023 relatif à l'application des "
        "articles 107 et 108 du traité sur le fonctionnement de l'Union européenne aux aides de minimis "
        "(JO L, 2023/2831, 15.12.2023)",
        "toute période de trois ans",
    ),
}
PAYMENT_FAULTS = {
    "AC01": "le numéro de compte (IBAN) n'est pas correct",
    "AC03": "le numéro de compte (IBAN) n'est pas valide",
    "AC04": "le compte est clos",
    "AC06": "le compte est bloqué",
    "AG01": "ce compte ne peut pas recevoir de virement",
    "BE01": "le nom du titulaire ne correspond pas au compte",
    "MD07": "le titulaire du compte est décédé",
    "MS03": "la banque n'a pas donné de motif",
    "RC01": "le code de la banque (BIC) n'est pas correct",
}
REMEDIES = (
    ("agreement", "Signez la convention d'attribution depuis votre espace de candidature."),
    (
        "cooling",
        "Vous n'avez rien à faire : ce délai de sécurité protège votre compte, il se termine tout seul.",
    ),
    ("not-due", "Vous n'avez rien à faire : la date prévue n'est pas encore arrivée."),
    (
        "bank-details-unconfirmed",
        "Vous n'avez rien à faire : un second agent confirme le changement de compte.",
    ),
    (
        "bank-details-un",
        "Répondez à l'agent qui vous appelle pour vérifier vos coordonnées bancaires.",
    ),
    (
        "bank",
        "Déposez vos coordonnées bancaires ; un agent vous appelle ensuite pour les vérifier.",
    ),
    (
        "report",
        "Si ce n'est pas fait, déposez ce bilan depuis votre espace de candidature ; s'il est déjà déposé, "
        "un agent le lit et vous n'avez rien à faire.",
    ),
    (
        "state-aid-refused",
        "Si votre déclaration d'aides est à corriger, refaites-la depuis votre espace de candidature.",
    ),
    (
        "state-aid",
        "Vous n'avez rien à faire : un agent examine les aides que vous avez déclarées et vous répond.",
    ),
    ("suspen", "Écrivez-nous : nous vous expliquons la suspension et ce qui permet de la lever."),
)

# What no correction mends, and what to do. A reason that is not here can be mended.
CLOSED = {
    "programme-closed": "L'appel est clos : aucune candidature ne peut plus être déposée.",
    "change-too-late": "Vous n'avez rien à faire : c'est le dossier enregistré qui est examiné.",
    "incomplete-at-deadline": "La vague est close : ce dossier ne peut plus être complété.",
    "already-labelled": "Vous n'avez rien à faire : un lieu reçoit le label une seule fois.",
    "no-open-wave": "Aucune vague n'est ouverte : renvoyez votre candidature à l'ouverture de la prochaine.",
    "not-open-yet": "Renvoyez votre candidature à l'ouverture de la première vague.",
    "withdrawn": "Cette candidature a été retirée : déposez-en une nouvelle, avec un autre identifiant.",
}
# Another wave is no way out.
KEPT = frozenset(("programme-closed", "change-too-late", "already-labelled"))
# Why a reviewer reads a dossier no more; a word of later days is told as a decision of the programme.
RELEASES = {
    "recused": "vous vous en êtes récusé",
    "conflict": "un lien avec son porteur a été déclaré",
    "late": "votre évaluation n'était pas rendue à la date prévue",
    "withdrawn": "son porteur l'a retiré",
}

ROLES = {
    Role.ADMINISTRATOR: "administration",
    Role.OPERATOR: "exploitation",
    Role.REVIEWER: "évaluation",
    Role.INSTRUCTOR: "instruction",
    Role.DIRECTOR: "direction",
    Role.AUTHORISING_OFFICER: "ordonnateur",
    Role.ACCOUNTANT: "comptable",
    Role.ASSOCIATION: "association",
}
SERVICES = {
    "intake": "le guichet",
    "eligibility": "l'instruction et les évaluations",
    "funding": "la sélection et les paiements",
    "notify": "les lettres et l'accompagnement",
}


def release(because: str) -> str:
    return RELEASES.get(because, "le programme en a décidé ainsi")


def piece(name: str) -> str:
    return PIECES.get(name, name.replace("_", " "))


def about_field(field: str | None, sentence: str) -> str:
    """`Adresse électronique : Ce champ est obligatoire.` A field we do not know is never repeated."""
    if field is None:
        return sentence
    name, _, index = field.rpartition(".")
    if not (is_digits(index) and len(index) < 3):
        name, index = field, ""
    known = FIELDS.get(name)
    label = known or _unknown_in(FIELDS.get(name.rpartition(".")[0], ""))
    place = f", valeur n° {int(index) + 1}" if known and index else ""
    return f"{label[0].upper()}{label[1:]}{place} : {sentence}"


def _unknown_in(group: str) -> str:
    return f"{group}, champ inconnu" if group else "champ inconnu"


def need(code: str) -> str:
    """A need we have no words for is shown as it was declared."""
    return NEEDS.get(code, code.replace("-", " "))


def step(name: str, its_need: str) -> str:
    """What a step is for; one that was opened again under a number says the same."""
    if its_need:
        return f"appui sur {need(its_need)}"
    return next((words for begin, words in STEPS.items() if name.startswith(begin)), name)


def payment_fault(code: str) -> str:
    known = PAYMENT_FAULTS.get(code)
    return f"{known} (code {code})" if known else f"motif bancaire {code}"


def remedies(codes: list[str]) -> list[str]:
    """What the holder can do about closed gates, each advice once."""
    found = [next((advice for word, advice in REMEDIES if word in code), "") for code in codes]
    return list(dict.fromkeys(advice for advice in found if advice))
