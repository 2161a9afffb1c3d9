"""The communes as all sources together know them: the shipped table, an imported COG."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from services.eligibility.datasets.parsed import CommuneRow
from services.eligibility.domain.territory.dataset import DatasetRef
from services.eligibility.domain.territory.facts import CommuneFacts
from services.eligibility.domain.territory.territories import department_of_code
from shared.contract.values import Reason
from shared.reference import Communes, load_communes
from shared.reference.commune_codes import code_mistake
from shared.reference.communes import TABLE, Commune

KNOWN_MAX = 10_000  # communes kept at hand: one programme asks for far fewer


class Catalogue:
    """Immutable. `commune` gives the one in force for a code, old and arrondissement codes included."""

    def __init__(self, cog: Sequence[CommuneRow]) -> None:
        self._communes = load_communes()
        self._cog = {row.code: row for row in cog}
        self._members: dict[str, list[str]] = {}
        for code, current in self._communes.former_codes.items():
            self._members.setdefault(current, []).append(code)
        self.source = _source(self._communes)
        self.commune = lru_cache(KNOWN_MAX)(self._commune)

    def codes_to_look_up(self, given: str, commune: CommuneFacts) -> list[tuple[str, ...]]:
        """Under which codes a file may hold the commune, best first; the members of a merger together."""
        members = self._members.get(commune.code, ())
        return [(given,), (commune.code,), tuple(members)]

    def codes_of(self, given: str | None, commune: CommuneFacts) -> list[str]:
        """All codes under which a file may draw the commune."""
        return [
            code
            for codes in self.codes_to_look_up(given or commune.code, commune)
            for code in codes
        ]

    def at_postal_code(self, postal_code: str) -> list[CommuneFacts]:
        found = [
            self.commune(commune.code) for commune in self._communes.at_postal_code(postal_code)
        ]
        return [commune for commune in found if commune]

    def code_mistake(self, code: str, postal_code: str | None) -> Reason | None:
        """A commune that only an imported file knows has no postal code here: nothing can contradict it."""
        if self._communes.get(code) is None and self.commune(code) is not None:
            return None
        return code_mistake(self._communes, code, postal_code)

    def _commune(self, code: str) -> CommuneFacts | None:
        row = self._cog.get(code)
        shipped = self._communes.get(code)
        if shipped is None and row and row.codes:
            shipped = self._communes.get(row.codes)
        if shipped:
            return _known(shipped)
        if row is None:
            return None
        current = self._cog.get(row.codes) if row.codes else row
        if current is None:
            return None
        return _newer(current)


def _known(commune: Commune) -> CommuneFacts:
    return CommuneFacts(
        code=commune.code,
        name=commune.name,
        department=commune.department,
        epci_nature=commune.epci_nature,
        epci_name=commune.epci_name,
        postal_codes=commune.postal_codes,
    )


def _newer(row: CommuneRow) -> CommuneFacts:
    """A commune that the shipped table does not know yet: its grouping is not known either."""
    return CommuneFacts(
        code=row.code,
        name=row.name,
        department=department_of_code(row.code),
        epci_nature=None,
        epci_name=None,
        epci_known=False,
    )


def _source(communes: Communes) -> DatasetRef:
    package, version = communes.version.rsplit(" ", 1)
    return DatasetRef(
        id=f"communes-{version}",
        kind="communes",
        version=version,
        source=package,
        licence="Licence Ouverte 2.0",
        sha256=hashlib.sha256(TABLE.read_bytes()).hexdigest(),
    )
