"""French spaces in what the pages say: no line begins with a colon, or ends with an open guillemet."""

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from shared.french import NO_BREAK

BEFORE = re.compile(r" (?=[:;?!»](?:\s|[<,.)]|$))")
AFTER = re.compile(r"(?<=«) ")


def unbroken(text: str) -> str:
    """`Qui ? « Nous » : deux` with spaces where no line ends."""
    return AFTER.sub(NO_BREAK, BEFORE.sub(NO_BREAK, text))


class Typography(Extension):
    """Of templates and the words in them; what people wrote passes through as they wrote it."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type in ("data", "string"):
                yield Token(token.lineno, token.type, unbroken(token.value))
            else:
                yield token
