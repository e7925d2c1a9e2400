"""Search in many rooms: one order, pages without gaps and doubles, bounded work, and turns between addresses."""

import asyncio
import errno
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chat.conf import Conf
from chat.rooms import open_rooms, search_group, searcher
from chat.rooms.hub import Hub
from chat.rooms.room_hits import RoomHits
from chat.rooms.search_cursor import Cursor, Place, parse_cursor
from chat.search import room_search
from chat.search.budget import Budget
from chat.search.query import parse_query
from chat.search.room_search import RoomSearch
from chat.storage import Draft, StorageUnavailable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.doubles import until

Found = list[tuple[str, int]]


def fill(folder: Path, rooms: int, messages: int, seed: int = 1) -> Found:
    """Messages of which every third is about a deploy, at times that rise in each room; these, newest first."""
    rng, store, wanted = random.Random(seed), JsonFileStore(folder), []
    for number in range(rooms):
        drafts, minutes = [], 0
        for message in range(rng.randrange(messages + 1)):
            minutes += rng.randrange(4)  # often the same minute, also in several rooms
            stamp = f"2026-11-{1 + minutes // 1440:02}T{minutes // 60 % 24:02}:{minutes % 60:02}:00.000Z"
            text = "the deploy" if rng.random() < 0.3 else "something else"
            drafts.append(Draft(author="a", username="ada", message=f"{text} {message}", timestamp=stamp))
            if text == "the deploy":
                wanted.append((stamp, f"room-{number}", message + 2))
        store.append(f"room-{number}", drafts)
    wanted.sort(key=lambda found: (found[1], -found[2]))
    wanted.sort(key=lambda found: found[0], reverse=True)
    return [(room, message_id) for _, room, message_id in wanted]


async def found_everywhere(hub: Hub, text: str, limit: int = 3) -> tuple[Found, int]:
    """Everything, page by page, and the number of pages."""
    found: Found = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = await hub.searcher.everywhere(parse_query(text), parse_cursor(cursor) if cursor else Cursor(), limit, "")
        found += [(hit.room, hit.message.record.id) for hit in page.hits]
        assert str(parse_cursor(page.cursor)) == page.cursor if page.cursor else True
        cursor, pages = page.cursor, pages + 1
        assert pages < 1000
    return found, pages


async def test_the_messages_of_all_rooms_are_in_one_order(hub: Hub, storage: Path) -> None:
    expected = fill(storage, 7, 25)
    assert len(expected) > 8
    assert (await found_everywhere(hub, "deploy"))[0] == expected
    assert (await found_everywhere(hub, "nowhere"))[0] == []


@pytest.mark.parametrize("work", [1, 4, 6])
async def test_a_search_within_any_budget_finds_every_message_once(
    hub: Hub, storage: Path, work: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_group, "MAX_WORK", work)
    monkeypatch.setattr(room_search, "READ_AT_A_TIME", 2)
    expected = fill(storage, 7, 25)
    found, pages = await found_everywhere(hub, "deploy")
    assert sorted(found) == sorted(expected)
    assert pages > 4
    for slug in {room for room, _ in expected}:
        assert [each for each in found if each[0] == slug] == [each for each in expected if each[0] == slug]


async def test_a_room_is_searched_page_by_page(hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message=f"{n}") for n in range(30)])
    found, below, sizes = [], None, []
    while below != 0:
        page = await hub.searcher.in_room("lobby", parse_query("from:ada 1"), below, 5, "")
        found += [hit.message.record.message for hit in page.hits]
        below, sizes = int(page.cursor or 0), [*sizes, len(page.hits)]
    assert found == [f"{n}" for n in reversed(range(30)) if "1" in str(n)]
    assert max(sizes) == 5


