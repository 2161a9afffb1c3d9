"""What a laureate answers: to a proposed peer, an invitation, on steps of their own, on the community."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.portal.forms.acts import LAUREATES, Act, Reading, read_act
from deploy.portal.forms.fields import Field, Typed
from deploy.portal.words import NEEDS, need
from shared.contract.frontdesk import (
    CommunityDeclared,
    InvitationAnswered,
    PeerAnswered,
    StepReported,
)
from shared.contract.values import NOTE_LENGTH_MAX


def _yes_or_no(name: str, label: str, no: str = "Non") -> Field:
    options = (("oui", "Oui"), ("non", no))
    return Field(name, label, "yes-no", missing="Dites oui ou non.", options=options)


PEER = Act(
    "pair",
    "Répondre à la proposition d'un pair",
    "Si vous dites oui tous les deux, chacun reçoit par e-mail le nom et l'adresse de l'autre. Si l'un de "
    "vous dit non, il n'a pas à dire pourquoi, et nous cherchons quelqu'un d'autre. Vous pourrez aussi "
    "arrêter plus tard.",
    "Envoyer la réponse",
    LAUREATES,
    (_yes_or_no("accepts", "Voulez-vous ce pair ?"),),
    PeerAnswered,
    template="answer_peer.html",
)  # fmt: skip
INVITATION = Act(
    "rencontre",
    "Répondre à une invitation",
    "L'équipe compte les places avec votre réponse. Vous pouvez la changer jusqu'au jour de la rencontre : "
    "la dernière compte.",
    "Envoyer la réponse",
    LAUREATES,
    (
        _yes_or_no("comes", "Viendrez-vous ?"),
        Field("people", "Si oui, combien de personnes ?", "number",
              missing="Dites combien de personnes viendront.", wrong="Écrivez un nombre de 1 à 50.",
              hint="Vous compris, 50 au plus.", length_max=9),
    ),
    InvitationAnswered,
    template="answer_invitation.html",
)  # fmt: skip
STEP = Act(
    "etape",
    "Dire où en est cette étape",
    "L'équipe du programme lit ce que vous écrivez, et la structure qui vous accompagne aussi si le plan lui "
    "est confié. Si c'est fait, l'étape est close ; l'équipe peut la reprendre avec vous.",
    "Envoyer",
    LAUREATES,
    (
        _yes_or_no("done", "Est-ce fait ?", no="Non, pas encore"),
        Field("said", "Ce qui a été fait, ou où vous en êtes", "text", missing="Dites-le en une phrase.",
              length_max=NOTE_LENGTH_MAX),
    ),
    StepReported,
    template="answer_step.html",
)  # fmt: skip
COMMUNITY = Act(
    "communaute",
    "Dire votre place dans la communauté",
    "Ce que vous envoyez remplace ce que vous aviez dit avant. Si vous ne voulez plus de pair, ceux que vous "
    "avez sont prévenus, et d'autres leur sont proposés.",
    "Envoyer",
    LAUREATES,
    (
        Field("offers", "Ce que vous pouvez apporter à d'autres lauréats", "choices"),
        Field("peers", "Vous pouvez me proposer à d'autres lauréats comme pair, et m'en proposer.", "check",
              hint="Chacun lit de l'autre le nom du lieu, son porteur, sa commune et ce qui vous rapproche ; "
              "le nom et l'adresse de la personne, seulement si vous dites oui tous les deux."),
        Field("listed", "J'accepte d'être dans l'annuaire des lauréats : tout le monde peut y lire le nom du "
              "lieu, son porteur, sa commune, ce qu'il propose et ce qu'il cherche.", "check",
              hint="Aucune adresse ni aucun nom de personne n'y est. Décochez pour en sortir."),
    ),
    CommunityDeclared,
)  # fmt: skip


def community_fields(offered: Sequence[str]) -> tuple[Field, ...]:
    """An offer that was declared elsewhere, and is no choice here, stays as long as its box is ticked."""
    offers, *consents = COMMUNITY.fields
    known = [name for name, _ in NEEDS]
    more = tuple((name, need(name)) for name in offered if name not in known)
    return (replace(offers, options=(*NEEDS, *more)), *consents)


def read_invitation(typed: Typed, candidature_id: str, gathering: str, revision: int) -> Reading:
    """Who comes says how many; of who does not, the number counts for nothing."""
    comes, people = INVITATION.fields
    fields = (comes, people) if comes.typed_in(typed) == "oui" else (comes,)
    return read_act(
        INVITATION, fields, typed, candidature_id, gathering=gathering, revision=revision
    )
