"""The newest events in memory: bounded in number and in bytes, and complete after a known id."""

from chat.rooms.recent import MAX_RECENT_EVENTS, EncodedEvent, RecentEvents
from chat.wire.fanout import MAX_FRAME_HEADER_BYTES


def test_recent_events_are_bounded_in_number_and_size_and_complete_after_an_id() -> None:
    recent = RecentEvents(1, 2**20 + MAX_FRAME_HEADER_BYTES)
    assert recent.covers(1)
    assert not recent.covers(0)
    recent.extend([EncodedEvent(number, "x") for number in range(2, 2 + MAX_RECENT_EVENTS)])
    assert recent.covers(1)
    assert len(recent.texts_after(1)) == MAX_RECENT_EVENTS
    recent.extend([EncodedEvent(2 + MAX_RECENT_EVENTS, "x")])
    assert not recent.covers(1)
    assert recent.covers(2)
    recent.extend([EncodedEvent(3 + MAX_RECENT_EVENTS, "x" * 2**20)])
    assert recent.texts_after(1 + MAX_RECENT_EVENTS) == ["x" * 2**20]
    recent.extend([EncodedEvent(4 + MAX_RECENT_EVENTS, "x" * 2**21)])
    assert recent.texts_after(3 + MAX_RECENT_EVENTS) == []
    assert not recent.covers(3 + MAX_RECENT_EVENTS)


def test_the_size_is_counted_in_bytes_and_not_in_characters() -> None:
    recent = RecentEvents(1, 100 + 3 * MAX_FRAME_HEADER_BYTES)
    recent.extend([EncodedEvent(2, "ü" * 60), EncodedEvent(3, "x")])
    assert (recent.texts_after(1), recent.covers(1)) == (["x"], False)
    recent.extend([EncodedEvent(4, "ü" * 49), EncodedEvent(5, "x")])
    assert recent.texts_after(1) == ["x", "ü" * 49, "x"]
