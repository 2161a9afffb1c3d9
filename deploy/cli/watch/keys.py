"""Keys that open a page of the live view, on a terminal; elsewhere nobody presses one."""

import asyncio
import os
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

OVERVIEW, DURABLES, STREAMS, LETTERS, WARNINGS = "o", "d", "s", "l", "w"
PAGES = {
    OVERVIEW: "overview",
    DURABLES: "durables",
    STREAMS: "streams",
    LETTERS: "dead letters",
    WARNINGS: "last warnings",
}
END = "q"
ESCAPE = "\x1b"


class Keys:
    """`page` is the one that was asked for last."""

    def __init__(self) -> None:
        self.page = OVERVIEW
        self.ended = False
        self._pressed = asyncio.Event()

    def press(self, typed: str) -> None:
        """An arrow is several characters that begin with escape: it leads back, as escape alone does."""
        key = typed[:1].lower()
        self.ended = self.ended or key == END
        if key == ESCAPE:
            key = OVERVIEW
        if key in PAGES:
            self.page = key
        self._pressed.set()

    async def pressed_within(self, seconds: float) -> bool:
        self._pressed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._pressed.wait()
        return self._pressed.is_set()


@contextmanager
def keys_of(terminal: TextIO) -> Iterator[Keys]:
    """While it is open, a key is told as it is pressed; Ctrl-C still ends the command."""
    keys = Keys()
    if not terminal.isatty():
        yield keys
        return
    descriptor = terminal.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()
    tty.setcbreak(descriptor)
    loop.add_reader(
        descriptor, lambda: keys.press(os.read(descriptor, 64).decode("utf-8", "replace"))
    )
    try:
        yield keys
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
