"""Where records go: each output writes them in its own layout, a batch of them in one go."""

from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from pydantic_core import PydanticSerializationError, to_json

Record = MutableMapping[str, Any]
Render = Callable[[Record], str]


class Written(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


def json_line(record: Record) -> str:
    try:
        return to_json(record).decode()
    except PydanticSerializationError:
        # Asked for from the start, this leniency would cost each line a third.
        return to_json(record, serialize_unknown=True).decode()


class Output:
    """Lines of one layout in one place."""

    def __init__(self, stream: Written, render: Render) -> None:
        self._stream = stream
        self._render = render

    def write(self, records: Sequence[Record]) -> None:
        """One write for all of them, not one a line."""
        lines = [self._render(record) for record in records]
        if lines:
            with suppress(OSError):  # a full disk costs records, not work
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()


class Outputs:
    """What structlog hands each finished record to. `tells_info` is false where only warnings are told."""

    def __init__(self) -> None:
        self.each: list[Output] = []
        self.tells_info = True

    def tell(self, **record: Any) -> None:
        self.write([record])

    debug = info = warning = error = critical = tell

    def write(self, records: Sequence[Record]) -> None:
        for output in self.each:
            output.write(records)


OUTPUTS = Outputs()
