"""An owner imports a long history into a room while people talk in it."""

import asyncio
import time
from pathlib import Path
from typing import Any

from chat.rooms.reset_delay import MAX_SECONDS
from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.doubles import until
from tests.support.live_server import Client, LiveServer
from tests.support.servers.server_kinds import NO_RATE_LIMIT

BATCHES, BATCH = 126, 1000


def long_history(folder: Path) -> Path:
    log = JsonFileStore(folder).open("lobby")
    for start in range(0, BATCHES * BATCH, 9000):
        numbers = range(start, start + 9000)
        log.append([Draft(author="zoe", username="zoe", message=f"number {number}") for number in numbers])
    log.close()
    return folder / "lobby.json"


def shows(frame: dict[str, Any], message: str) -> bool:
    """Whether it is the message, or a page with it: what a page of a reset shows is not sent by itself."""
    return message in [event.get("message") for event in (frame, *frame.get("events", []))]


async def say(client: Client, message: str) -> None:
    """Post a message, and wait until it is shown."""
    await client.send(type="message", message=message, client_id=message)
    await client.receive(where=lambda frame: shows(frame, message))


async def read_all(client: Client) -> None:
    """Read on: whoever reads nothing for long is closed."""
    async for _ in client:
        pass


async def test_an_import_resets_each_screen_once_and_everybody_is_answered_meanwhile(
    storage: Path, tmp_path: Path
) -> None:
    """Regression: each screen began anew at every poll of an import, and own messages went unanswered in between."""
    source = await asyncio.to_thread(long_history, tmp_path / "elsewhere")
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            reading = asyncio.create_task(read_all(bob))
            await say(ada, "before")
            command = ("import_history", str(source), "--verbosity", "0")
            importing = asyncio.create_task(asyncio.to_thread(server.manage, *command))
            said, begin = 0, time.monotonic()
            while not importing.done():
                await say(ada, f"meanwhile {said}")
                said += 1
                await asyncio.sleep(0.05)  # not a wait: ada types
            assert importing.result().returncode == 0, importing.result()
            await say(ada, "after")
            await until(lambda: any(shows(frame, "after") for frame in bob.frames), "the last message")
            await say(ada, "goodbye")  # what everybody got before this, she has read
            reading.cancel()
            most = 2 + (time.monotonic() - begin) // MAX_SECONDS
            for client in (ada, bob):
                resets = [frame for frame in client.frames if frame.get("reset")]
                assert 1 <= len(resets) <= most, "one, two if the import paused, and more if it takes long"
            assert said > 2
