"""How a dossier stands, in words: what each status means and what comes next."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "waiting", "bad", "neutral"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dossier stands: a title, what it means, and what comes next."""

    title: str
    tone: Tone
    meaning: str
    follows: str = ""


STANDINGS = {
    "sent": Standing(
        "Envoyé",
        "waiting",
        "Votre dossier est arrivé et sera lu dans l'ordre d'arrivée.",
        "Rechargez cette page dans un instant : le récépissé y paraîtra. Ne renvoyez pas le dossier.",
    ),
    "incomplete": Standing(
        "Incomplet",
        "bad",
        "Votre dossier est gardé, mais il n'est pas encore enregistré : il y manque des pièces.",
        "Complétez-le avant la clôture de la vague. Passé ce moment, un dossier incomplet est refusé.",
    ),
    "registered": Standing(
        "Enregistré",
        "good",
        "Votre candidature est enregistrée sous le numéro de son récépissé.",
        "Le territoire du lieu est vérifié, puis des évaluateurs lisent le dossier après la clôture.",
    ),
    "refused": Standing(
        "Refusé au guichet",
        "bad",
        "Le guichet n'a pas pu prendre ce dossier. Les raisons sont données ci-dessous, toutes à la fois.",
        "Corrigez ce qui est dit, puis déposez de nouveau pendant qu'une vague est ouverte.",
    ),
    "withdrawn": Standing(
        "Retiré", "neutral", "Cette candidature a été retirée à la demande de son porteur."
    ),
    "erased": Standing(
        "Effacé", "neutral", "Les données personnelles de cette candidature ont été effacées."
    ),
    "eligible": Standing(
        "Éligible",
        "good",
        "Le lieu est dans l'une des zones du programme.",
        "Après la clôture de la vague, des évaluateurs lisent le dossier, puis la vague est classée.",
    ),
    "ineligible": Standing(
        "Non éligible",
        "bad",
        "Le lieu n'est dans aucune des zones du programme.",
        "Si la vague est ouverte, un dossier corrigé est vérifié de nouveau. Vous pouvez former un recours.",
    ),
    "in-instruction": Standing(
        "En instruction",
        "waiting",
        "Les données ne suffisent pas à dire dans quelle zone est le lieu : un agent regarde.",
        "Vous n'avez rien à faire, sauf si une des raisons ci-dessous peut être corrigée avant la clôture.",
    ),
    "reviewed": Standing(
        "Évalué",
        "waiting",
        "Les évaluateurs ont rendu leurs avis.",
        "La vague est classée une fois tous ses dossiers évalués, puis deux agents approuvent la liste.",
    ),
    "laureate": Standing(
        "Lauréat",
        "good",
        "Votre projet est retenu. Le montant de la subvention est dans la décision d'attribution.",
        "Signez la convention, puis donnez vos coordonnées bancaires : le premier versement en dépend.",
    ),
    "waitlisted": Standing(
        "Sur la liste d'attente",
        "waiting",
        "Votre projet a été bien noté, mais les places ou les crédits de la vague sont pris.",
        "Si une place se libère, elle est proposée au premier de la liste.",
    ),
    "declined": Standing(
        "Non retenu",
        "bad",
        "Votre projet n'a pas été retenu dans cette vague.",
        "Vous pouvez former un recours, ou déposer de nouveau dans une vague suivante.",
    ),
    "cancelled": Standing("Subvention terminée", "neutral", "La subvention a pris fin."),
    "agreed": Standing(
        "Convention signée",
        "good",
        "L'échéancier des versements est fixé.",
        "Donnez vos coordonnées bancaires. Un agent vous rappelle pour les vérifier.",
    ),
    "appeal-upheld": Standing("Recours accepté", "good", "Votre recours a été examiné et accepté."),
    "appeal-rejected": Standing(
        "Recours rejeté", "bad", "Votre recours a été examiné : la décision reste ce qu'elle était."
    ),
    "tranche-ordered": Standing(
        "Versement en préparation",
        "good",
        "Un versement est ordonné.",
        "La banque l'exécute d'ordinaire sous quelques jours.",
    ),
    "tranche-withheld": Standing(
        "Versement en attente",
        "waiting",
        "Un versement est dû, mais il manque quelque chose pour le faire.",
        "Les raisons sont ci-dessous. Dès que ce qui manque arrive, la décision est reprise d'elle-même.",
    ),
    "tranche-settled": Standing(
        "Versement fait",
        "good",
        "La banque a exécuté le versement.",
        "Le suivant demande le bilan de l'année écoulée.",
    ),
    "tranche-rejected": Standing(
        "Versement refusé par la banque",
        "bad",
        "La banque n'a pas pu exécuter le versement.",
        "Vérifiez vos coordonnées bancaires et envoyez-les de nouveau si elles ont changé.",
    ),
    "tranche-returned": Standing(
        "Versement revenu",
        "bad",
        "Le versement est revenu : le compte ne l'a pas pris.",
        "Envoyez d'autres coordonnées bancaires.",
    ),
    "contested": Standing(
        "En attente d'un agent",
        "waiting",
        "Un autre guichet a déposé ce même projet avant : un agent dit lequel des deux dossiers compte.",
        "Vous n'avez rien à faire : la réponse paraîtra ici.",
    ),
    "moved": Standing(
        "Suivi ailleurs", "neutral", "Ce dossier est désormais suivi par un autre guichet."
    ),
}
DECIDED = ("ineligible", "laureate", "declined", "cancelled", "agreed", "tranche-")
UNKNOWN = Standing("Suivi", "neutral", "Le dossier est connu du programme.")


def standing(status: str) -> Standing:
    return STANDINGS.get(status, UNKNOWN)
