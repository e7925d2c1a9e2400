"""An owner imports a long history into a room while people talk in it."""

import asyncio
from pathlib import Path

from chat.storage import Draft
from chat.storage.json_files.store import JsonFileStore
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


async def test_an_import_resets_each_screen_once_and_everybody_is_answered_meanwhile(
    storage: Path, tmp_path: Path
) -> None:
    """Regression: each screen began anew at every poll of an import, and own messages went unanswered in between."""
    source = await asyncio.to_thread(long_history, tmp_path / "elsewhere")
    with LiveServer(storage, env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            await ada.say("before")
            command = ("import_history", str(source), "--verbosity", "0")
            importing = asyncio.create_task(asyncio.to_thread(server.manage, *command))
            said = 0
            while not importing.done():
                await ada.say(f"meanwhile {said}")
                said += 1
                await asyncio.sleep(0.05)  # not a wait: ada types
            assert importing.result().returncode == 0, importing.result()
            await bob.receive("welcome")
            await ada.say("after")
            await bob.receive("message", where=lambda event: event["message"] == "after")
            for client in (ada, bob):
                resets = [frame for frame in client.frames if frame.get("reset")]
                assert len(resets) <= 2, "one, or two if the import paused for seconds"
            assert said > 2
            assert resets[-1]["last_id"] >= BATCHES * BATCH
