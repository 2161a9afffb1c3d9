"""Which commune somebody means, by its name, its INSEE code or a postal code."""

import re
import unicodedata
from functools import cache, cached_property

from shared.reference.communes import Commune, Communes, load_communes

FOUND_MAX = 12
CODE = re.compile(r"(?:[0-9]{5}|2[AB][0-9]{3})", re.IGNORECASE)
WRITTEN = re.compile(r".+\(([0-9][0-9AB][0-9]{3})\)", re.IGNORECASE)


class Places:
    def __init__(self, communes: Communes) -> None:
        self.communes = communes

    def meant(self, text: str) -> list[Commune]:
        """Every commune that the text may mean, the largest first.

        `Vichy (03310)` is how a page writes it back, and is clear. A number alone may be the INSEE code of
        one commune and the postal code of others: whoever wrote it says which.
        """
        text = text.strip()
        if written := WRITTEN.fullmatch(text):
            commune = self.communes.get(written[1].upper())
            return [commune] if commune else []
        if CODE.fullmatch(text):
            return self._by_code(text.upper())
        return self._by_name(text)

    def label(self, code: str) -> str:
        """`Vichy (03310)`; the code alone where no commune has it."""
        commune = self.communes.get(code)
        return f"{commune.name} ({commune.code})" if commune else code

    def named(self, code: str) -> Commune | None:
        return self.communes.get(code)

    def _by_code(self, code: str) -> list[Commune]:
        served = _largest_first(self.communes.at_postal_code(code))
        commune = self.communes.get(code)
        if commune is None:
            return served
        return [commune, *(other for other in served if other.code != commune.code)]

    def _by_name(self, name: str) -> list[Commune]:
        wanted = plain(name)
        if not wanted:
            return []
        if exact := self._names.get(wanted):
            return _largest_first([self._known(code) for code in exact])
        if len(wanted) < 3:
            return []
        beginning = [
            code
            for known, codes in self._names.items()
            if known.startswith(wanted)
            for code in codes
        ]
        return _largest_first([self._known(code) for code in beginning])[:FOUND_MAX]

    def _known(self, code: str) -> Commune:
        commune = self.communes.get(code)
        assert commune is not None
        return commune

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """Read when it is first asked for, a quarter of a second."""
        found: dict[str, list[str]] = {}
        for commune in self.communes:
            found.setdefault(plain(commune.name), []).append(commune.code)
        return found


@cache
def load_places() -> Places:
    """One for a process: the communes never change while it runs."""
    return Places(load_communes())


def plain(name: str) -> str:
    """`Saint-Étienne`, `ST ETIENNE` → `saint etienne`."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    spaced = " ".join(re.findall(r"[a-z0-9]+", bare))
    return re.sub(r"\bst\b", "saint", re.sub(r"\bste\b", "sainte", spaced))


def _largest_first(communes: list[Commune]) -> list[Commune]:
    return sorted(communes, key=lambda commune: -(commune.population or 0))
