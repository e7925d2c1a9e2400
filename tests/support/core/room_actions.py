"""People in a room without a network, and another process at its file."""

import asyncio
from typing import Any

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.connections import Connection
from chat.rooms.replay import ResumePosition
from chat.rooms.room import Room
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from chat.wire.protocol import PostMessage
from tests.support.core.doubles import RecordingWriter, until

ADA = Identity("author-a", "ada")
BOB = Identity("author-b", "bob")


async def join(room: Room, identity: Identity = ADA) -> tuple[Connection, RecordingWriter]:
    writer = RecordingWriter()
    return await room.join(writer, identity, None), writer


async def resume(room: Room, since: int, epoch: str | None = None) -> tuple[Connection, RecordingWriter]:
    writer = RecordingWriter()
    return await room.join(writer, ADA, ResumePosition(since, epoch or room.feed.epoch)), writer


async def say(room: Room, sender: Connection, writer: RecordingWriter, text: str) -> dict[str, Any]:
    """Post a message and wait until it comes back."""
    room.publish(sender, PostMessage(message=text, client_id=f"say {text}"))
    event: dict[str, Any] = await until(
        lambda: next((event for event in writer.of("message") if event["message"] == text), None), f"{text!r}"
    )
    return event


async def clear(conf: Conf, through: int) -> None:
    """The lobby's history, dropped by another process up to an id."""

    def drop() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        log.clear(through)
        log.close()

    await asyncio.to_thread(drop)


async def fill(conf: Conf, texts: list[str], room: str = "lobby") -> None:
    """Messages that another process wrote into a room's file, now or before."""

    def write() -> None:
        log = JsonFileStore(conf.storage_dir).open(room)
        for start in range(0, len(texts), 500):
            log.append([Draft(author="x", username="x", message=text) for text in texts[start : start + 500]])
        log.close()

    await asyncio.to_thread(write)
