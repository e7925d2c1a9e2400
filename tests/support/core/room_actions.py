"""What clients of a room do, without a network, and what another process does to its file."""

import asyncio
from typing import Any

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.replay import ResumePosition
from chat.rooms.room import Room
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import PostMessage
from tests.support.core.doubles import RecordingWriter, until

ADA = Identity("author-a", "ada")
BOB = Identity("author-b", "bob")


async def open_room(hub: Hub, slug: str) -> Room:
    """A room of a hub, opened if necessary; it is closed when it is idle."""
    async with hub.pinned(slug) as room:
        return room


async def join(room: Room, identity: Identity = ADA) -> tuple[Connection, RecordingWriter]:
    """A new client of a room."""
    writer = RecordingWriter()
    return await room.join(writer, identity, None), writer


async def resume(room: Room, since: int, epoch: str | None = None) -> tuple[Connection, RecordingWriter]:
    """A client that resumes after an id; by default with the epoch of the room."""
    writer = RecordingWriter()
    return await room.join(writer, ADA, ResumePosition(since, epoch or room.feed.epoch)), writer


async def say(room: Room, sender: Connection, writer: RecordingWriter, text: str) -> dict[str, Any]:
    """Post a message and wait for its acknowledgement, which is its own event."""
    room.publish(sender, PostMessage(message=text, client_id=f"say {text}"))
    event: dict[str, Any] = await until(
        lambda: next((event for event in writer.of_type("message") if event["message"] == text), None), f"{text!r}"
    )
    return event


async def clear(conf: Conf, through: int) -> None:
    """Clear the lobby up to an id, as another process does."""

    def clear_log() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        log.clear(through)
        log.close()

    await asyncio.to_thread(clear_log)


async def fill(conf: Conf, texts: list[str], room: str = "lobby") -> None:
    """Append messages to a room's file, as another process does."""
    await asyncio.to_thread(append, conf, texts, room)


def append(conf: Conf, texts: list[str], room: str = "lobby") -> None:
    """As `fill`, for a thread."""
    log = JsonFileStore(conf.storage_dir).open(room)
    for start in range(0, len(texts), 500):
        log.append([Draft(author="x", username="x", message=text) for text in texts[start : start + 500]])
    log.close()
