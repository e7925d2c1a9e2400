"""Rooms of several processes: two of them never get one name, not even in one moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from chat.rooms.batch_writer import BatchWriter, PendingDraft
from chat.storage import Draft, NameTaken
from chat.storage.database.store import DatabaseStore
from chat.storage.quota import Quota
from tests.support.core.doubles import RecordingWriter
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.drafts import amended
from tests.support.storage.expected_history import said

ROUNDS = 20
Take = Callable[[DatabaseStore, str], object]


def _named(name: str) -> Draft:
    return amended("room_name", name=name)


@pytest.fixture
def processes(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[DatabaseStore, DatabaseStore]]:
    url = postgres.new_database()
    one, two = (database_store(url, tmp_path, Quota(unlike_names=True)) for _ in range(2))
    yield one, two
    one.close()
    two.close()


@pytest.mark.parametrize(
    "take",
    [
        lambda store: store.append("other", [_named("Cafe")]),
        lambda store: store.append("other", [_named("СAFE")]),  # with a Cyrillic letter
        lambda store: store.append("other", [_named("Coffee")]),  # the address
        lambda store: store.append("other", [_named("Lobby")]),
        lambda store: store.create("cafe-2", "cafe"),
        lambda store: store.append("cafe", [said("hi")]),
    ],
)
def test_a_name_that_another_process_stored_is_refused(
    take: Callable[[DatabaseStore], object], processes: tuple[DatabaseStore, DatabaseStore]
) -> None:
    one, two = processes
    one.append("lobby", [_named("The Bakery")])
    one.append("other", [said("hi")])
    one.append("coffee", [_named("Cafe")])
    before = one.rooms()
    with pytest.raises(NameTaken, match="cannot look like the name of another room, “(Cafe|The Bakery)”"):
        take(two)
    assert two.rooms() == before
    two.append("other", [_named("Tea")])
    two.append("other", [_named("Other")])
    assert one.append("coffee", [_named("Coffee")])[0].record, "a room may be called as its address is"


def test_the_owner_may_have_rooms_whose_names_look_alike(
    postgres: PostgresServer, tmp_path: Path, processes: tuple[DatabaseStore, DatabaseStore]
) -> None:
    store = database_store(postgres.new_database(), tmp_path)
    assert store.create("cafe", "Cafe")
    assert store.create("cafe-2", "Cafe")
    assert store.append("cafe-3", [_named("Cafe")])[0].record


@pytest.mark.parametrize(
    ("take_one", "take_two"),
    [
        (
            lambda store, name: store.append("one", [_named(name)]),
            lambda store, name: store.append("two", [_named(name)]),
        ),
        (lambda store, name: store.append("one", [_named(name)]), lambda store, name: store.append(name, [said("hi")])),
        (lambda store, name: store.create(f"{name}-2", name), lambda store, name: store.create(f"{name}-3", name)),
    ],
)
def test_one_of_two_processes_gets_a_name_that_both_want_in_one_moment(
    take_one: Take, take_two: Take, processes: tuple[DatabaseStore, DatabaseStore]
) -> None:
    barrier = Barrier(2)
    processes[0].append("one", [said("hi")])
    processes[0].append("two", [said("hi")])

    def taken(store: DatabaseStore, take: Take, name: str) -> bool:
        barrier.wait()
        try:
            take(store, name)
        except NameTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            name = f"tea-{number}"
            calls = [threads.submit(taken, *each, name) for each in zip(processes, (take_one, take_two), strict=True)]
            assert sorted(call.result() for call in calls) == [False, True]


@pytest.mark.parametrize(
    ("room", "drafts", "stored"),
    [
        ("new", [said("before"), _named("Tea"), said("after")], ["before", "after"]),
        ("new", [_named("Tea")], []),
        ("old", [said("before"), _named("Tea")], ["before"]),
        ("old", [_named("Tea")], []),
        ("tea", [said("hi")], []),  # a room that would be called like its address
    ],
)
def test_of_a_batch_with_a_name_that_is_taken_the_rest_is_stored(
    room: str, drafts: list[Draft], stored: list[str], processes: tuple[DatabaseStore, DatabaseStore]
) -> None:
    """It is no failure of the storage: nothing is logged, and nothing counted as one."""
    one, two = processes
    one.append("coffee", [_named("Tea")])
    one.append("old", [amended("topic", topic="of old things")])
    log = two.open(room)
    result = BatchWriter(log).write([PendingDraft(draft, RecordingWriter()) for draft in drafts])  # type: ignore[arg-type]
    assert [each.error.code.value for each in result.refused] == ["invalid_name"] * (len(drafts) - len(stored))
    assert [each.message for each in two.open(room).page().records if each.type == "message"] == stored
    assert two.open(room).name == room
