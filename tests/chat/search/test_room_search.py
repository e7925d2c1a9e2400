"""Search in a room against a naive one, whatever was said, edited, deleted, cleared, and whoever made the cache."""

import os
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.search import room_search
from chat.search.budget import Budget
from chat.search.json_files import cache, cached
from chat.search.query import Query, parse_query
from chat.search.room_search import RoomSearch, find
from chat.search.texts import search_text
from chat.storage import Draft
from chat.storage.json_files import folded_reader
from chat.storage.json_files.log import JsonFileLog
from chat.storage.json_files.search_lines import search_paths
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient

WORDS = ["deploy", "Müller", "notes", "中文版", "가나", "https://example.org/", "`code`", "12", "ada", "a", "x\ny"]
QUERIES = ["deploy", "muller", "文版", "가", "de", "12", "a", '"x y"', "notes deploy", "from:ada", "from:ada notes"]
QUERIES += ["has:link", "has:code a", "nowhere", "before:2026-11-02", "after:2026-11-02", "after:2026-11-01 notes"]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small rooms exercise everything."""
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    monkeypatch.setattr(cache, "PIECE_RECORDS", 3)
    monkeypatch.setattr(cached, "FIRST_PIECE", 64)
    monkeypatch.setattr(cached, "MAX_PIECE", 256)


@pytest.fixture
def log(tmp_path: Path) -> JsonFileLog:
    return opened(tmp_path)


def opened(folder: Path) -> JsonFileLog:
    log = JsonFileStore(folder, clock=impatient()).open("lobby")
    assert isinstance(log, JsonFileLog)
    return log


def said(text: str, author: str = "ada", day: int = 1) -> Draft:
    return Draft(author=author, username=author, message=text, timestamp=f"2026-11-{day:02}T12:00:00.000Z")


def amendment(kind: str, author: str, target: int, message: str | None = None) -> Draft:
    return Draft(type=kind, author=author, username=author, target=target, message=message)


def author_of(log: JsonFileLog, message_id: int) -> str:
    found = log.message(message_id)
    return (found and found.record.author) or "nobody"


def everything(search: RoomSearch) -> RoomSearch:
    for _ in range(10_000):
        if not search.advance():
            return search
    raise AssertionError("it never ends")


def found_with_cache(search: RoomSearch, query: Query, step: int = 2) -> list[int]:
    """Page by page, each with a budget of its own."""
    ids: list[int] = []
    below: int | None = None
    while below != 0:
        snapshot = search.snapshot()
        assert snapshot is not None
        try:
            found = find(snapshot, query, below, Budget(), step)
        finally:
            snapshot.close()
        ids += [each.record.id for each in search.verified(query, found.ids)]
        below = found.below
    return ids


def found_without_cache(search: RoomSearch, query: Query) -> list[int]:
    ids: list[int] = []
    below: int | None = None
    while below != 0:
        found = search.read(query, below, Budget(), 2)
        ids += found.ids
        below = found.below
    return ids


def naive(log: JsonFileLog, query: Query) -> list[int]:
    """Folds the whole log, record by record."""
    records = {}
    after: int | None = 1
    while after is not None:
        page = log.page(after=after, limit=1000)
        records.update((record.id, record) for record in page.records)
        after = None if page.complete else page.records[-1].id
    texts = {record_id: record for record_id, record in records.items() if record.type == "message"}
    for record in records.values():
        if record.type == "edit" and record.target in texts:
            texts[record.target] = msgspec.structs.replace(texts[record.target], message=record.message)
        elif record.type == "delete" and record.target is not None:
            texts.pop(record.target, None)
    return [record_id for record_id in sorted(texts, reverse=True) if query.matches(search_text(texts[record_id]))]


def check(search: RoomSearch, log: JsonFileLog, text: str) -> list[int]:
    query = parse_query(text)
    expected = naive(log, query)
    assert found_with_cache(everything(search), query) == expected
    assert found_without_cache(search, query) == expected
    return expected


def test_a_word_is_found_in_any_part_of_a_room(log: JsonFileLog) -> None:
    log.append([said(f"message {number} of {WORDS[number % len(WORDS)]}") for number in range(60)])
    search = RoomSearch(log)
    for text in QUERIES:
        check(search, log, text)
    log.append([said("the deploy is done"), said("x" * 3000)])
    assert len(check(search, log, "deploy")) == 7
    assert check(search, log, "x" * 400) == [log.last_id]


def test_a_search_that_spends_its_budget_goes_on_where_it_stopped(log: JsonFileLog) -> None:
    log.append([said(f"{number} {'deploy' if number == 3 else 'other'}") for number in range(100)])
    search, query, below, rounds = everything(RoomSearch(log)), parse_query("deploy"), None, 0
    ids: list[int] = []
    while below != 0:
        snapshot = search.snapshot()
        assert snapshot is not None
        found = find(snapshot, query, below, Budget(0.0001), 10)
        snapshot.close()
        ids, below, rounds = ids + found.ids, found.below, rounds + 1
    assert ids == [5]
    assert rounds > 5


operation = st.one_of(
    st.tuples(st.just("say"), st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from(["ada", "Bob"])),
    st.tuples(st.just("edit"), st.integers(2, 20), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)),
    st.tuples(st.just("edit"), st.integers(2, 20), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)),
    st.tuples(st.just("delete"), st.integers(2, 20), st.just("")),
    st.tuples(st.just("clear"), st.integers(0, 30), st.just("")),
    st.tuples(st.just("search"), st.sampled_from(QUERIES), st.just("")),
    st.tuples(st.just("restart"), st.just(0), st.just("")),
    st.tuples(st.just("piece"), st.just(0), st.just("")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(operation, max_size=25))
def test_whatever_happens_the_same_messages_are_found(operations: list[tuple[str, object, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        log = opened(Path(name))
        log.append([said("first")])
        search = RoomSearch(log)
        for day, (kind, what, who) in enumerate(operations, 1):
            match kind, what:
                case "say", list(words):
                    log.append([said(" ".join(map(str, words)), who, min(day, 28))])
                case "edit", int(target):
                    log.append([amendment("edit", author_of(log, target), target, message=" ".join(who))])
                case "delete", int(target):
                    log.append([amendment("delete", author_of(log, target), target)])
                case "clear", int(through):
                    log.clear(through)
                case "search", str(text):
                    check(search, log, text)
                case "restart", _:
                    log.close()
                    log = opened(Path(name))
                    search = RoomSearch(log)
                case _:
                    search.advance()
        for text in QUERIES:
            check(search, log, text)
        log.close()


def test_a_cache_that_was_cut_or_filled_with_zeros_at_any_place_is_made_anew(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append([said(f"deploy {number}") for number in range(6)])
    everything(RoomSearch(log))
    path, _ = search_paths(log.path)
    whole = path.read_bytes()
    for place in [*random.Random(1).sample(range(len(whole)), 40), 0, len(whole) - 1]:
        zeros = b"\0" * (len(whole) - place)
        for damaged in (whole[:place], whole[:place] + zeros, whole[:place] + zeros[:9] + whole[place + 9 :]):
            path.write_bytes(damaged)
            assert len(check(RoomSearch(log), log, "deploy")) == 6


def test_a_cache_of_another_room_or_history_is_made_anew(tmp_path: Path, log: JsonFileLog) -> None:
    log.append([said("deploy")])
    everything(RoomSearch(log))
    foreign = search_paths(log.path)[0].read_bytes()
    log.clear(log.last_id)
    log.append([said("notes")])
    search_paths(log.path)[0].write_bytes(foreign)
    search = RoomSearch(log)
    assert check(search, log, "deploy") == []
    assert check(search, log, "notes") == [4]


def test_two_processes_continue_one_cache(tmp_path: Path) -> None:
    logs = [opened(tmp_path), opened(tmp_path)]
    searches = [RoomSearch(log) for log in logs]
    for number in range(6):
        for log, search in zip(logs, searches, strict=True):
            log.refresh()
            log.append([said(f"deploy {number}")])
            everything(search)
            query = parse_query("deploy")
            assert found_with_cache(search, query) == naive(log, query)


def test_the_cache_is_kept_across_a_delete_without_its_words(log: JsonFileLog, tmp_path: Path) -> None:
    log.append([said("keep"), said("x-mark one"), said("other")])
    search = everything(RoomSearch(log))
    log.append([amendment("edit", "ada", 3, "x-mark two")])
    log.append([amendment("edit", "ada", 4, "keep this too")])
    assert check(search, log, "x-mark two") == [3]
    before = [path.stat().st_ino for path in search_paths(log.path)]
    snapshot = search.snapshot()
    assert snapshot is not None
    log.append([amendment("delete", "ada", 3)])
    assert [path.stat().st_ino for path in search_paths(log.path)] == before
    assert not any(b"x-mark" in path.read_bytes() for path in tmp_path.iterdir())
    assert find(snapshot, parse_query("x-mark"), None, Budget(), 5).ids == []
    snapshot.close()
    assert check(search, log, "x-mark") == []
    assert check(search, log, "keep") == [4, 2]


def test_a_message_that_another_process_deletes_meanwhile_does_not_get_into_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is deleted after its text was read for the cache, and before that is written."""
    ours, theirs = opened(tmp_path), opened(tmp_path)
    ours.append([said("keep"), said("x-mark")])
    theirs.refresh()
    search, read = RoomSearch(ours), cache.SearchCache._piece

    def read_and_delete(self: cache.SearchCache) -> Any:
        piece = read(self)
        if theirs.message(3) is not None:
            theirs.append([amendment("delete", "ada", 3)])
        return piece

    monkeypatch.setattr(cache.SearchCache, "_piece", read_and_delete)
    everything(search)
    assert not any(b"x-mark" in path.read_bytes() for path in tmp_path.iterdir())
    ours.refresh()
    assert check(search, ours, "keep") == [2]
    assert not any(b"x-mark" in path.read_bytes() for path in tmp_path.iterdir())
    for log in (ours, theirs):
        log.close()


