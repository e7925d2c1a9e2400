"""The lines of the search cache: numbers in letters, lines found by id, words taken out of them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage.json_files import search_lines
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.search_lines import HEADER_BYTES, first_at_least, id_of, long_id, short_id, take_out
from chat.storage.records import MAX_ID

HEADER = b"{}".ljust(HEADER_BYTES - 1) + b"\n"


def line(record_id: int, text: str, kind: str = "M") -> bytes:
    ids = {"M": short_id, "N": long_id}.get(kind, lambda number: long_id(number) + long_id(1))(record_id)
    return f"{kind}{ids}{search_lines.time_letters(1000 * record_id)}AAB\x01\x01{text}\n".encode()


def written(folder: Path, lines: list[bytes], edits: list[bytes] | None = None) -> Path:
    room = folder / "lobby.json"
    path, edits_path = search_lines.search_paths(room)
    path.write_bytes(HEADER + b"".join(lines))
    if edits is not None:
        edits_path.write_bytes(HEADER + b"".join(edits))
    return room


@given(st.integers(0, MAX_ID), st.integers(0, MAX_ID))
def test_letters_keep_numbers_and_their_order(one: int, other: int) -> None:
    assert search_lines.number_of(long_id(one).encode()) == one
    assert (long_id(one) < long_id(other)) == (one < other)


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.integers(0, 9000)), max_size=40), st.integers(0, 61))
def test_a_line_is_found_by_its_id_among_lines_of_any_length(found: list[tuple[int, bool, int]], wanted: int) -> None:
    chosen = {record_id: (blank, length) for record_id, blank, length in found}
    lines = [line(record_id, "x" * chosen[record_id][1]) for record_id in sorted(chosen)]
    data = HEADER + b"".join(lines)
    offset = first_at_least(lambda length, at: data[at : at + length], HEADER_BYTES, len(data), id_of, wanted)
    expected = [record_id for record_id in sorted(chosen) if record_id >= wanted]
    assert (id_of(data[offset:]) if offset < len(data) else None) == next(iter(expected), None)


def test_lines_without_a_time_count_as_the_one_behind_them() -> None:
    blank = b"M" + short_id(3).encode() + b" " * 20 + b"\n"
    data = HEADER + line(2, "a") + blank + line(4, "b") + blank
    read = lambda length, at: data[at : at + length]  # noqa: E731
    offsets = [first_at_least(read, HEADER_BYTES, len(data), search_lines.time_of, time) for time in (2000, 2001, 5000)]
    start = HEADER_BYTES + len(line(2, "a"))
    assert offsets == [HEADER_BYTES, start, start + len(blank) + len(line(4, "b"))]


def test_the_words_of_a_deleted_message_are_taken_out_of_both_files(tmp_path: Path) -> None:
    room = written(
        tmp_path,
        [line(2, "keep"), line(3, "x-mark one"), line(400_000_000, "last", "N")],
        [line(5, "x-mark two", "E"), line(9, "kept", "E")],
    )
    before = [path.stat().st_size for path in search_lines.search_paths(room)]
    take_out(Disk(), room, [3, 5, 7])
    main, edits = (path.read_bytes() for path in search_lines.search_paths(room))
    assert [len(main), len(edits)] == before
    assert b"\nM" + short_id(3).encode() + b" " * (len(line(3, "x-mark one")) - 8) + b"\n" in main
    assert b"x-mark" not in main + edits
    assert main.endswith(b"last\n")
    assert edits.endswith(b"kept\n")


def test_a_cache_that_cannot_be_understood_is_removed(tmp_path: Path) -> None:
    room = written(tmp_path, [b"nothing of ours: x-mark\n"], [])
    take_out(Disk(), room, [3])
    assert os.listdir(tmp_path) == []


def test_edits_without_their_cache_are_removed(tmp_path: Path) -> None:
    room = written(tmp_path, [], [line(5, "x-mark", "E")])
    search_lines.search_paths(room)[0].unlink()
    take_out(Disk(), room, [3])
    assert os.listdir(tmp_path) == []


def test_taking_words_out_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(Disk, "sync_data", lambda disk, fd: synced.append(fd))
    room = written(tmp_path, [line(2, "x-mark")])
    take_out(Disk(), room, [2])
    assert len(synced) == 1
    take_out(Disk(), room, [3])
    assert len(synced) == 1, "nothing was changed"
