"""What a laureate answers: to a proposed peer, an invitation, on steps of their own, on the community."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from deploy.portal.communes import Places
from deploy.portal.forms.acts import LAUREATES, Act, Reading, read_act
from deploy.portal.forms.fields import TEXT_MAX, Field, Typed
from deploy.portal.words import LICENCES, NEEDS, need
from shared.contract.frontdesk import (
    CommonShared,
    CommunityDeclared,
    InvitationAnswered,
    MessageSent,
    PeerAnswered,
    RecoveryAnswered,
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

MESSAGE = Act(
    "message",
    "Écrire à un lauréat de l'annuaire",
    "Nous faisons suivre votre message, et ne montrons pas l'adresse du destinataire. Il lit votre nom, "
    "celui de votre lieu et votre adresse électronique : sa réponse vient directement chez vous.",
    "Envoyer le message",
    LAUREATES,
    (
        Field("addressee", "À qui ?", "choice", missing="Choisissez à qui vous écrivez."),
        Field("said", "Votre message", "text", missing="Écrivez votre message.", length_max=NOTE_LENGTH_MAX,
              hint="Trois messages par jour au plus."),
    ),
    MessageSent,
)  # fmt: skip
COMMON = Act(
    "commun",
    "Partager un commun",
    "Un agent le lit. S'il l'accepte, tout le monde peut le trouver dans l'annuaire, avec le nom de votre "
    "lieu et celui de son porteur. Ce que vous changez ensuite est lu de nouveau.",
    "Proposer ce commun",
    LAUREATES,
    (
        Field("title", "Titre", missing="Donnez-lui un titre.",
              hint="Par exemple : Guide de l'atelier bois."),
        Field("url", "Lien", missing="Donnez le lien où le trouver.", length_max=400,
              wrong="Écrivez une adresse entière et publique, comme https://exemple.fr/guide.pdf.",
              hint="Une adresse en https:// que tout le monde peut ouvrir."),
        Field("licence", "Licence", "choice", missing="Choisissez la licence.",
              options=tuple(LICENCES.items()),
              hint="Une licence ouverte, que vous avez le droit de donner à tout ce que le lien contient."),
        Field("about", "De quoi s'agit-il ?", "text", missing="Dites en une phrase ce que c'est.",
              length_max=NOTE_LENGTH_MAX, hint="À qui cela sert, et comment le reprendre."),
    ),
    CommonShared,
)  # fmt: skip
COMMON_AGAIN = replace(
    COMMON,
    title="Changer ou retirer un commun",
    button="Envoyer",
    fields=(
        *COMMON.fields,
        Field("withdrawn", "Je ne le partage plus : retirez-le de l'annuaire.", "check"),
    ),
)
COMMONS_MAX = 20
RECOVERY = Act(
    "remboursement",
    "Répondre à une demande de remboursement",
    "Un agent lit vos observations avant que quoi que ce soit ne soit décidé, et vous répond par écrit.",
    "Envoyer mes observations",
    LAUREATES,
    (
        Field("observations", "Vos observations", "text", missing="Écrivez vos observations.",
              hint="Ce qui est inexact, ce qui a été fait de la somme, ce que vous demandez. Les "
              "justificatifs s'envoient par e-mail ou par courrier, comme le dit la lettre.",
              length_max=TEXT_MAX),
    ),
    RecoveryAnswered,
    template="answer_recovery.html",
)  # fmt: skip


def message_fields(listed: Sequence[Mapping[str, Any]], places: Places) -> tuple[Field, ...]:
    """Whom one may write to: those of the directory, by the name of their place."""
    options = [(one["receipt_number"], _name_of(one, places)) for one in listed]
    options.sort(key=lambda option: option[1].casefold())
    addressee, said = MESSAGE.fields
    hint = "" if options else "Personne d'autre n'est encore dans l'annuaire."
    return replace(addressee, options=tuple(options), hint=hint), said


def _name_of(one: Mapping[str, Any], places: Places) -> str:
    return f"{one['place'] or one['holder']}, {places.label(one['commune_code'])}"


def free_name(commons: Sequence[Mapping[str, Any]]) -> str:
    """For one more, such as `common-3`; empty where there are as many as there may be."""
    taken = {one["common"] for one in commons if one["state"] != "withdrawn"}
    names = (f"common-{number}" for number in range(1, COMMONS_MAX + 1))
    return next((name for name in names if name not in taken), "")


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