def test_a_message_that_is_deleted_while_it_is_found_is_not_shown(log: JsonFileLog) -> None:
    log.append([said("x-mark one"), said("x-mark two")])
    search, query = everything(RoomSearch(log)), parse_query("x-mark")
    snapshot = search.snapshot()
    assert snapshot is not None
    found = find(snapshot, query, None, Budget(), 5)
    snapshot.close()
    log.append([amendment("delete", "ada", 2)])
    assert [each.record.id for each in search.verified(query, found.ids)] == [3]


def test_a_message_that_is_edited_while_it_is_searched_for_is_found_once(log: JsonFileLog) -> None:
    """Regression: its newest edit was not in the snapshot yet, and the others were taken for outdated."""
    log.append([said("tea at one"), said("other")])
    search = everything(RoomSearch(log))
    log.append([amendment("edit", "ada", 2, "tea at two")])
    everything(search)
    snapshot = search.snapshot()
    assert snapshot is not None
    log.append([amendment("edit", "ada", 2, "tea at three"), amendment("edit", "ada", 3, "other tea")])
    everything(search)
    try:
        found = find(snapshot, parse_query("tea"), None, Budget(), 10)
    finally:
        snapshot.close()
    assert [each.record.id for each in search.verified(parse_query("tea"), found.ids)] == [2]


