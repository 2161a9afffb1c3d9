"""One frame of the live view: pure, as wide and high as the terminal, whatever there is to say."""

from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.cli.doctor.streams import NEARLY_FULL, lateness
from deploy.cli.terminal.printing import NOTHING, THIN_SPACE, OneLine, duration, euros
from deploy.cli.watch.seeing import MAIL, DurableSeen, Seen, StreamSeen, Told

WELL = "green"
LATE = "yellow"
WRONG = "bold red"
QUIET = "dim"
TITLE = "bold"
STYLES = {"warning": LATE, "error": WRONG}
NAME_WIDTH = 30
UP_TO_MINUTES = 16  # characters of an instant
FEW = 3


def frame(
    seen: Seen, before: Seen | None, title: str, now: datetime, width: int, height: int
) -> list[OneLine]:
    return fitted(overview(seen, before, title, now, height), width, height)


def fitted(lines: list[OneLine], width: int, height: int) -> list[OneLine]:
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def overview(
    seen: Seen, before: Seen | None, title: str, now: datetime, height: int
) -> list[OneLine]:
    """The most important lines come first: what does not fit is left out at the end of each part."""
    lines = [OneLine(title, style=TITLE)]
    lines += _services(seen.told)
    lines += [*_people(seen.told), OneLine()]
    lines += [*_waves(seen.told), OneLine()]
    room = max(2, height - len(lines) - 1)
    lines += _fitting(durables(seen.durables, now), streams(seen, before), room)
    return lines[:height]


def _fitting(durables: list[OneLine], streams: list[OneLine], room: int) -> list[OneLine]:
    """Streams get half of the room at most: where a durable lags is what one looks for first."""
    for_streams = min(len(streams), room // 2)
    for_durables = min(len(durables), max(2, room - for_streams))
    left = max(0, room - for_durables)
    return durables[:for_durables] + streams[:left]


def _services(told: Told) -> list[OneLine]:
    """One line for all, and one more for each that is not ready, with its cause."""
    line = OneLine("services  ")
    causes = []
    for name, why in told.ready.items():
        line.append(f"{name} ")
        if why:
            line.append("down  ", style=WRONG)
            causes.append(OneLine(f"{name:<9} {why}", style=WRONG))
        else:
            line.append("ready  ", style=WELL)
    return [line, *causes]


def _people(told: Told) -> list[OneLine]:
    """Money, mail, and what waits for a person."""
    return [_money(told), _tranches(told), _mail(told), _early(told), *_dead(told)]


def _money(told: Told) -> OneLine:
    committed = euros(told.money.get("committed_cents"))
    paid = euros(told.money.get("paid_cents"))
    left = euros(told.money.get("envelope_left_cents"))
    return OneLine(f"money     committed {committed} · paid {paid} · left {left}")


def _tranches(told: Told) -> OneLine:
    counts = told.money.get("tranches", {})
    words = [f"{name} {count}" for name, count in counts.items() if count]
    line = OneLine(f"tranches  {' · '.join(words) or 'none'}")
    return _late_if(line, counts.get("rejected"))


def _mail(told: Told) -> OneLine:
    words = []
    for word, name in MAIL.items():
        words.append(f"{word} {told.mail.get(name, NOTHING)}")
    line = OneLine(f"mail      {' · '.join(words)}")
    return _late_if(line, told.mail.get("failed"))


def _early(told: Told) -> OneLine:
    words = [f"{name} {count}" for name, count in told.early.items() if count]
    line = OneLine(f"early     {', '.join(words) or 'no event waits for another'}")
    return _late_if(line, words)


def _late_if(line: OneLine, wrong: object) -> OneLine:
    line.style = LATE if wrong else ""
    return line


def _dead(told: Told) -> list[OneLine]:
    """The most frequent causes."""
    if not told.letters:
        return [OneLine("dead      no letter")]
    lines = []
    for (service, cause), count in told.letters.most_common(FEW):
        lines.append(OneLine(f"dead      {count} of {service}: {cause}", style=WRONG))
    return lines


def _waves(told: Told) -> list[OneLine]:
    """Each wave with its state in money's words, where funding knows it."""
    states = told.money.get("waves", {})
    lines = []
    for wave in told.waves:
        how = "closed"
        if not wave["closed"]:
            how = f"until {str(wave['deadline'])[:UP_TO_MINUTES]}"
        line = f"wave {wave['wave']:<10} {how} · {wave['registered']} registered"
        laureates = states.get(wave["wave"], {}).get("laureates")
        if laureates:
            line += f" · {laureates} laureates"
        lines.append(OneLine(line))
    return lines


def durables(
    found: Sequence[DurableSeen], now: datetime, shows_idle: bool = False
) -> list[OneLine]:
    """Those that are gone or that lag first; of the idle ones how many, or all where they are asked for."""
    gone = [one for one in found if not one.there]
    busy = [one for one in found if one.backlog]
    busy.sort(key=lambda one: one.age_seconds(now), reverse=True)
    idle = [one for one in found if one.there and not one.backlog]
    columns = f"{'durable':<{NAME_WIDTH}} {'waiting':>9} {'taken':>7} {'oldest':>9}"
    lines = [OneLine(f"{columns}   ({len(idle)} idle)", style=QUIET)]
    for one in gone:
        lines.append(OneLine(f"{one.name:<{NAME_WIDTH}} does not exist", style=WRONG))
    for one in [*busy, *idle] if shows_idle else busy:
        lines.append(_durable(one, now))
    return lines


def _durable(one: DurableSeen, now: datetime) -> OneLine:
    age_seconds = one.age_seconds(now)
    waiting = _count(one.pending)
    taken = _count(one.taken)
    oldest = duration(age_seconds) or NOTHING
    line = OneLine(f"{one.name:<{NAME_WIDTH}} {waiting:>9} {taken:>7} {oldest:>9}")
    if level := lateness(age_seconds):
        line.style = STYLES[level]
    return line


def streams(seen: Seen, before: Seen | None) -> list[OneLine]:
    """The busiest first."""
    a_second = rates(seen, before)
    columns = f"{'stream':<{NAME_WIDTH}} {'messages':>9} {'a second':>9} {'size':>9}"
    lines = [OneLine(columns, style=QUIET)]
    for one in sorted(seen.streams, key=lambda one: (-a_second.get(one.name, 0.0), -one.messages)):
        lines.append(_stream(one, a_second.get(one.name)))
    return lines


def rates(seen: Seen, before: Seen | None) -> dict[str, float]:
    """Messages a second by stream, between two looks; none at the first look."""
    if before is None or seen.at_seconds <= before.at_seconds:
        return {}
    seconds = seen.at_seconds - before.at_seconds
    lasts = {one.name: one.last for one in before.streams}
    return {
        one.name: (one.last - lasts[one.name]) / seconds
        for one in seen.streams
        if one.name in lasts
    }


def _stream(one: StreamSeen, rate: float | None) -> OneLine:
    messages = _count(one.messages)
    a_second = NOTHING if rate is None else f"{rate:.0f}"
    size = _size(one.used_bytes)
    line = f"{one.name:<{NAME_WIDTH}} {messages:>9} {a_second:>9} {size:>9}"
    if one.bytes_max <= 0 or one.used_bytes < NEARLY_FULL * one.bytes_max:
        return OneLine(line)
    percent = one.used_bytes * 100 // one.bytes_max
    return OneLine(f"{line} {percent} % of its quota", style=WRONG)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", THIN_SPACE)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f} MiB"


def clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%H:%M:%S UTC")
