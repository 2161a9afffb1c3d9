"""The grants as a 360Giving package: JSON, the same bytes for the same grants.

Source: the schemas of the 360Giving Data Standard, 1.1. What does not fit is told in docs/open-data.md.
"""

import json
from collections.abc import Iterable
from typing import Any

from services.funding.domain.open_data import Subvention
from shared.programme import Programme

CURRENCY = "EUR"
SIRET = "0009"  # its code in ISO 6523, where identifiers of organisations are numbered
CENTS = 100


def write_awards(programme: Programme, rows: Iterable[Subvention], prefix: str) -> bytes:
    """`prefix` is the publisher's, as 360Giving gave it. In order of award, then reference."""
    ordered = sorted(rows, key=lambda row: (row.awarded_on, row.decision_reference))
    package = {
        "title": f"{programme.name} : subventions attribuées",
        "publisher": {"name": programme.authority.service},
        "grants": [_grant(programme, row, prefix) for row in ordered],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _grant(programme: Programme, row: Subvention, prefix: str) -> dict[str, Any]:
    return {
        "id": f"{prefix}-{row.decision_reference}",
        "title": f"{programme.name} : {row.beneficiary_name}"[:140],
        "description": row.purpose,
        "currency": CURRENCY,
        "amountAwarded": _euros(row.amount_cents),
        "awardDate": row.awarded_on.isoformat(),
        "recipientOrganization": [
            _organisation(row.beneficiary_siret, row.beneficiary_name, prefix)
        ],
        "fundingOrganization": [_organisation(row.attributing_siret, row.attributing_name, prefix)],
        "grantProgramme": [{"code": programme.id, "title": programme.name}],
        "fromOpenCall": "Yes",
    }


def _organisation(siret: str, name: str, prefix: str) -> dict[str, str]:
    """Without a SIRET it has the publisher's own identifier, as the standard wants it."""
    own = f"{prefix}-org-{'-'.join(name.casefold().split())}"
    return {"id": f"{SIRET}:{siret}" if siret else own, "name": name}


def _euros(cents: int) -> int | float:
    whole, rest = divmod(cents, CENTS)
    return cents / CENTS if rest else whole