def test_a_cache_with_many_edits_is_made_anew_with_their_texts(
    log: JsonFileLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MIN_EDIT_BYTES", 100)
    log.append([said("one"), said("two")])
    search = everything(RoomSearch(log))
    edits = search_paths(log.path)[1]
    for number in range(20):
        log.append([amendment("edit", "ada", 2, f"edit {number}")])
        assert check(search, log, "edit") == [2]
        assert not edits.exists() or edits.stat().st_size < 1000


def test_a_line_that_somebody_edited_in_the_room_is_searched(log: JsonFileLog, tmp_path: Path) -> None:
    log.append([said("deploy")])
    everything(RoomSearch(log))
    log.close()
    text = re.sub(r"deploy(.*),\"crc\":\"[0-9a-f]{8}\"", r"release\1", log.path.read_text())
    log.path.write_text(text.replace('{"id":2', '{ "id": 2'))
    edited = opened(tmp_path)
    assert check(RoomSearch(edited), edited, "release") == [2]
    assert check(RoomSearch(edited), edited, "deploy") == []
    edited.close()


def test_the_cache_is_for_its_owner_only(log: JsonFileLog) -> None:
    log.append([said("deploy")])
    everything(RoomSearch(log))
    assert {oct(path.stat().st_mode & 0o777) for path in search_paths(log.path) if path.exists()} == {"0o600"}


def test_a_cache_that_is_removed_meanwhile_is_made_anew(log: JsonFileLog) -> None:
    log.append([said("deploy")])
    search = everything(RoomSearch(log))
    search_paths(log.path)[0].unlink()
    assert search.snapshot() is None
    assert check(search, log, "deploy") == [2]


def test_a_folder_that_cannot_be_written_is_searched_without_a_cache(
    log: JsonFileLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append([said("deploy")])
    search = RoomSearch(log)
    monkeypatch.setattr(cache.SearchCache, "advance", _refuse)
    assert not search.advance()
    assert search.snapshot() is None
    assert found_without_cache(search, parse_query("deploy")) == [2]


def _refuse(self: cache.SearchCache) -> bool:
    raise OSError(28, os.strerror(28))


def test_a_small_room_has_no_cache(log: JsonFileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 10)
    log.append([said("deploy")])
    search = RoomSearch(log)
    assert not search.advance()
    assert not search_paths(log.path)[0].exists()
    assert not search.wants_maintenance


def test_a_room_of_few_messages_with_many_reactions_is_not_small(
    log: JsonFileLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search of fifty messages with two thousand reactions each read all of these, in 1.1 s."""
    monkeypatch.setattr(room_search, "MIN_CACHED", 100)
    log.append([said("deploy")])
    log.append([Draft(type="reaction", author=f"{n}", username="u", target=2, emoji="👋", on=True) for n in range(100)])
    assert found_with_cache(everything(RoomSearch(log)), parse_query("deploy")) == [2]


def test_a_page_that_holds_few_messages_counts_as_many(log: JsonFileLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a cache, with a disk that refuses writes."""
    monkeypatch.setattr(folded_reader, "MAX_PAGE_BYTES", 2000)
    log.append([said("deploy " * 100) for _ in range(10)])
    budget = Budget()
    RoomSearch(log).read(parse_query("deploy"), None, budget, 5)
    small = Budget()
    RoomSearch(log).read(parse_query("deploy"), 3, small, 5)
    assert Budget().left - budget.left == 10 * (Budget().left - small.left)


def test_no_descriptor_stays_open(log: JsonFileLog) -> None:
    log.append([said("deploy")])
    search = everything(RoomSearch(log))
    found_with_cache(search, parse_query("deploy"))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        found_with_cache(search, parse_query("deploy"))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture(autouse=True)
def _closed(log: JsonFileLog) -> Iterator[None]:
    yield
    log.close()
