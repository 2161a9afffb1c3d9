"""One frame of the live view: what matters comes first, and it fits the terminal."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from rich.text import Text

from deploy.cli.watch.frame import frame
from deploy.cli.watch.seeing import DurableSeen, Seen, StreamSeen, Told

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
WAVES = tuple(
    {"wave": f"2020-{n}", "closed": n < 3, "registered": 240, "deadline": "2026-03-31T00:00:00+02:00"}
    for n in range(1, 5)
)
WELL = Told(
    ready=dict.fromkeys(("intake", "eligibility", "funding", "notify"), ""),
    early={"funding": 0},
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
IDLE = tuple(DurableSeen(f"intake-on-stream_{number}") for number in range(30))


def streams(last: int = 1_000) -> tuple[StreamSeen, ...]:
    return tuple(StreamSeen(f"STREAM_{number:02}", last, last, 10**6, -1) for number in range(13))


def shown(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def drawn(seen: Seen, before: Seen | None = None, width: int = 80, height: int = 24) -> list[Text]:
    return frame(seen, before, "fabriques at nats://127.0.0.1:4222", NOW, width, height)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 10), (80, 50)])
def test_a_frame_fits_the_terminal_however_much_there_is_to_say(width: int, height: int) -> None:
    late = NOW - timedelta(hours=2)
    busy = tuple(DurableSeen(one.name, True, 10**6, 2_048, late) for one in IDLE)
    letters = Counter({("intake", "a cause that is long " * 20 + str(number)): 5 for number in range(9)})
    told = Told(WELL.ready | {"notify": "its database takes no write " * 9}, {"funding": 3}, letters, WAVES)
    for durables in (IDLE, busy):
        lines = drawn(Seen(1.0, streams(), durables, told), None, width, height)
        assert len(lines) <= height
        assert max(line.cell_len for line in lines) <= width


def test_at_80_by_24_durables_that_lag_and_streams_are_both_seen_the_oldest_first() -> None:
    busy = tuple(
        DurableSeen(f"funding-on-late_{minutes}", True, 7, 1, NOW - timedelta(minutes=minutes))
        for minutes in (1, 9, 3)
    )
    text = shown(drawn(Seen(1.0, streams(), (*IDLE, *busy), WELL)))
    assert text.index("late_9") < text.index("late_3") < text.index("late_1") < text.index("STREAM_00")
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
    told = Told(WELL.ready | {"notify": "no answer in time"}, {"funding": 3}, letters, WAVES, WELL.money)
    gone = DurableSeen("notify-on-intake", there=False)
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
    assert [line for line in drawn(Seen(1.0, streams(), IDLE, WELL)) if line.style == "bold red"] == []


def test_silent_services_leave_dashes_not_a_failure() -> None:
    silent = Told(dict.fromkeys(WELL.ready, "no answer"), money={"error": "silent"}, mail={"error": "silent"})
    text = shown(drawn(Seen(1.0, streams(), IDLE, silent)))
    assert "committed — · paid —" in text and "sent —" in text
