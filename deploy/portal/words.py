"""The words of the pages: the choices of the forms, the states of what people work on, the history."""

from deploy.portal.standings import Tone

LEGAL_FORMS = {
    "company": "Société",
    "association": "Association",
    "foundation": "Fondation",
    "gip-gie": "GIP ou GIE",
    "local-authority": "Collectivité territoriale",
    "syndicat-mixte": "Syndicat mixte",
    "consortium": "Consortium",
}
KINDS = (
    ("coworking", "Espace de travail partagé"),
    ("tiers-lieu", "Tiers-lieu"),
    ("fablab", "Atelier de fabrication (fablab)"),
    ("living-lab", "Laboratoire vivant (living lab)"),
    ("friche-artistique", "Friche artistique"),
    ("other", "Autre"),
)
ATTACHMENT_KINDS = (
    ("budget", "Budget détaillé"),
    ("statutes", "Statuts"),
    ("support-letter", "Lettre de soutien"),
    ("other", "Autre pièce"),
)
PIECES = {
    "summary": (
        "Résumé du projet",
        "Ce que fait le lieu, pour qui, et ce que la subvention changerait.",
    ),
    "territory_and_tiers_lieux": (
        "Apport au territoire et aux autres tiers-lieux",
        "Ce que le lieu apporte autour de lui, et aux tiers-lieux voisins.",
    ),
    "anchoring": (
        "Ancrage territorial et porteur du projet",
        "Depuis quand, avec qui, avec quels partenaires.",
    ),
    "governance": ("Gouvernance", "Qui décide, et comment les usagers y prennent part."),
    "business_model": (
        "Modèle économique",
        "Les recettes, les charges, et quand l'équilibre est atteint.",
    ),
    "learning": ("Apprentissage par le faire", "Ce que l'on y apprend, et avec qui."),
    "business_digital_transition": (
        "Transition numérique des entreprises",
        "Ce que le lieu fait pour les entreprises et les artisans.",
    ),
    "digital_mediation": (
        "Médiation numérique",
        "Ce que le lieu fait pour les personnes loin du numérique.",
    ),
}
NEEDS = (
    ("business-model", "Le modèle économique"),
    ("governance", "La gouvernance"),
    ("learning", "La formation et l'apprentissage"),
    ("digital-mediation", "La médiation numérique"),
    ("digital-transition", "La transition numérique"),
    ("anchoring", "L'ancrage territorial"),
)
# What files of other front-ends may ask for or offer besides.
OTHER_NEEDS = {
    "training": "La formation et l'apprentissage",
    "business-digital-transition": "La transition numérique des entreprises",
    "community": "L'animation de la communauté",
    "communication": "La communication",
    "funding": "La recherche de financements",
    "legal": "Les questions juridiques",
    "premises": "Les locaux",
    "real-estate": "Les locaux",
    "equipment": "L'équipement",
    "partnerships": "Les partenariats",
    "recruitment": "Le recrutement",
}
NEED_NAMES = dict(NEEDS) | OTHER_NEEDS
ROLES = {
    "administrator": "administrateur",
    "operator": "opérateur",
    "reviewer": "évaluateur",
    "instructor": "instructeur",
    "director": "directeur",
    "authorising-officer": "ordonnateur",
    "accountant": "comptable",
    "association": "association d'accompagnement",
}
WAVE_STATES: dict[str, tuple[str, Tone]] = {
    "ouverte": ("ouverte", "good"),
    "close": ("close, pas encore classée", "waiting"),
    "à venir": ("à venir", "neutral"),
    "open": ("pas encore close", "neutral"),
    "closed": ("close, pas encore classée", "waiting"),
    "ranked": ("à approuver", "waiting"),
    "published": ("publiée", "good"),
}
RUN_STATES: dict[str, tuple[str, Tone]] = {
    "opened": ("à approuver", "waiting"),
    "approved": ("approuvé, à envoyer à la banque", "waiting"),
    "exported": ("envoyé à la banque", "good"),
}
REPORT_STATES: dict[str, tuple[str, Tone]] = {
    "missing": ("attendu", "neutral"),
    "submitted": ("à lire", "waiting"),
    "returned": ("renvoyé au porteur", "neutral"),
    "accepted": ("accepté", "good"),
}
APPEAL_STATES = {"filed": "attend une réponse", "upheld": "accepté", "rejected": "rejeté"}
KEPT_KINDS = {
    "examined": "examiné",
    "refused": "non retenu, retiré ou refusé",
    "accepted": "subvention et ses comptes",
}
ORDER_STATES = {"exported": "Envoyés", "accepted": "Acceptés", "unknown": "En doute"}
ORDER_WORDS = {
    "ordered": "à approuver",
    "approved": "approuvé",
    "exported": "envoyé",
    "accepted": "accepté par la banque",
    "unknown": "en doute",
    "settled": "payé",
    "rejected": "rejeté par la banque",
    "returned": "revenu",
}
BANK_PROBLEMS = {
    "unreadable-line": "La ligne ne se lit pas",
    "unknown-order": "Elle ne nomme aucun de nos ordres",
    "unknown-file": "Elle ne nomme aucun de nos fichiers",
    "unknown-status": "La banque ne dit pas si c'est payé",
    "never-exported": "Cet ordre n'a jamais été envoyé",
    "contradicts-answer": "Elle contredit ce que la banque avait dit",
    "repeated-line": "Elle est deux fois dans ce message",
    "other-amount": "Le montant n'est pas celui de l'ordre",
    "other-sum": "La somme n'est pas celle du fichier",
    "return-before-payment": "Elle rend ce qui n'est pas payé",
    "return-after-recovery": "Elle rend ce qui avait été reversé",
}
BANK_STATUSES = {
    "settled": "Payés",
    "accepted": "Acceptés par la banque",
    "rejected": "Rejetés",
    "returned": "Revenus",
    "unknown": "En doute",
    "unreadable": "À examiner",
}
TURNS = {
    "promoted": "Appelé depuis la liste d'attente",
    "reserve-ended": "La liste d'attente a pris fin",
    "reserve-reopened": "La liste d'attente est rouverte",
    "cancelled": "La subvention a pris fin",
    "reexamined": "Réexaminé après recours",
}
SERVICES = {
    "intake": "Le guichet",
    "eligibility": "Les évaluations",
    "funding": "La sélection et les paiements",
    "notify": "L'accompagnement",
}
RECOVERY_STATES = {"intended": "envisagé", "ordered": "décidé", "closed": "clos"}
READ = {
    "intake": "Textes, budget et fichiers",
    "eligibility": "Évaluations",
    "funding": "Bilans et recours",
}
KIND_NAMES = dict(KINDS)
REGIONS = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d'Azur",
    "94": "Corse",
}
# What the script that reads a dossier names its fields and choices by.
FILE_WORDS = {
    "parts": {
        "holder": "Porteur",
        "place": "Lieu",
        "project": "Projet",
        "budget": "Subvention demandée",
        "attachments": "Fichiers joints",
    },
    "names": {
        "holder.legal_name": "Nom",
        "holder.siret": "SIRET",
        "holder.legal_form": "Forme juridique",
        "holder.representative": "Représentant",
        "holder.email": "Adresse électronique",
        "holder.phone": "Téléphone",
        "place.name": "Nom du lieu",
        "place.kinds": "Sortes",
        "place.existing": "Existe déjà",
        "place.address": "Adresse",
        "place.commune_code": "Commune (code INSEE)",
        "place.latitude": "Latitude",
        "place.longitude": "Longitude",
        "place.declared_qpv": "Quartier prioritaire déclaré",
        "place.declared_zones": "Zones déclarées",
        **{f"project.{name}": title for name, (title, _) in PIECES.items()},
        "project.support_needs": "Besoins d'accompagnement",
        "project.support_offers": "Aide proposée aux autres lauréats",
    },
    "values": LEGAL_FORMS | dict(KINDS) | NEED_NAMES,
    "attachments": dict(ATTACHMENT_KINDS),
}
# What a holder may have on paper, once it is decided.
DOCUMENTS = {
    "agreement": "Convention d'attribution",
    "award": "Décision d'attribution",
    "refusal": "Décision de rejet",
    "label": "Attestation de label",
    "recovery": "Ordre de reversement",
}
TRANCHES = {
    "scheduled": "prévue",
    "ordered": "en préparation",
    "withheld": "en attente",
    "settled": "versée",
    "rejected": "refusée par la banque",
    "returned": "revenue",
    "offset": "compensée",
    "cancelled": "annulée",
}
STEP_OWNERS = {
    "team": "l'équipe du programme",
    "association": "la structure qui accompagne les lauréats",
    "mentor": "une Fabrique mentor",
    "holder": "vous",
}
STEP_STATES = {
    "proposed": "proposée",
    "agreed": "convenue",
    "under-way": "en cours",
    "done": "faite",
    "dropped": "abandonnée",
}
PEER_ANSWERS = {
    "asked": "Votre réponse est attendue.",
    "accepted": "Vous avez dit oui. La réponse de l'autre lauréat est attendue.",
    "agreed": "Vous avez dit oui tous les deux. Un e-mail vous donne le nom et l'adresse de votre pair.",
    "declined": "Vous y avez mis fin.",
    "ended": "Ce lauréat ne peut pas donner suite.",
    "lapsed": "Le délai pour répondre est passé : cette proposition est close.",
}
LICENCES = {
    "CC-BY-4.0": "CC BY 4.0 : citer l'auteur",
    "CC-BY-SA-4.0": "CC BY-SA 4.0 : citer l'auteur, partager de même",
    "CC0-1.0": "CC0 1.0 : sans condition",
    "etalab-2.0": "Licence Ouverte 2.0 de l'État (Etalab)",
    "ODbL-1.0": "ODbL 1.0 : bases de données",
    "MIT": "MIT : logiciel",
    "EUPL-1.2": "EUPL 1.2 : logiciel",
    "AGPL-3.0-or-later": "AGPL 3.0 ou ultérieure : logiciel",
}
COMMON_STATES: dict[str, tuple[str, Tone]] = {
    "proposed": ("à lire par un agent", "waiting"),
    "accepted": ("dans l'annuaire", "good"),
    "refused": ("non retenu", "bad"),
    "withdrawn": ("retiré", "neutral"),
}
HISTORY = {
    "registered": "Dossier enregistré",
    "pieces-requested": "Pièces demandées",
    "already-registered": "Ce projet était déjà enregistré",
    "contested": "Projet déposé aussi par un autre guichet",
    "refused": "Dossier refusé au guichet",
    "withdrawn": "Candidature retirée",
    "act-refused": "Une démarche n'a pas été acceptée",
    "decided": "Décision publiée",
    "act:submitted": "Vous avez envoyé le dossier",
    "act:pieces": "Vous avez envoyé des pièces",
    "act:retrait": "Vous avez demandé le retrait",
    "act:recours": "Vous avez formé un recours",
    "act:convention": "Vous avez signé la convention",
    "act:refus": "Vous avez refusé la subvention",
    "act:compte": "Vous avez donné des coordonnées bancaires, scellées",
    "act:bilan": "Vous avez envoyé un bilan",
    "act:aides": "Vous avez déclaré d'autres aides",
    "act:remboursement": "Vous avez répondu à une demande de remboursement",
    "act:pair": "Vous avez répondu à la proposition d'un pair",
    "act:rencontre": "Vous avez répondu à une invitation",
    "act:etape": "Vous avez dit où en est une étape",
    "act:message": "Vous avez écrit à un lauréat de l'annuaire",
    "act:commun": "Vous avez partagé un commun, ou l'avez changé",
    "act:communaute": "Vous avez dit votre place dans la communauté",
}
OUTCOMES = {"laureate": "lauréat", "waitlisted": "sur la liste d'attente", "declined": "non retenu"}


def need(code: str) -> str:
    """A need or an offer that we have no words for is shown as it was declared."""
    return NEED_NAMES.get(code, code.replace("-", " "))
