"""A reviewer's work: what they were asked to read, a dossier beside the grid, their marks, stepping aside.

Dossiers come sealed to the reader's browser and are opened there: this server shows what stands around them.
"""

from starlette.responses import Response

from deploy.portal import words
from deploy.portal.pages.keys import entered
from deploy.portal.web import Visit
from shared.contract.values import Role

# What a reviewer reads: a title, then each field of the answer with its name and the words of its values.
READ: tuple[tuple[str, tuple[tuple[str, str, dict[str, str]], ...]], ...] = (
    (
        "Le porteur",
        (
            ("holder.legal_name", "Nom", {}),
            ("holder.legal_form", "Forme", words.LEGAL_FORMS),
            ("holder.siret", "SIRET", {}),
        ),
    ),
    (
        "Le lieu",
        (
            ("place.name", "Nom", {}),
            ("place.kinds", "Activités", dict(words.KINDS)),
            ("place.address", "Adresse", {}),
            ("place.existing", "Le lieu existe", {"true": "Oui", "false": "Non, il est à créer"}),
        ),
    ),
    (
        "Le projet",
        (
            *((f"project.{name}", title, {}) for name, (title, _) in words.PIECES.items()),
            ("project.support_needs", "Accompagnement souhaité", words.NEED_NAMES),
        ),
    ),
)


async def mine(visit: Visit) -> Response:
    person = await entered(visit, Role.REVIEWER)
    return visit.page("reviews.html", person=person)


async def dossier(visit: Visit) -> Response:
    person = await entered(visit, Role.REVIEWER)
    return visit.page("reviewing.html", person=person, dossier=visit.path["id"], read=READ)
