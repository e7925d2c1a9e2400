"""The index of a room in memory: found by id and by client_id, added one by one or in chunks."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage import Record
from chat.storage import position_table as module
from chat.storage.json_files.fast_parse import parse_chunk
from chat.storage.json_files.id_runs import IdRuns
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import encode_line
from chat.storage.json_files.store import JsonFileStore
from chat.storage.position_table import PositionTable
from tests.support.storage.expected_history import said


def record(number: int, client_id: str | None = None) -> Record:
    return Record(id=number, type="message", author="alice", client_id=client_id, timestamp="")


def extend(index: Index, offset: int, *records: Record) -> None:
    found = parse_chunk(b"".join(encode_line(each) + b",\n" for each in records))
    assert found is not None
    index.extend(found.keys, found.lengths, offset, found.kinds, found.ids)


@given(st.sets(st.integers(1, 1000)), st.integers(-5, 1005))
def test_a_place_is_found_by_an_id_whether_it_is_there_or_not(ids: set[int], asked: int) -> None:
    index = Index()
    for number in sorted(ids):
        index.add(record(number), number * 100)
    assert index.count_before(asked) == sum(number < asked for number in ids)
    assert index.count_through(asked) == sum(number <= asked for number in ids)
    assert len(index) == len(ids)


@pytest.mark.parametrize("buckets", [1, 4, 1024])
def test_every_client_id_is_found_in_however_many_buckets(buckets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUCKET_COUNT", buckets)
    index = Index()
    records = [record(number + 1, f"c{number}" if number % 3 else None) for number in range(200)]
    for start in range(0, 200, 10):
        index.add(records[start], start)
        extend(index, start + 1, *records[start + 1 : start + 10])
        for known in range(start + 10):
            assert index.client_ids.find("alice", f"c{known}") == ([known] if known % 3 else [])
    assert index.client_ids.find("alice", "c200") == index.client_ids.find("bob", "c1") == []


@given(st.sets(st.integers(1, 100)), st.integers(1, 30))
def test_ids_are_the_same_however_they_are_added_and_after_they_were_stored(ids: set[int], piece: int) -> None:
    added, runs = sorted(ids), IdRuns()
    for start in range(0, len(added), piece):
        runs.extend(added[start : start + piece])
    assert list(runs) == added == [runs[place] for place in range(len(runs))]
    assert [runs[-place] for place in range(1, len(runs) + 1)] == added[::-1]
    with pytest.raises(IndexError):
        runs[len(runs)]
    if added:
        assert list(IdRuns.restored(runs.firsts, runs.positions, len(runs))) == added


def test_a_lookup_hashes_only_a_part_of_a_large_room_into_buckets_and_misses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Regression: the first message in a room of 3.7 million waited for 1.3 s, until all were hashed."""
    monkeypatch.setattr(module, "FILL_AT_ONCE", 10)
    monkeypatch.setattr(module, "SEARCH_BYTES", 24)
    index = Index()
    extend(index, 0, *[record(number + 1, f"c{number}") for number in range(200)])
    assert index.client_ids.find("alice", "c150") == [150]
    assert sum(map(len, index.client_ids._buckets.values())) == 10
    for number in range(200):
        assert index.client_ids.find("alice", f"c{number}") == [number]
        assert index.client_ids.find("bob", f"c{number}") == []


def test_a_table_for_another_process_finds_the_same_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUCKET_COUNT", 4)
    table = PositionTable.portable()
    table.extend([record(number + 1, f"c{number}" if number % 2 else None) for number in range(100)])
    for _ in range(2):
        while table.fill_in_parts():
            pass
        starts, *buckets = table.stored_parts()
        table = PositionTable.restored(table.key or b"", starts, sum(buckets, array("Q")), 100)
        for number in range(100):
            assert table.find("alice", f"c{number}") == ([number] if number % 2 else [])
    table.add("alice", "new")
    assert table.find("alice", "new") == [100]
    with pytest.raises(ValueError, match="not a table"):
        PositionTable.restored(b"", starts[::-1], buckets[0], 100)


def test_the_places_of_many_lines_are_where_they_begin() -> None:
    records = [record(number, "x" * number) for number in range(1, 30)]
    index = Index()
    extend(index, 1000, *records)
    lengths = [len(encode_line(each)) + 2 for each in records]
    assert list(index.offsets) == [1000 + sum(lengths[:place]) for place in range(29)]
    assert list(index.ids) == list(range(1, 30))


def test_what_only_shares_a_hash_is_offered_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUCKET_COUNT", 1)
    monkeypatch.setattr(module, "HASH_MASK", 0)
    index = Index()
    index.add(record(1, "c0"), 0)
    extend(index, 1, record(2, "c1"), record(3, "c2"))
    assert index.client_ids.find("alice", "c2") == [0, 1, 2]


def test_a_message_whose_hash_another_one_has_is_stored_and_known(
    store: JsonFileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUCKET_COUNT", 1)
    monkeypatch.setattr(module, "HASH_MASK", 0)
    store.open("lobby").append([said("one", "1"), said("two", "2")])
    log = store.open("lobby")
    stored = log.append([said("two", "2"), said("three", "3"), said("two of bob", "2", author="bob")])
    assert [(outcome.record.id, outcome.repeated) for outcome in stored] == [(3, True), (4, False), (5, False)]
    assert log.append([said("three", "3")])[0].record.id == 4


def test_no_bucket_fills_up_with_the_messages_of_one_author() -> None:
    """The time of a lookup is proportional to the bucket. Messages without a client_id must not share one."""
    index = Index()
    for number in range(0, 20_000, 4):
        index.add(record(number + 1, f"c{number}"), number)
        index.add(record(number + 2), number + 1)
        extend(index, number + 2, record(number + 3, f"c{number + 2}"), record(number + 4))
    assert index.client_ids.find("nobody", "never") == []
    lengths = [len(bucket) for bucket in index.client_ids._buckets.values()]
    assert sum(lengths) == 10_000
    assert max(lengths) < 100
