"""Records for people: lines of at most 100 columns, the same things in the same places."""

from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap

from shared.kit.logs.outputs import Record, Render

COLUMNS = 100
INDENT = " " * 21
COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}
# What each line shows first.
HEAD = frozenset("timestamp level service programme mode event dossier".split())
OF_A_GOOD_EVENT = ("reasons", "actor", "waits_for")


def console(colours: bool) -> Render:
    def render(record: Record) -> str:
        text = console_line(record)
        colour = COLOURS.get(record["level"])
        if not colours or colour is None:
            return text
        return f"\033[{colour}m{text}\033[0m"

    return render


def console_line(record: Record) -> str:
    """`14:02:11 intake      candidature registered 0198f2c4-…  FABT-2020-4-00012`.

    Of a good event, what a person follows it by; of all else everything, on further lines where need be.
    """
    level = record["level"]
    said_at = datetime.fromisoformat(record["timestamp"]).astimezone()
    event = record["event"]
    if level not in ("info", "debug"):
        event = f"{level.upper()} {event}"
    head = f"{said_at:%H:%M:%S} {record.get('service', ''):11} {event}"
    dossier = record.get("dossier")
    if dossier:
        head = f"{head:<43} {dossier}"
    is_good_event = "fact" in record and level == "info"
    rest = _of_a_good_event(record) if is_good_event else _everything(record)
    line = "  ".join([head, *rest])
    if len(line) <= COLUMNS:
        return line
    return "\n".join(wrap(line, COLUMNS, subsequent_indent=INDENT, break_on_hyphens=False))


def _of_a_good_event(record: Record) -> Iterator[str]:
    if receipt := record.get("receipt_number"):
        yield receipt
    if "amount_cents" in record:
        yield f"{record['amount_cents'] / 100:.2f} €"
    for name in OF_A_GOOD_EVENT:
        if name in record:
            yield _told(name, record[name])


def _everything(record: Record) -> Iterator[str]:
    for name, value in record.items():
        if name not in HEAD:
            yield _told(name, value)


def _told(name: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return f"{name}={','.join(map(str, value))}"
    return f"{name}={value}"
