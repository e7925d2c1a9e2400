"""chat/history/importers/sorter.py"""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers import sorter
from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.sorter import Sorter


def entry(room: str, moment: int, order: int, source_id: str, place: str) -> NeutralEntry:
    return NeutralEntry(room, source_id, "a", "ada", moment, "hi", place, order)


entries = st.lists(
    st.builds(
        entry,
        st.sampled_from("xy"),
        st.integers(0, 5),
        st.integers(0, 1),
        st.sampled_from(["", "1", "2"]),
        st.uuids().map(str),
    ),
    max_size=40,
)


@given(entries, st.integers(1, 12), st.integers(1, 5))
def test_each_room_comes_in_the_order_of_time_and_equal_ones_as_they_were_read(
    entries: list[NeutralEntry], waiting: int, chunk: int
) -> None:
    with pytest.MonkeyPatch.context() as patched, closing(Sorter()) as found:
        patched.setattr(sorter, "MAX_WAITING", waiting)
        patched.setattr(sorter, "CHUNK", chunk)
        for start in range(0, len(entries), 3):
            found.add(entries[start : start + 3])
        found.flush()
        for room in "xy":
            own = [each for each in entries if each.room == room]
            expected = sorted(own, key=lambda each: (each.moment, each.order, each.source_id))
            assert list(found.entries(room)) == expected
            if own:
                assert found.rooms[room].count == len(own)
                assert (found.rooms[room].first, found.rooms[room].last) == (expected[0].moment, expected[-1].moment)


def test_entries_that_come_in_order_do_not_wait_in_memory() -> None:
    with closing(Sorter()) as found:
        for start in range(0, 3000, 1000):
            found.add([entry("x", n // 2, 0, "", str(n)) for n in range(start, start + 1000)])
        assert [each.place for each in found.entries("x")] == list(map(str, range(3000)))


def test_entries_of_one_moment_are_not_merged_where_runs_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorter, "MAX_WAITING", 4)
    monkeypatch.setattr(sorter.heapq, "merge", None)
    with closing(Sorter()) as found:
        for start in range(0, 12, 3):
            found.add([entry("x", 1, 0, "", str(n)) for n in range(start, start + 3)])
        found.flush()
        assert [each.place for each in found.entries("x")] == list(map(str, range(12)))


def test_repeated_ids_and_answered_ones_are_never_missed() -> None:
    with closing(Sorter()) as found:
        for start in range(0, 5000, 100):
            found.add(
                [
                    NeutralEntry("x", str(n), "a", "a", n, "t", "p", reply_to=str(n // 2))
                    for n in range(start, start + 100)
                ]
            )
        found.add([NeutralEntry("x", str(n), "a", "a", n + 1, "t", "p") for n in range(0, 5000, 7)])
        found.flush()
        assert {hash(str(n)) for n in range(0, 5000, 7)} <= found.ids.repeated.suspects
        assert len(found.ids.repeated.suspects) < 800, "and seldom others"
        assert len(found.ids.answered.among(map(str, range(2500)))) == 2500
        assert len(found.ids.answered.among(map(str, range(2500, 5000)))) < 100


def test_names_that_are_no_text_are_made_one() -> None:
    odd = NeutralEntry(
        "x", "\udc80", "a\udc80", "ada", 1, "hi", "\udc80", reactions=(NeutralReaction("e", "\udc80", ""),)
    )
    with closing(Sorter()) as found:
        found.add([odd])
        found.flush()
        [entry] = found.entries("x")
        assert (entry.author_id, entry.reactions[0].author_id, entry.text) == ("a\\udc80", "\\udc80", "hi")
