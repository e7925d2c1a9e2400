"""What is kept in memory of a room: found again by id and by client_id, in many runs or in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.storage import Record
from chat.storage import index as module
from chat.storage.index import ClientIds, Index


def record(number: int, client_id: str | None = None) -> Record:
    return Record(id=number, type="message", author="alice", client_id=client_id, timestamp="")


@given(st.sets(st.integers(1, 1000)), st.integers(-5, 1005))
def test_a_place_is_found_by_an_id_whether_it_is_there_or_not(ids: set[int], asked: int) -> None:
    index = Index()
    for number in sorted(ids):
        index.add(record(number), number * 100)
    assert index.before(asked) == sum(number < asked for number in ids)
    assert index.through(asked) == sum(number <= asked for number in ids)
    assert len(index) == len(ids)


@pytest.mark.parametrize("longest", [4, 16, 1000])
def test_every_client_id_is_found_in_however_many_runs(longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUN", 4)
    monkeypatch.setattr(module, "LONGEST_RUN", longest)
    index = Index()
    for number in range(200):
        index.add(record(number + 1, f"c{number}" if number % 3 else None), number)
        for known in range(0, number + 1, 7):
            assert index.candidates("alice", f"c{known}") == ([known] if known % 3 else [])
    assert index.candidates("bob", "c1") == []


def test_runs_are_joined_up_to_a_length_and_so_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUN", 4)
    monkeypatch.setattr(module, "LONGEST_RUN", 64)
    clients = ClientIds()
    for number in range(1024):
        clients.add("alice", str(number), number)
    lengths = [len(run) for run in clients._runs]
    assert sum(lengths) == 1024
    assert max(lengths) == 64


def test_what_only_shares_a_hash_is_offered_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUN", 1)
    monkeypatch.setattr(module, "LONGEST_RUN", 1)
    monkeypatch.setattr(module, "_hash", lambda author, client_id: 7)
    index = Index()
    for number in range(3):
        index.add(record(number + 1, f"c{number}"), number)
    assert sorted(index.candidates("alice", "c2")) == [0, 1, 2]
