"""Rooms that were written before a test begins, and who comes back to them."""

import asyncio

from chat.conf import Conf
from chat.feed import Position
from chat.identity import Identity
from chat.rooms import Connection, Room
from chat.storage import Draft
from chat.storage.json_file import JsonFileStore
from tests.chat.doubles import RecordingWriter

ADA = Identity("author-a", "ada")


async def fill(conf: Conf, texts: list[str], room: str = "lobby") -> None:
    """A room's file as an earlier run left it: ids 2 and up."""

    def write() -> None:
        log = JsonFileStore(conf.storage_dir).open(room)
        for start in range(0, len(texts), 500):
            log.append([Draft(author="x", username="x", message=text) for text in texts[start : start + 500]])
        log.close()

    await asyncio.to_thread(write)


async def resume(room: Room, since: int, epoch: str | None = None) -> tuple[Connection, RecordingWriter]:
    writer = RecordingWriter()
    return await room.join(writer, ADA, Position(since, epoch or room.feed.epoch)), writer
