"""One frame of the live view: pure, as wide and high as the terminal, whatever there is to say."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.text import Text

from deploy.cli.printing import NOTHING, THIN_SPACE, euros
from deploy.cli.watch.seeing import DurableSeen, Seen, StreamSeen, Told

LATE_SECONDS, STUCK_SECONDS = 30, 300
LATE, WRONG, QUIET, TITLE = "yellow", "bold red", "dim", "bold"
NEARLY_FULL = 0.8
NAME_WIDTH = 30
FEW = 3


def frame(seen: Seen, before: Seen | None, title: str, now: datetime, width: int, height: int) -> list[Text]:
    """The most important lines come first: what does not fit is left out at the end of each part."""
    told = seen.told
    lines = [Text(title, style=TITLE), *_services(told), *_people(told), Text()]
    lines += [*_waves(told), Text()]
    room = max(2, height - len(lines) - 1)
    durables = _durables(seen.durables, now)
    streams = _streams(seen, before)
    for_durables = min(len(durables), max(2, room - min(len(streams), room // 2)))
    lines += durables[:for_durables]
    lines += streams[: max(0, room - for_durables)]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _services(told: Told) -> list[Text]:
    """One line for all, and one more for each that is not ready, with its cause."""
    line = Text("services  ")
    for name, why in told.ready.items():
        line.append(f"{name} ")
        line.append("down  " if why else "ready  ", style=WRONG if why else "green")
    return [line, *(Text(f"{name:<9} {why}", style=WRONG) for name, why in told.ready.items() if why)]


def _people(told: Told) -> list[Text]:
    """Money, mail, and what waits for a person."""
    return [_money(told), _tranches(told), _mail(told), _early(told), *_dead(told)]


def _money(told: Told) -> Text:
    committed, paid, left = (
        _euros(told.money, name) for name in ("committed_cents", "paid_cents", "envelope_left_cents")
    )
    return Text(f"money     committed {committed} · paid {paid} · left {left}")


def _tranches(told: Told) -> Text:
    counts = told.money.get("tranches", {})
    words = " · ".join(f"{name} {count}" for name, count in counts.items() if count)
    return Text(f"tranches  {words or 'none'}", style=LATE if counts.get("rejected") else "")


def _mail(told: Told) -> Text:
    names = {"sent": "notices", "queued": "queued", "delayed": "delayed", "failed": "failed"}
    words = " · ".join(f"{word} {told.mail.get(name, NOTHING)}" for word, name in names.items())
    return Text(f"mail      {words}", style=LATE if told.mail.get("failed") else "")


def _early(told: Told) -> Text:
    words = ", ".join(f"{name} {count}" for name, count in told.early.items() if count)
    return Text(f"early     {words or 'no event waits for another'}", style=LATE if words else "")


def _dead(told: Told) -> list[Text]:
    """The most frequent causes."""
    if not told.letters:
        return [Text("dead      no letter")]
    frequent = told.letters.most_common(FEW)
    return [
        Text(f"dead      {count} of {service}: {cause}", style=WRONG) for (service, cause), count in frequent
    ]


def _euros(money: dict[str, int], name: str) -> str:
    return euros(money.get(name))


def _waves(told: Told) -> list[Text]:
    """Each wave with its state in money's words, where funding knows it."""
    states = told.money.get("waves", {})
    lines = []
    for wave in told.waves:
        state = states.get(wave["wave"], {})
        how = "closed" if wave["closed"] else "until " + str(wave["deadline"])[:16]
        laureates = f" · {state['laureates']} laureates" if state.get("laureates") else ""
        lines.append(Text(f"wave {wave['wave']:<10} {how} · {wave['registered']} registered{laureates}"))
    return lines


def _durables(durables: Iterable[DurableSeen], now: datetime) -> list[Text]:
    """Those that are gone or that lag first; of the idle ones, how many."""
    gone = [
        Text(f"{one.name:<{NAME_WIDTH}} does not exist", style=WRONG) for one in durables if not one.there
    ]
    busy = sorted((one for one in durables if one.pending + one.taken), key=lambda one: -_age(one, now))
    idle = len(list(durables)) - len(gone) - len(busy)
    head = Text(
        f"{'durable':<{NAME_WIDTH}} {'waiting':>9} {'taken':>7} {'oldest':>9}   ({idle} idle)", style=QUIET
    )
    return [head, *gone, *(_durable(one, now) for one in busy)]


def _durable(one: DurableSeen, now: datetime) -> Text:
    age = _age(one, now)
    style = LATE if age >= LATE_SECONDS else ""
    if age >= STUCK_SECONDS:
        style = WRONG
    text = f"{one.name:<{NAME_WIDTH}} {_count(one.pending):>9} {_count(one.taken):>7} {_duration(age):>9}"
    return Text(text, style=style)


def _age(one: DurableSeen, now: datetime) -> float:
    return max(0.0, (now - one.oldest_at).total_seconds()) if one.oldest_at else 0.0


def _streams(seen: Seen, before: Seen | None) -> list[Text]:
    """The busiest first."""
    lasts = {one.name: one.last for one in before.streams} if before else {}
    seconds = seen.at_seconds - before.at_seconds if before else 0.0
    rates = {one.name: _rate(one, lasts.get(one.name), seconds) for one in seen.streams}
    head = Text(f"{'stream':<{NAME_WIDTH}} {'messages':>9} {'a second':>9} {'size':>9}", style=QUIET)
    busiest = sorted(seen.streams, key=lambda one: (-(rates[one.name] or 0.0), -one.messages))
    return [head, *(_stream(one, rates[one.name]) for one in busiest)]


def _rate(one: StreamSeen, last: int | None, seconds: float) -> float | None:
    return (one.last - last) / seconds if last is not None and seconds > 0 else None


def _stream(one: StreamSeen, rate: float | None) -> Text:
    told = NOTHING if rate is None else f"{rate:.0f}"
    full = one.bytes_max > 0 and one.used_bytes >= NEARLY_FULL * one.bytes_max
    percent = f" {one.used_bytes * 100 // one.bytes_max} % of its quota" if full else ""
    text = f"{one.name:<{NAME_WIDTH}} {_count(one.messages):>9} {told:>9} {_size(one.used_bytes):>9}{percent}"
    return Text(text, style=WRONG if full else "")


def _count(number: int) -> str:
    return f"{number:,}".replace(",", THIN_SPACE)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f} MiB"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return NOTHING
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3600:.0f} h"


def clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%H:%M:%S UTC")
