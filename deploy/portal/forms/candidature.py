"""The form of a candidature: its steps and fields, as the programme asks for them."""

from dataclasses import dataclass

from deploy.portal.communes import Places
from deploy.portal.forms.attached import FILES
from deploy.portal.forms.fields import TEXT_MAX, Field, Mistake, Typed
from deploy.portal.forms.reading import Body, at_their_fields, body_of, own_words, read, values_of
from deploy.portal.words import KINDS, LEGAL_FORMS, NEEDS, PIECES
from shared.contract.frontdesk import CandidatureSubmitted
from shared.programme import Programme

COMMUNE = "place.commune_code"


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form; `path` is its word in the address."""

    path: str
    title: str
    lead: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Candidature:
    """What a form became: the event, or why not. `body` is what there is, for the counter to look at."""

    event: CandidatureSubmitted | None
    body: Body
    mistakes: tuple[Mistake, ...]


def steps_of(programme: Programme) -> tuple[Step, ...]:
    return (
        Step(
            "porteur",
            "Le porteur",
            "La structure qui dépose et qui recevrait la subvention.",
            _holder(programme),
        ),
        Step(
            "lieu",
            "Le lieu",
            "Où le projet se tient : c'est ce qui décide des zones.",
            _place(programme),
        ),
        Step("projet", "Le projet", "Les textes que liront les évaluateurs.", _project(programme)),
        Step("budget", "Le budget", "Ce que vous demandez, année par année.", _budget(programme)),
    )


def fields_of(programme: Programme) -> tuple[Field, ...]:
    return tuple(field for step in steps_of(programme) for field in step.fields)


def read_candidature(
    programme: Programme, places: Places, typed: Typed, candidature_id: str
) -> Candidature:
    """Every mistake at once, in the order of the pages."""
    fields = fields_of(programme)
    values, mistakes = values_of(fields, typed)
    values[COMMUNE], doubt = commune_of(places, typed.get(COMMUNE, ""))
    if doubt and not any(mistake.field == COMMUNE for mistake in mistakes):
        mistakes.append(doubt)
    body = {"candidature_id": candidature_id, FILES: typed.get(FILES, [])} | body_of(values)
    event, refused = read(CandidatureSubmitted, body)
    found = at_their_fields([*mistakes, *own_words(refused, fields)], fields)
    return Candidature(None if found else event, body, tuple(found))


def commune_of(places: Places, typed: str) -> tuple[str | None, Mistake | None]:
    """The INSEE code that somebody means, or what would make it clear."""
    if not typed.strip():
        return None, None
    meant = places.meant(typed)
    if len(meant) == 1:
        return meant[0].code, None
    if not meant:
        return None, Mistake(COMMUNE, "Aucune commune ne porte ce nom ou ce code : vérifiez-le.")
    names = ", ".join(f"{commune.name} ({commune.code})" for commune in meant[:6])
    return None, Mistake(
        COMMUNE, f"Plusieurs communes sont possibles, écrivez l'une d'elles : {names}."
    )


def _holder(programme: Programme) -> tuple[Field, ...]:
    allowed = tuple((form.value, LEGAL_FORMS[form.value]) for form in programme.intake.legal_forms)
    return (
        Field("holder.legal_name", "Nom de la structure", missing="Indiquez le nom de la structure.",
              autocomplete="organization"),
        Field("holder.siret", "Numéro SIRET", missing="Indiquez le numéro SIRET.",
              hint="14 chiffres, avec ou sans espaces. Il se trouve sur annuaire-entreprises.data.gouv.fr.",
              length_max=20),
        Field("holder.legal_form", "Forme juridique", "choice", missing="Choisissez la forme juridique.",
              options=allowed, wrong="Choisissez une forme de la liste."),
        Field("holder.representative", "Nom de la personne qui représente la structure",
              missing="Indiquez qui représente la structure.", autocomplete="name"),
        Field("holder.email", "Adresse électronique", "email", missing="Indiquez une adresse électronique.",
              hint="Toutes les nouvelles du dossier y sont envoyées, et elle rouvre votre dossier.",
              autocomplete="email"),
        Field("holder.phone", "Téléphone", "tel", length_max=30, autocomplete="tel",
              wrong="Écrivez le numéro avec des chiffres et des espaces, comme 01 02 03 04 05."),
    )  # fmt: skip


PLACE = (
    Field("place.name", "Nom du lieu", missing="Indiquez le nom du lieu."),
    Field("place.kinds", "Ce qu'est le lieu", "choices", missing="Cochez au moins une case.", options=KINDS),
    Field("place.existing", "Le lieu existe-t-il déjà ?", "yes-no", missing="Dites si le lieu existe déjà.",
          options=(("oui", "Oui"), ("non", "Non, il est à créer"))),
    Field("place.address", "Adresse, avec le code postal", missing="Indiquez l'adresse du lieu.",
          hint="Par exemple : 1 place du Marché, 03200 Vichy.", autocomplete="street-address"),
    Field(COMMUNE, "Commune", "commune", missing="Indiquez la commune.",
          hint="Son nom, son code INSEE ou son code postal.", length_max=100),
    Field("place.latitude", "Latitude", "degrees", missing="Indiquez la latitude du lieu.", length_max=20,
          hint="En degrés, comme 46,1268. Un clic droit sur une carte en ligne la donne, avec la longitude.",
          wrong="Écrivez une latitude en degrés, entre -90 et 90, comme 46,1268."),
    Field("place.longitude", "Longitude", "degrees", missing="Indiquez la longitude du lieu.", length_max=20,
          hint="En degrés, comme 3,4258 ; elle est négative à l'ouest de Londres.",
          wrong="Écrivez une longitude en degrés, entre -180 et 180, comme 3,4258."),
    Field("place.declared_qpv", "Code du quartier prioritaire (QPV)", length_max=8,
          hint="Si vous attestez que le lieu relève d'un quartier prioritaire : un agent le vérifiera. "
          "Deux lettres et six caractères, comme QP003001.",
          wrong="Ce code a la forme QP003001 : deux lettres et six caractères."),
)  # fmt: skip


def _place(programme: Programme) -> tuple[Field, ...]:
    """With the zones that only a holder can tell, where the call has any."""
    told = tuple(
        (zone.id, f"Le lieu est {zone.where}")
        for zone in programme.zones
        if zone.rule == "declared"
    )
    if not told:
        return PLACE
    hint = "Joignez au dossier ce qui le montre : un agent le vérifiera."
    return (
        *PLACE,
        Field("place.declared_zones", "Zones déclarées", "choices", hint=hint, options=told),
    )


def _project(programme: Programme) -> tuple[Field, ...]:
    required = programme.intake.required_pieces
    texts = [
        Field(f"project.{name}", title, "text", hint=hint if name in required else f"{hint} Facultatif.",
              length_max=TEXT_MAX)
        for name, (title, hint) in PIECES.items()
    ]  # fmt: skip
    needs = Field("project.support_needs", "Vos besoins d'accompagnement", "choices", options=NEEDS)
    offers = Field(
        "project.support_offers",
        "Ce que vous pouvez apporter à d'autres lauréats",
        "choices",
        options=NEEDS,
        hint="Facultatif. Entre lauréats, on s'aide : nous vous demanderons votre accord à chaque fois.",
    )
    return (*texts, needs, offers)


def _budget(programme: Programme) -> tuple[Field, ...]:
    return tuple(
        Field(
            f"budget.requested_cents.{year}",
            f"Année {year + 1}",
            "euros",
            missing=f"Indiquez le montant de l'année {year + 1} ; zéro s'il n'y en a pas.",
            length_max=20,
        )
        for year in range(programme.award.years)
    )
