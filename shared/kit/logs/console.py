"""Records for people: lines of at most 100 columns, the same things in the same places."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap

from shared.kit.logs.outputs import Record, Render

COLUMNS = 100
COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}
HEAD = ("timestamp", "level", "service", "event", "dossier")
# What a service says of each of its lines; and of an event, what only a program looks for.
LEFT_OUT = frozenset((*HEAD, "programme", "mode"))
OF_AN_EVENT = frozenset(
    """fact said said_count event_id correlation_id trace_id stream sequence attempt age_ms ms result
    wave""".split()
)
INDENT = " " * 21


def console(colours: bool) -> Render:
    def render(record: Record) -> str:
        text = console_line(record)
        colour = COLOURS.get(record["level"])
        return f"\033[{colour}m{text}\033[0m" if colours and colour else text

    return render


def console_line(record: Record) -> str:
    """`14:02:11 intake      candidature registered    0198f2c4-…  receipt_number=FABT-2020-4-00012`.

    A warning has all that is known of it, on further lines where need be.
    """
    clock = datetime.fromisoformat(record["timestamp"]).astimezone().strftime("%H:%M:%S")
    level = record["level"]
    event = record["event"] if level in ("info", "debug") else f"{level.upper()} {record['event']}"
    head = f"{clock} {record.get('service', ''):11} {event}"
    if dossier := record.get("dossier"):
        head = f"{head:<46} {dossier}"
    line = "  ".join([head, *_rest(record)])
    if len(line) <= COLUMNS:
        return line
    return "\n".join(wrap(line, COLUMNS, subsequent_indent=INDENT, break_on_hyphens=False))


def _rest(record: Record) -> Iterator[str]:
    is_plain_event = "fact" in record and record["level"] == "info"
    for name, value in record.items():
        if name in LEFT_OUT or (is_plain_event and name in OF_AN_EVENT):
            continue
        told = ",".join(map(str, value)) if isinstance(value, list | tuple) else value
        yield f"{name}={told}"
