"""Is the commune code the one of the place?

A postal code is often typed for it, and is another commune's code.
"""

import re
from collections.abc import Sequence

from shared.contract.values import Reason
from shared.reference.communes import Commune, Communes

FIELD = "place.commune_code"
FIVE_DIGITS = re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")
SHOWN_MAX = 5


def postal_code_in(address: str, communes: Communes) -> str | None:
    """The last one that some commune has, else the last five digits, maybe a CEDEX; None without any."""
    found = FIVE_DIGITS.findall(address)
    known = [code for code in found if communes.is_postal_code(code)]
    return next(reversed(known or found), None)


def code_mistake(communes: Communes, code: str, postal_code: str | None = None) -> Reason | None:
    """Why this code cannot be the place's commune, with the likely one; None where nothing says so."""
    commune = communes.get(code)
    if commune is None:
        return _unknown(communes, code)
    if commune.code[:2] != code[:2]:
        return _of_another_department(communes, code, commune)
    if postal_code is None or _may_have(commune, postal_code, communes):
        return None
    return Reason(
        code="commune-contradicted",
        field=FIELD,
        message=f"Le code commune {code} est celui de {commune.name}, qui n'a pas le code postal "
        f"{postal_code} de l'adresse. {_advice(communes, postal_code)}",
    )


def _may_have(commune: Commune, postal_code: str, communes: Communes) -> bool:
    """A CEDEX is in no list: its first two digits alone can tell that it is elsewhere."""
    if postal_code in commune.postal_codes or not commune.postal_codes:
        return True
    return not communes.is_postal_code(postal_code) and postal_code[:2] in {
        p[:2] for p in commune.postal_codes
    }


def _unknown(communes: Communes, code: str) -> Reason:
    hint = f" {_advice(communes, code)}" if communes.is_postal_code(code) else ""
    return Reason(
        code="commune-unknown",
        field=FIELD,
        message=f"Aucune commune n'a le code {code}.{hint}",
    )


def _of_another_department(communes: Communes, code: str, commune: Commune) -> Reason:
    """Those of the old departments (Seine, Seine-et-Oise, Corse) read as postal codes today."""
    hint = f" {_advice(communes, code)}" if communes.is_postal_code(code) else ""
    message = (
        f"Le code commune {code} n'existe plus : {commune.name} a le code {commune.code}.{hint}"
    )
    return Reason(code="commune-code-old", field=FIELD, message=message)


def _advice(communes: Communes, postal_code: str) -> str:
    found = sorted(
        communes.at_postal_code(postal_code),
        key=lambda commune: -(commune.population or 0),
    )
    if not found:
        return "Vérifiez les deux : un code commune (INSEE) n'est pas un code postal."
    return (
        f"{postal_code} est le code postal de {listed(found)} : écrivez le code commune (INSEE), pas le "
        "code postal."
    )


def listed(communes: Sequence[Commune]) -> str:
    """`Lyon (code commune 69123)`, the largest first."""
    shown = [f"{commune.name} (code commune {commune.code})" for commune in communes[:SHOWN_MAX]]
    return ", ".join(shown) + (" et d'autres" if len(communes) > SHOWN_MAX else "")
