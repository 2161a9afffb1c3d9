"""Who tells people by their names: an answer that nobody signed for does so to operators alone."""

from collections.abc import Iterable

from shared.contract.front_ends import OPERATORS


def is_told_names(asker: str) -> bool:
    """Operators read the whole log. The key of officers' pages, or a session there, may be stolen."""
    return asker == OPERATORS


def named_to(asker: str, names: Iterable[str], word: str) -> dict[str, str]:
    """What each person is called in an answer: by their name, or by a number such as `reader-1`."""
    found = enumerate(dict.fromkeys(names), start=1)
    return {name: name if is_told_names(asker) else f"{word}-{number}" for number, name in found}
