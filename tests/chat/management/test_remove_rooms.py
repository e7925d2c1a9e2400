"""remove_rooms: which rooms go, and that nothing of them is left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.core.command_rooms import Call, Rooms


@pytest.fixture(autouse=True)
def _made(rooms: Rooms) -> None:
    """Rooms of squatters, and rooms that are in use."""
    rooms.say("lobby", "hello")
    rooms.say("garden", "green")
    rooms.say("old", "long ago", timestamp="2020-01-01T12:00:00.000Z")
    rooms.store.create("squatted-1", "squatted 1")
    rooms.store.create("squatted-2", "squatted 2")


def left(rooms: Rooms) -> set[str]:
    return {info.room for info in rooms.store.rooms()}


@pytest.mark.parametrize(
    ("arguments", "removed"),
    [
        (["garden", "squatted-1"], {"garden", "squatted-1"}),
        (["--empty"], {"squatted-1", "squatted-2"}),
        (["--older-than", "2021-01-01"], {"old"}),
        (["--older-than", "2021-01-01", "--empty", "garden"], {"old", "garden", "squatted-1", "squatted-2"}),
        (["--older-than", "2019-01-01"], set()),
    ],
)
def test_the_rooms_that_are_meant_go_without_a_trace(
    rooms: Rooms, call: Call, arguments: list[str], removed: set[str]
) -> None:
    before = left(rooms)
    done = call("remove_rooms", "--noinput", *arguments)
    assert done.code == 0, done.err
    assert left(rooms) == before - removed
    assert not [path.name for path in rooms.folder.iterdir() if any(room in path.name for room in removed)]


def test_a_dry_run_removes_nothing(rooms: Rooms, call: Call) -> None:
    before = rooms.snapshot()
    done = call("remove_rooms", "--empty", "garden", "--dry-run")
    assert (done.code, done.lines) == (0, ["garden: 1 message.", "squatted-1: 0 messages.", "squatted-2: 0 messages."])
    assert rooms.snapshot() == before


def test_without_a_terminal_nothing_is_removed_unless_it_is_said(rooms: Rooms, manage: Call) -> None:
    before = rooms.snapshot()
    done = manage("remove_rooms", "garden")
    assert done.code == 2
    assert "--noinput" in done.err
    assert rooms.snapshot() == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [([], "--empty"), (["lobby"], "The lobby stays"), (["nowhere"], "There is no room 'nowhere'")],
)
def test_wrong_usage_removes_nothing(rooms: Rooms, call: Call, arguments: list[str], problem: str) -> None:
    before = rooms.snapshot()
    done = call("remove_rooms", "--noinput", *arguments)
    assert done.code == 2
    assert problem in done.err
    assert rooms.snapshot() == before


def test_a_room_in_which_somebody_writes_meanwhile_stays(rooms: Rooms, call: Call, monkeypatch: Any) -> None:
    remove = rooms.store.remove
    monkeypatch.setattr(type(rooms.store), "remove", lambda _, *plan: rooms.say("garden", "wait") and remove(*plan))
    monkeypatch.setattr(rooms.store, "remove", remove, raising=False)
    done = call("remove_rooms", "--noinput", "garden")
    assert done.code == 1
    assert "garden: not removed: somebody wrote in it meanwhile" in done.err
    assert rooms.texts("garden") == ["green", "wait"]


def test_a_damaged_room_is_not_removed_and_the_others_are(rooms: Rooms, call: Call) -> None:
    rooms.say("garden", "more")
    rooms.damage("garden")
    done = call("remove_rooms", "--noinput", "garden", "old")
    assert done.code == 1
    assert "garden" in done.err
    assert {"garden"} <= left(rooms)
    assert "old" not in left(rooms)


def test_a_room_can_be_made_again(rooms: Rooms, call: Call) -> None:
    call("remove_rooms", "--noinput", "garden")
    rooms.say("garden", "a new one")
    assert rooms.texts("garden") == ["a new one"]


def test_what_is_recent_is_not_old(rooms: Rooms, call: Call) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    call("remove_rooms", "--noinput", "--older-than", yesterday)
    assert left(rooms) == {"lobby", "garden", "squatted-1", "squatted-2"}
