"""Reasons as a letter keeps them: code and sentence, each once."""

from collections.abc import Iterable, Sequence

from services.notify.domain import sentences
from shared.contract.values import Reason


def plain_reasons(reasons: Sequence[Reason]) -> list[list[str]]:
    return _once((reason.code, reason.message) for reason in reasons)


def file_reasons(reasons: Sequence[Reason]) -> list[list[str]]:
    """Reasons about a file, each with the French name of the field it is about."""
    return _once(
        (reason.code, sentences.about_field(reason.field, reason.message)) for reason in reasons
    )


def codes_of(reasons: Sequence[Reason]) -> list[str]:
    """In one order, whatever order they were told in."""
    return sorted(reason.code for reason in reasons)


def _once(lines: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[code, sentence] for code, sentence in dict.fromkeys(lines)]
