"""News of other rooms: who gets a `rooms` frame, when, and what it says."""

import asyncio
from typing import Any

import pytest

from chat.conf import Conf
from chat.rooms import room_news
from chat.rooms.hub import Hub
from chat.rooms.room_news import MIN_SECONDS, _pause
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import BOB, clear, fill, join, open_room, say
from tests.support.core.virtual_time_loop import virtual_time


@pytest.fixture
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_news, "MIN_SECONDS", 0.0)


def told(writer: RecordingWriter) -> dict[str, tuple[str, int, int, int]]:
    """The last numbers that a client was told of each room: name, last id, messages, cleared."""
    numbers = [numbers for frame in writer.of_type("rooms") for numbers in frame["rooms"]]
    return {each["room"]: (each["name"], each["last_id"], each["messages"], each.get("cleared", 0)) for each in numbers}


@pytest.mark.usefixtures("_no_pause")
async def test_who_is_in_another_room_is_told_of_a_message_and_who_is_in_the_same_room_is_not(hub: Hub) -> None:
    """Regression: a message in another room was shown up to thirty seconds late, and in a hidden tab not at all."""
    lobby, zoo = await open_room(hub, "lobby"), await open_room(hub, "zoo")
    _, ada_writer = await join(lobby)
    bob, bob_writer = await join(zoo, BOB)
    await say(zoo, bob, bob_writer, "hi")
    await until(lambda: told(ada_writer) == {"zoo": ("zoo", 2, 1, 0)}, "the news")
    assert told(bob_writer) == {}


def test_many_changes_are_told_in_one_frame_and_a_room_is_in_it_once(conf: Conf) -> None:
    with virtual_time() as loop:  # the pause between two frames is as long on a slow machine
        loop.run_until_complete(_change_two_rooms(Hub(JsonFileStore(conf.storage_dir), conf)))


async def _change_two_rooms(hub: Hub) -> None:
    writers: dict[str, Any] = {}
    for slug in ("lobby", "zoo", "tea"):
        writers[slug] = await join(await open_room(hub, slug))
    await say(await open_room(hub, "zoo"), *writers["zoo"], "first")  # told at once; then there is a pause
    _, lobby_writer = writers["lobby"]
    await until(lambda: len(lobby_writer.of_type("rooms")) == 1, "the first frame")
    for text in ("one", "two", "three"):
        for slug in ("zoo", "tea"):
            await say(await open_room(hub, slug), *writers[slug], text)
    await until(lambda: told(lobby_writer).get("tea") == ("tea", 4, 3, 0), "the second frame")
    frames = lobby_writer.of_type("rooms")
    assert told(lobby_writer)["zoo"] == ("zoo", 5, 4, 0)
    assert len(frames) < 6
    assert all(len({numbers["room"] for numbers in frame["rooms"]}) == len(frame["rooms"]) for frame in frames)
    await hub.close()


@pytest.mark.usefixtures("_no_pause")
async def test_a_room_is_told_when_it_is_created(hub: Hub) -> None:
    _, writer = await join(await open_room(hub, "lobby"))
    await hub.directory.create("buro", "Büro")
    await until(lambda: told(writer) == {"buro": ("Büro", 1, 0, 0)}, "the news")


@pytest.mark.usefixtures("_no_pause", "_poll_often")
async def test_what_a_command_does_to_an_open_room_is_told(hub: Hub, conf: Conf) -> None:
    _, writer = await join(await open_room(hub, "zoo"))
    await join(await open_room(hub, "lobby"))
    await fill(conf, ["one", "two"])
    await until(lambda: told(writer).get("lobby") == ("lobby", 3, 2, 0), "the messages")
    await clear(conf, 3)
    await until(lambda: told(writer).get("lobby") == ("lobby", 4, 2, 2), "the clear")


@pytest.mark.usefixtures("_no_pause")
async def test_a_frame_has_a_hundred_rooms_at_most(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_news, "MAX_ROOMS", 2)
    _, writer = await join(await open_room(hub, "lobby"))
    for number in range(5):
        hub.open_rooms.news.created(f"room-{number}", "A room")
    await until(lambda: len(told(writer)) == 5, "all rooms")
    assert [len(frame["rooms"]) for frame in writer.of_type("rooms")] == [2, 2, 1]


async def test_nothing_runs_while_nothing_changes(hub: Hub) -> None:
    await join(await open_room(hub, "lobby"))
    news = hub.open_rooms.news
    news.created("zoo", "Zoo")
    task = news._task
    assert task is not None
    await asyncio.wait([task])
    assert news._task is None


async def test_after_a_stop_nothing_is_told_of_rooms_that_still_change(hub: Hub) -> None:
    """Regression: a batch of another server that came during the shutdown began a task that was pending at the exit."""
    await join(await open_room(hub, "lobby"))
    news = hub.open_rooms.news
    await news.stop()
    news.changed("lobby")
    assert news._task is None


def test_the_more_there_is_to_send_the_rarer_are_the_frames() -> None:
    assert _pause(100, 10) == MIN_SECONDS
    assert _pause(1, 10_000) == 5.0
    assert _pause(100, 10_000) == 50.0
