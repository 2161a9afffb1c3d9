"""Where records go: each output writes them in its own layout, a batch of them in one go."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from pydantic_core import to_json

Record = MutableMapping[str, Any]
Render = Callable[[Record], str]


class Written(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


def json_line(record: Record) -> str:
    return to_json(record, serialize_unknown=True).decode()


class Output:
    """Lines of one layout in one place."""

    def __init__(self, stream: Written, render: Render) -> None:
        self._stream = stream
        self._render = render
        self._lines: list[str] = []

    def add(self, record: Record) -> None:
        self._lines.append(self._render(record))

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            with suppress(OSError):  # a full disk costs records, not work
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()


class Outputs:
    """What structlog hands each finished record to. While held, lines gather: one write, not one a line."""

    def __init__(self) -> None:
        self.each: list[Output] = []
        self.tells_info = True
        self._held = False

    def tell(self, **record: Any) -> None:
        self.add(record)

    debug = info = warning = error = critical = tell

    def add(self, record: Record) -> None:
        for output in self.each:
            output.add(record)
        if not self._held:
            self._flush()

    @contextmanager
    def held(self) -> Iterator[None]:
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._flush()

    def _flush(self) -> None:
        for output in self.each:
            output.flush()


OUTPUTS = Outputs()
