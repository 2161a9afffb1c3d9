"""Who holds a project, and who holds a label: one dossier for each SIRET, commune and wave."""

from collections.abc import Iterable
from hashlib import blake2b

from services.intake.domain.dossier import Dossier
from shared.contract.identity import bare_name
from shared.value import value

LABELS = ("label", "name")  # how the key of a label ends


@value
class ProjectClaim:
    """Which dossier holds a project (SIRET, commune, wave) or a label (SIRET, commune). Empty: nobody now."""

    key: str
    candidature_id: str
    receipt_number: str


def project_key(siret: str, commune_code: str, wave: str) -> str:
    return f"{siret}|{commune_code}|{wave}"


def label_key(siret: str, commune_code: str) -> str:
    return f"{siret}|{commune_code}|label"


def name_key(name: str, commune_code: str) -> str:
    """The label of a place whose SIRET nobody knows."""
    return f"{blake2b(bare_name(name).encode(), digest_size=16).hexdigest()}|{commune_code}|name"


def label_keys(siret: str, names: Iterable[str], commune_code: str) -> list[str]:
    """Every label that would stand against a file."""
    return [label_key(siret, commune_code), *(name_key(name, commune_code) for name in names)]


def label_key_of(dossier: Dossier) -> str:
    siret, commune_code, _wave = dossier.project_key.split("|")
    return label_key(siret, commune_code)


def claim_of(dossier: Dossier) -> ProjectClaim:
    return ProjectClaim(dossier.project_key, dossier.candidature_id, dossier.receipt_number)


def label_of(dossier: Dossier) -> ProjectClaim:
    return ProjectClaim(label_key_of(dossier), dossier.candidature_id, dossier.receipt_number)


def freed(key: str) -> ProjectClaim:
    return ProjectClaim(key, candidature_id="", receipt_number="")


def is_held_by_another(claim: ProjectClaim | None, candidature_id: str) -> bool:
    return claim is not None and claim.candidature_id not in ("", candidature_id)
