"""What is remembered of the newest events."""

from chat.rooms.recent import RECENT_EVENTS, Entry, Recent
from chat.wire.fanout import FRAME_HEAD


def test_recent_is_bounded_in_number_and_size_and_knows_from_where_it_reaches() -> None:
    recent = Recent(1, 2**20 + FRAME_HEAD)
    assert recent.reaches(1)
    assert not recent.reaches(0)
    recent.extend([Entry(number, "x") for number in range(2, 2 + RECENT_EVENTS)])
    assert recent.reaches(1)
    assert len(recent.after(1)) == RECENT_EVENTS
    recent.extend([Entry(2 + RECENT_EVENTS, "x")])
    assert not recent.reaches(1)
    assert recent.reaches(2)
    recent.extend([Entry(3 + RECENT_EVENTS, "x" * 2**20)])
    assert recent.after(1 + RECENT_EVENTS) == ["x" * 2**20]
    recent.extend([Entry(4 + RECENT_EVENTS, "x" * 2**21)])
    assert recent.after(3 + RECENT_EVENTS) == []
    assert not recent.reaches(3 + RECENT_EVENTS)


def test_recent_is_bounded_in_bytes_and_not_in_characters() -> None:
    recent = Recent(1, 100 + 3 * FRAME_HEAD)
    recent.extend([Entry(2, "ü" * 60), Entry(3, "x")])
    assert (recent.after(1), recent.reaches(1)) == (["x"], False)
    recent.extend([Entry(4, "ü" * 49), Entry(5, "x")])
    assert recent.after(1) == ["x", "ü" * 49, "x"]
