"""What must hold between the parts of a programme file: each mistake with the place it is about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.programme.zones import Zone
from shared.reference.communes import load_communes

Place = tuple[str | int, ...]
Mistake = tuple[Place, str]
Parts = Mapping[str, Any]

KEYS_OF_ALL = frozenset(("score", "receipt_sequence", "new_department"))
ORDER_LENGTH_MAX = 35  # what a bank gives back: EndToEndId, `<receipt>-T<n>-A<k>`
ATTEMPT = "-T9-A999"
SEQUENCE_DIGITS = 10
HUNDREDTHS = 100  # of a mark
MONTH_DAYS_MIN = 28


def mistakes_among(parts: Parts) -> list[Mistake]:
    """`parts` are those that can be read alone; a list has its readable items, each with its place."""
    mistakes: list[Mistake] = []
    for needs, rule in RULES:
        if parts.keys() >= set(needs):
            mistakes += rule(parts)
    return mistakes


def _waves(parts: Parts) -> Iterator[Mistake]:
    waves = parts["waves"]
    for place, name in _repeated([wave.id for _, wave in waves]):
        yield ("waves", waves[place][0], "id"), f"two waves are called {name}"
    for (_, earlier), (place, later) in pairwise(waves):
        if later.opens_on <= earlier.closes_on:
            yield (
                ("waves", place, "opens_on"),
                f"wave {later.id} opens before wave {earlier.id} is over",
            )


def _receipts(parts: Parts) -> Iterator[Mistake]:
    for place, wave in parts["waves"]:
        length = len(f"{parts['receipt_prefix']}-{wave.id}-P{ATTEMPT}") + SEQUENCE_DIGITS
        if length > ORDER_LENGTH_MAX:
            yield (
                ("waves", place, "id"),
                f"its payment orders have {length} characters: at most {ORDER_LENGTH_MAX}",
            )


def _reserve(parts: Parts) -> Iterator[Mistake]:
    _, last = parts["waves"][-1]
    if parts["selection"].reserve_ends_on <= last.closes_on:
        yield (
            ("selection", "reserve_ends_on"),
            f"the last reserve would end before wave {last.id} is over",
        )


def _criteria(parts: Parts) -> Iterator[Mistake]:
    return _named_twice(parts, "criteria")


def _tie_break(parts: Parts) -> Iterator[Mistake]:
    keys = parts["selection"].tie_break
    place = "selection", "tie_break"
    known = {criterion.id for _, criterion in parts["criteria"]} | KEYS_OF_ALL
    for key in sorted(set(keys) - known):
        yield place, f"names an unknown key: {key}"
    for _, key in _repeated(keys):
        yield place, f"names {key} twice"
    if keys[-1] != "receipt_sequence":
        yield place, "the last key must be receipt_sequence, which no two files share"


def _marks(parts: Parts) -> Iterator[Mistake]:
    highest = parts["reviews"].mark_max * HUNDREDTHS
    for place, criterion in parts["criteria"]:
        if criterion.pass_mark > highest:
            yield (
                ("criteria", place, "pass_mark"),
                f"nobody can reach it: the highest mark is {highest}",
            )


def _guides(parts: Parts) -> Iterator[Mistake]:
    marks = parts["reviews"].mark_max + 1
    for place, criterion in parts["criteria"]:
        if criterion.guide and len(criterion.guide) != marks:
            told = f"has {len(criterion.guide)} sentences for {marks} marks, nought included"
            yield ("criteria", place, "guide"), told


def _pass_mark(parts: Parts) -> Iterator[Mistake]:
    highest = parts["reviews"].mark_max * HUNDREDTHS * len(parts["criteria"])
    if parts["selection"].pass_mark > highest:
        yield ("selection", "pass_mark"), f"nobody can reach it: the highest sum is {highest}"


def _pieces(parts: Parts) -> Iterator[Mistake]:
    for place, name in _repeated(parts["intake"].required_pieces):
        yield ("intake", "required_pieces", place), f"names {name} twice"


def _dataset(parts: Parts) -> Iterator[Mistake]:
    territory = parts["territory"]
    if territory.density_dataset and territory.urban_rule in ("epci", "urban-unit"):
        yield (
            ("territory", "density_dataset"),
            f"the rule {territory.urban_rule} reads no density grid",
        )


def _silence(parts: Parts) -> Iterator[Mistake]:
    """Letters promise the answer by that day."""
    if parts["reviews"].due_days >= parts["intake"].silence_months * MONTH_DAYS_MIN:
        yield (
            ("intake", "silence_months"),
            "silence would be a refusal before the reviews are due: see reviews.due_days",
        )


def _first_payment(parts: Parts) -> Iterator[Mistake]:
    payment = parts["payment"]
    if payment.cooling_off_days > payment.first_due_months * MONTH_DAYS_MIN:
        yield (
            ("payment", "first_due_months"),
            "the first tranche would fall due before a verified account has cooled off",
        )


def _indicators(parts: Parts) -> Iterator[Mistake]:
    return _named_twice(parts, "indicators")


def _agenda(parts: Parts) -> Iterator[Mistake]:
    return _named_twice(parts, "agenda")


def _reminders(parts: Parts) -> Iterator[Mistake]:
    days = parts["payment"].report_remind_days
    if list(days) != sorted(set(days), reverse=True):
        yield (
            ("payment", "report_remind_days"),
            "the days before a report is due go down, each once: [30, 7]",
        )


def _zones(parts: Parts) -> Iterator[Mistake]:
    return _named_twice(parts, "zones")


def _zone_codes(parts: Parts) -> Iterator[Mistake]:
    """A code that no commune has would leave a place out for a slip of the pen."""
    for place, zone in parts["zones"]:
        if zone.is_listed:
            yield from _unknown_codes(place, zone)


def _unknown_codes(place: int, zone: Zone) -> Iterator[Mistake]:
    known = load_communes()
    for code in zone.communes:
        if known.resolve(code) != code:
            yield ("zones", place, "communes"), f"no commune in force has the code {code}"
    for code in sorted(set(zone.departments) - known.regions.keys()):
        yield ("zones", place, "departments"), f"no department has the code {code}"


def _quotas(parts: Parts) -> Iterator[Mistake]:
    known = {zone.id for _, zone in parts["zones"]}
    for name in sorted(parts["quotas"].keys() - known):
        yield (
            ("quotas", name),
            f"no zone is called {name}: the programme has {', '.join(sorted(known))}",
        )


def _named_twice(parts: Parts, table: str) -> Iterator[Mistake]:
    found = parts[table]
    for place, name in _repeated([one.id for _, one in found]):
        yield (table, found[place][0], "id"), f"two {table} are called {name}"


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((place, name) for place, name in enumerate(names) if name in names[:place])


RULES: tuple[tuple[tuple[str, ...], Callable[[Parts], Iterator[Mistake]]], ...] = (
    (("waves",), _waves),
    (("waves", "receipt_prefix"), _receipts),
    (("waves", "selection"), _reserve),
    (("criteria",), _criteria),
    (("criteria", "selection"), _tie_break),
    (("criteria", "reviews"), _marks),
    (("criteria", "reviews"), _guides),
    (("criteria", "reviews", "selection"), _pass_mark),
    (("intake",), _pieces),
    (("territory",), _dataset),
    (("intake", "reviews"), _silence),
    (("payment",), _first_payment),
    (("payment",), _reminders),
    (("indicators",), _indicators),
    (("agenda",), _agenda),
    (("zones",), _zones),
    (("zones",), _zone_codes),
    (("zones", "quotas"), _quotas),
)
