"""A field of a form, and how what was typed in it becomes a value of the contract."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.contract.identity import is_digits

Kind = Literal[
    "line",
    "text",
    "email",
    "tel",
    "choice",
    "choices",
    "yes-no",
    "check",
    "euros",
    "marks",
    "number",
    "degrees",
    "day",
    "commune",
]
Typed = Mapping[str, Any]  # a text for each field, a list of texts where several may be chosen
TEXT_MAX = 10_000
LINE_MAX = 200
CENTS_MAX = 10**12
NUMBER_DIGITS_MAX = 9
MARK_DIGITS_MAX = 4


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is the place in the event, such as `holder.siret`, and the name in the page.

    `missing` is said where nothing was typed; a field without it may stay blank. `wrong` is said for what the
    contract refuses, where its own words would not help.
    """

    name: str
    label: str
    kind: Kind = "line"
    missing: str = ""
    wrong: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    length_max: int = LINE_MAX
    autocomplete: str = "off"

    @property
    def required(self) -> bool:
        return bool(self.missing)

    def typed_in(self, typed: Typed) -> Any:
        return typed.get(self.name, () if self.kind == "choices" else "")


@dataclass(frozen=True, slots=True)
class Mistake:
    """`field` is the name of a field, or empty for what is about the whole."""

    field: str
    message: str


class Wrong(ValueError):
    """What was typed is no value of its kind; the message says what is expected."""


def euros_typed(text: str) -> int:
    """`50 000`, `50000,50 €` → cents. Raises Wrong."""
    bare = "".join(text.split()).removesuffix("€").replace(",", ".")
    whole, point, rest = bare.partition(".")
    if not is_digits(whole) or (point and not _is_cents(rest)):
        raise Wrong("Écrivez un montant en euros, comme 50 000 ou 49 999,50.")
    cents = int(whole[:15]) * 100 + int(rest.ljust(2, "0") or 0)
    if cents > CENTS_MAX:
        raise Wrong("Ce montant est trop grand.")
    return cents


def _is_cents(text: str) -> bool:
    return is_digits(text) and len(text) <= 2


def number_typed(text: str) -> int:
    """`1 200` → 1200. Raises Wrong."""
    bare = "".join(text.split())
    if not is_digits(bare) or len(bare) > NUMBER_DIGITS_MAX:
        raise Wrong("Écrivez un nombre entier, comme 120.")
    return int(bare)


def marks_typed(text: str) -> int:
    """`12,5` → 1250 hundredths of a mark. Raises Wrong."""
    whole, point, rest = text.strip().replace(",", ".").partition(".")
    if not is_digits(whole) or len(whole) > MARK_DIGITS_MAX or (point and not _is_cents(rest)):
        raise Wrong("Écrivez une note, comme 12 ou 12,50.")
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def degrees_typed(text: str) -> float:
    """`46,1268` → 46.1268. Raises Wrong."""
    try:
        return float(text.strip().replace(",", ".").removesuffix("°"))
    except ValueError:
        raise Wrong("Écrivez un nombre de degrés, comme 46,1268.") from None


def day_typed(text: str) -> str:
    """`2021-03-05`, as browsers send it, or `05/03/2021` → `2021-03-05`. Raises Wrong."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text.strip(), form).date().isoformat()  # noqa: DTZ007 - a day has no zone
    raise Wrong("Écrivez un jour, comme 05/03/2021.")


def yes_typed(text: str) -> bool:
    if text not in ("oui", "non"):
        raise Wrong("Choisissez oui ou non.")
    return text == "oui"


def check_typed(text: str) -> bool:
    """A box that nobody ticked sends nothing."""
    return text == "oui"


READERS: dict[Kind, Callable[[str], Any]] = {
    "euros": euros_typed,
    "marks": marks_typed,
    "number": number_typed,
    "degrees": degrees_typed,
    "day": day_typed,
    "yes-no": yes_typed,
}


def value_of(field: Field, typed: Typed) -> Any:
    """None for a field that is blank. Raises Wrong."""
    given = field.typed_in(typed)
    if field.kind == "choices":
        return list(given)
    if field.kind == "check":
        return check_typed(given)
    if not given.strip():
        return None
    read = READERS.get(field.kind)
    return read(given) if read else given


def typed_from(fields: tuple[Field, ...], form: Mapping[str, list[str]]) -> dict[str, Any]:
    """What was typed in these fields, bounded; other names are left out."""
    found: dict[str, Any] = {}
    for field in fields:
        given = form.get(field.name, [])
        if field.kind == "choices":
            known = [name for name, _ in field.options]
            found[field.name] = [name for name in known if name in given]
        else:
            found[field.name] = (given[-1] if given else "")[: field.length_max * 2]
    return found