async def test_a_message_that_comes_during_a_search_does_not_send_it_to_the_file(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache is a message behind then; it is continued, and not the whole room read."""
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")] * 9)
    monkeypatch.setattr(RoomSearch, "read", None)
    async with hub.pinned("lobby") as room:
        for expected in range(9, 12):
            page = await hub.searcher.in_room("lobby", parse_query("deploy"), None, 20, "")
            assert len(page.hits) == expected
            room.log.append([Draft(author="a", username="ada", message="deploy")])


async def test_a_message_that_comes_between_two_parts_of_a_search_does_neither(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")] * 9)
    monkeypatch.setattr(RoomSearch, "read", None)
    async with hub.pinned("lobby") as room:
        with ThreadPoolExecutor(1) as executor:
            hits = RoomHits(room.search, executor, parse_query("deploy"), None, Budget())
            found = await hits.next(5)
            room.log.append([Draft(author="a", username="ada", message="deploy")])
            found += await hits.next(5)
    assert [each.record.id for each in found] == [10, 9, 8, 7, 6, 5, 4, 3, 2]


async def test_a_damaged_cache_is_thrown_away_and_the_room_is_read(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")] * 3)
    assert len((await hub.searcher.in_room("lobby", parse_query("deploy"), None, 20, "")).hits) == 3
    cache = storage / ".lobby.search"
    whole = cache.read_bytes()
    cache.write_bytes(whole[:256] + whole[256:].replace(b"M", b"?"))
    assert len((await hub.searcher.in_room("lobby", parse_query("deploy"), None, 20, "")).hits) == 3
    assert len((await hub.searcher.in_room("lobby", parse_query("deploy"), None, 20, "")).hits) == 3
    assert cache.read_bytes() == whole


async def test_addresses_take_turns(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """One address asks many times before another one asks once; that one waits for one search."""
    done: list[str] = []

    async def search(address: str) -> None:
        await hub.searcher.in_room("lobby", parse_query("x"), None, 1, address)
        done.append(address)

    await asyncio.gather(*(search("one") for _ in range(5)), search("other"))
    assert done.index("other") <= 1


async def test_the_text_of_an_answer_is_bounded(hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searcher, "MAX_TEXT", 10)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")] * 60)
    page = await hub.searcher.in_room("lobby", parse_query("deploy"), None, 50, "")
    assert (len(page.hits), page.cursor) == (50, "12")  # one answer of the room is not divided
    monkeypatch.setattr(search_group, "MAX_TEXT", 10)
    assert len((await hub.searcher.everywhere(parse_query("deploy"), Cursor(), 50, "")).hits) == 2


async def test_a_search_pauses_while_a_batch_is_on_its_way(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    monkeypatch.setattr(searcher, "MAX_PAUSE_SECONDS", 1000)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")])
    with hub.batch_priority.batch():
        search = asyncio.create_task(hub.searcher.in_room("lobby", parse_query("nowhere"), None, 1, ""))
        await until(lambda: hub.open_rooms.peek("lobby"))
        done, _ = await asyncio.wait([search], timeout=0.2)
        assert not done
    assert (await search).hits == []


async def test_the_housekeeper_makes_the_cache_of_a_room_that_was_searched(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    JsonFileStore(storage).append("lobby", [Draft(author="a", username="ada", message="deploy")] * 1000)
    monkeypatch.setattr(open_rooms, "SEARCH_CACHE_SECONDS", 1000)  # a busy machine must not end its turn
    async with hub.pinned("lobby") as room:
        assert not room.search.wants_maintenance
        room.search.advance()
        assert room.search.wants_maintenance
        await hub.open_rooms.continue_search_cache("lobby", room)
        assert not room.search.wants_maintenance
        snapshot = room.search.snapshot()
        assert snapshot is not None
        snapshot.close()


@pytest.mark.parametrize(
    "cursor", [Cursor(), Cursor("a"), Cursor("a", "b", Place(5, "a", 7)), Cursor("a", "a", below=9)]
)
def test_a_cursor_is_read_back(cursor: Cursor) -> None:
    assert parse_cursor(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["x", "a.b.c.d.e", "....", "a.b.1.c.99999999999999999", "A.b.1.c.1"])
def test_a_cursor_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_cursor(text)


def test_a_budget_counts_work_of_every_kind() -> None:
    budget = Budget(4)
    budget.spend(mebibytes=1, lines=1000, messages=100)
    assert (budget.left, budget.is_spent) == (1, False)
    budget.spend(mebibytes=1)
    assert budget.is_spent


async def test_a_room_that_cannot_be_read_is_named_and_the_others_are_searched(
    conf: Conf, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was left out in silence: nothing was found, and these were all."""
    expected = fill(storage, 4, 25)
    broken = expected[0][0]
    unreadable = {f"{broken}.json"}

    class PartlyUnreadable(Disk):
        def open(self, path: Path, flags: int) -> int:
            if path.name in unreadable:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().open(path, flags)

    hub = Hub(JsonFileStore(storage, PartlyUnreadable()), conf)
    page = await hub.searcher.everywhere(parse_query("deploy"), Cursor(), 50, "")
    assert page.not_searched == [(broken, broken)]
    assert [(hit.room, hit.message.record.id) for hit in page.hits] == [e for e in expected if e[0] != broken]
    unreadable.clear()
    assert (await found_everywhere(hub, "deploy"))[0] == expected
    await hub.close()


async def test_so_is_one_that_fails_in_the_middle(hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_group, "FIRST_HITS", 1)
    expected = fill(storage, 3, 25)
    real, asked, first = RoomSearch.verified, Counter[str](), expected[0]
    broken = first[0]

    def fails_later(search: RoomSearch, *arguments: Any) -> Any:
        asked[search._log.room] += 1
        if search._log.room == broken and asked[broken] > 1:
            raise StorageUnavailable(broken, "gone")
        return real(search, *arguments)

    monkeypatch.setattr(RoomSearch, "verified", fails_later)
    page = await hub.searcher.everywhere(parse_query("deploy"), Cursor(), 50, "")
    found = [(hit.room, hit.message.record.id) for hit in page.hits]
    assert found == [each for each in expected if each[0] != broken or each == first]
    assert (page.not_searched, page.cursor) == ([(broken, broken)], None)
