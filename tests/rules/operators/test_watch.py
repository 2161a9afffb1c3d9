"""One frame of the live view: what matters comes first, and it fits the terminal."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.cli.terminal.printing import OneLine
from deploy.cli.watch.frame import frame
from deploy.cli.watch.keys import DURABLES, LETTERS, OVERVIEW, PAGES, STREAMS, WARNINGS, Keys
from deploy.cli.watch.pages import page
from deploy.cli.watch.seeing import DurableSeen, Seen, StreamSeen, Told
from deploy.cli.watch.warnings import Warned, last_warnings
from shared.contract.topology import Durable

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
WAVES = tuple(
    {
        "wave": f"2020-{n}",
        "closed": n < 3,
        "registered": 240,
        "deadline": "2026-03-31T00:00:00+02:00",
    }
    for n in range(1, 5)
)
WELL = Told(
    ready=dict.fromkeys(("intake", "eligibility", "funding", "notify"), ""),
    waiting={"funding": {"count": 0}},
    waves=WAVES,
    money={
        "committed_cents": 4_323_650_000,
        "paid_cents": 4_318_650_000,
        "envelope_left_cents": 176_350_000,
        "tranches": {"settled": 899, "rejected": 0},
        "waves": {"2020-1": {"state": "published", "laureates": 75}},
    },
    mail={"notices": 7_527, "queued": 0, "delayed": 0, "failed": 0},
)


def durable(name: str) -> Durable:
    service, _, stream = name.partition("-on-")
    return Durable(service, stream.upper(), ())


IDLE = tuple(DurableSeen(durable(f"intake-on-stream_{number}")) for number in range(30))


def streams(last: int = 1_000) -> tuple[StreamSeen, ...]:
    return tuple(StreamSeen(f"STREAM_{number:02}", last, last, 10**6, -1) for number in range(13))


def shown(lines: list[OneLine]) -> str:
    return "\n".join(line.plain for line in lines)


def drawn(
    seen: Seen, before: Seen | None = None, width: int = 80, height: int = 24
) -> list[OneLine]:
    return frame(seen, before, "fabriques at nats://127.0.0.1:4222", NOW, width, height)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 10), (80, 50)])
def test_a_frame_fits_the_terminal_however_much_there_is_to_say(width: int, height: int) -> None:
    late = NOW - timedelta(hours=2)
    busy = tuple(DurableSeen(one.durable, True, 10**6, 2_048, late) for one in IDLE)
    letters = Counter(
        {("intake", "a cause that is long " * 20 + str(number)): 5 for number in range(9)}
    )
    told = Told(
        WELL.ready | {"notify": "its database takes no write " * 9},
        {"funding": {"count": 3}},
        letters,
        WAVES,
    )
    for durables in (IDLE, busy):
        lines = drawn(Seen(1.0, streams(), durables, told), None, width, height)
        assert len(lines) <= height
        assert max(line.cell_len for line in lines) <= width


def test_at_80_by_24_durables_that_lag_and_streams_are_both_seen_the_oldest_first() -> None:
    busy = tuple(
        DurableSeen(
            durable(f"funding-on-late_{minutes}"), True, 7, 1, NOW - timedelta(minutes=minutes)
        )
        for minutes in (1, 9, 3)
    )
    text = shown(drawn(Seen(1.0, streams(), (*IDLE, *busy), WELL)))
    assert (
        text.index("late_9") < text.index("late_3") < text.index("late_1") < text.index("STREAM_00")
    )
    assert "9 min" not in text and "540 s" in text and "(30 idle)" in text


def test_rates_are_made_of_two_looks_and_the_busiest_stream_comes_first() -> None:
    before = Seen(10.0, streams(), IDLE, WELL)
    now = list(streams())
    now[7] = StreamSeen("STREAM_07", 1_500, 1_500, 10**6, -1)
    text = shown(drawn(Seen(12.0, tuple(now), IDLE, WELL), before))
    first = text.splitlines()[
        text.splitlines().index(next(t for t in text.splitlines() if "a second" in t)) + 1
    ]
    assert first.split()[0] == "STREAM_07" and first.split()[-3:] == ["250", "1.0", "MiB"]
    assert "—" in shown(drawn(before)), "the control: one look tells no rate"


def test_what_is_wrong_is_told_in_words_and_in_colour() -> None:
    letters = Counter({("intake", "no such wave"): 2})
    told = Told(
        WELL.ready | {"notify": "no answer in time"},
        {"funding": {"count": 3}},
        letters,
        WAVES,
        WELL.money,
    )
    gone = DurableSeen(durable("notify-on-intake"), there=False)
    full = StreamSeen("FRONTDESK_X", 10, 10, 900, 1_000)
    lines = drawn(Seen(1.0, (full, *streams()), (gone,), told), height=40)
    text = shown(lines)
    for words in (
        "notify down", "notify    no answer in time", "2 of intake: no such wave", "funding 3",
        "notify-on-intake               does not exist", "90 % of its quota",
    ):  # fmt: skip
        assert words in text
    red = [line.plain.split()[0] for line in lines if line.style == "bold red"]
    assert red == ["notify", "dead", "notify-on-intake", "FRONTDESK_X"]
    assert [
        line for line in drawn(Seen(1.0, streams(), IDLE, WELL)) if line.style == "bold red"
    ] == []


def test_silent_services_leave_dashes_not_a_failure() -> None:
    silent = Told(
        dict.fromkeys(WELL.ready, "no answer"), money={"error": "silent"}, mail={"error": "silent"}
    )
    text = shown(drawn(Seen(1.0, streams(), IDLE, silent)))
    assert "committed — · paid —" in text and "sent —" in text


def opened(asked: str, seen: Seen, warned: list[Warned]) -> list[OneLine]:
    return page(asked, seen, None, warned, "fabriques at nats://127.0.0.1:4222", NOW, 80, 24)


@pytest.mark.parametrize("asked", PAGES)
@pytest.mark.parametrize("many", [0, 60])
def test_each_page_fits_80_by_24_and_tells_the_keys(asked: str, many: int) -> None:
    letters = Counter(
        {("intake", f"a cause that is long {'x' * 90} {number}"): 5 for number in range(many)}
    )
    told = Told(WELL.ready, {}, letters, WAVES, WELL.money, WELL.mail)
    warned = [Warned(NOW, "warning", "intake", "consumer lags", "cause=" + "y" * 200)] * many
    lines = opened(asked, Seen(1.0, streams() * 3, IDLE * 2, told), warned)
    assert len(lines) <= 24 and max(line.cell_len for line in lines) <= 80
    assert "q ends" in lines[-1].plain or "…" in lines[-1].plain


def test_a_page_shows_all_of_its_kind() -> None:
    letters = Counter({("intake", "no such wave"): 2, ("notify", "no address"): 9})
    told = Told(WELL.ready, {}, letters, WAVES, WELL.money, WELL.mail)
    seen = Seen(1.0, streams(), IDLE[:3], told)
    warned = [Warned(NOW, "error", "funding", "timers stand still", "seconds=90")]
    assert "intake-on-stream_2" in shown(opened(DURABLES, seen, []))
    assert "STREAM_12" in shown(opened(STREAMS, seen, []))
    dead = shown(opened(LETTERS, seen, []))
    assert dead.index("no address") < dead.index("no such wave")
    told_warnings = opened(WARNINGS, seen, warned)
    assert "12:00:00 funding     timers stand still" in shown(told_warnings)
    assert "seconds=90" in shown(told_warnings) and told_warnings[2].style == "bold red"
    assert "timers stand still" in shown(opened(OVERVIEW, seen, warned)), (
        "the newest is seen at once"
    )


async def test_a_key_opens_a_page_escape_leads_back_and_q_ends() -> None:
    keys = Keys()
    for typed, asked in (("S", STREAMS), ("x", STREAMS), ("\x1b[A", OVERVIEW), ("w", WARNINGS)):
        keys.press(typed)
        assert (keys.page, keys.ended) == (asked, False)
    assert await keys.pressed_within(0.0) is False
    keys.press("q")
    assert keys.ended


def test_the_last_warnings_are_those_of_all_processes_the_newest_first(tmp_path: Path) -> None:
    def line(minute: int, level: str, event: str) -> str:
        at = f"2026-01-10T12:{minute:02}:00.0Z"
        return json.dumps(
            {"timestamp": at, "level": level, "service": "s", "event": event, "count": 3}
        )

    (tmp_path / "intake.log").write_text(
        f"{line(1, 'warning', 'first')}\n{line(3, 'info', 'calm')}\nhalf of"
    )
    (tmp_path / "notify.log").write_text(f"{line(2, 'error', 'second')}\n")
    (tmp_path / "nats-server.log").write_text("[7] 2026/01/01 [ERR] something\n")
    assert [warned.event for warned in last_warnings(tmp_path, 9)] == ["second", "first"]
    assert last_warnings(tmp_path, 1)[0].more == "count=3"
    assert last_warnings(tmp_path / "nowhere", 9) == []
