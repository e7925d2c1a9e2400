"""What clients of a room get when its file was laid out anew, edited, renamed, or given to another user."""

import asyncio
import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from chat.conf import Conf
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import PostMessage
from tests.support.core.asgi_clients import WebSocketClient
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import fill, join, open_room

pytestmark = pytest.mark.usefixtures("_poll_often")


async def refusal(hub: Hub, slug: str) -> tuple[str, bool, str, int | None]:
    """Code, retry, detail and close code of a connection that is refused."""
    async with WebSocketClient(hub, slug) as ada:
        error = await ada.receive()
        return error["code"], error["retry"], error["detail"], await ada.close_code()


async def test_a_layout_of_another_tool_is_named_and_the_room_is_back_after_its_repair(
    hub: Hub, conf: Conf, storage: Path
) -> None:
    await fill(conf, ["one", "two"])
    path = storage / "lobby.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=2))
    code, retry, detail, closed = await refusal(hub, "lobby")
    assert (code, retry, closed) == ("refused", False, 4101)
    assert "laid out anew by a tool" in detail
    assert "verify_history --repair-layout" in detail
    store = JsonFileStore(storage)
    assert await asyncio.to_thread(store.repair_layout, "lobby", store.default_backup_path("lobby"))
    async with WebSocketClient(hub, "lobby") as ada:
        assert (await ada.receive("welcome"))["last_id"] == 3


async def test_a_room_can_be_written_as_soon_as_its_edits_are_accepted(hub: Hub, conf: Conf, storage: Path) -> None:
    await fill(conf, ["one", "two"])
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    path = storage / "lobby.json"
    path.write_bytes(path.read_bytes().replace(b'"one"', b'"eins"'))
    assert (await refused(room, ada, ada_writer, "three"))["code"] == "room_damaged"
    store = JsonFileStore(storage)
    edits = store.edits("lobby")
    assert await asyncio.to_thread(store.accept_edits, "lobby", edits, store.default_backup_path("lobby"))
    assert (await answered(room, ada, ada_writer, "four"))["id"] == 4
    assert ada_writer.close_code is None


async def test_a_message_at_the_old_address_of_a_renamed_room_is_refused(hub: Hub, conf: Conf, storage: Path) -> None:
    await fill(conf, ["one"])
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    (storage / "lobby.json").rename(storage / "hall.json")
    error = await refused(room, ada, ada_writer, "two")
    assert (error["code"], error["retry"]) == ("refused", False)
    assert "renamed to hall.json" in error["detail"]
    assert not (storage / "lobby.json").exists()
    async with WebSocketClient(hub, "hall") as bob:
        assert (await bob.receive("welcome"))["last_id"] == 2


async def test_a_file_of_another_user_is_refused_for_good_with_its_owner_and_what_to_do(
    hub: Hub, conf: Conf, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the clients were told to try again, and did so once a second, for ever."""
    await fill(conf, ["one"])
    room = await open_room(hub, "lobby")
    ada, ada_writer = await join(room)
    open_file = Disk.open

    def forbid(disk: Disk, path: Path, flags: int) -> int:
        if path.name == "lobby.json":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_file(disk, path, flags)

    monkeypatch.setattr(Disk, "open", forbid)
    room.log.close()
    error = await refused(room, ada, ada_writer, "two")
    assert (error["code"], error["retry"], "retry_after" in error) == ("storage_forbidden", False, False)
    assert "Permission denied: " in error["detail"]
    assert "chatsite runs as " in error["detail"]
    await hub.open_rooms.close("lobby", room)
    code, retry, _, closed = await refusal(hub, "lobby")
    assert (code, retry, closed) == ("storage_forbidden", False, 4101)


async def refused(room: Room, ada: Connection, writer: RecordingWriter, text: str) -> dict[str, Any]:
    """The final error that answers a message."""
    error = await answered(room, ada, writer, text)
    assert error["type"] == "error"
    return error


async def answered(room: Room, ada: Connection, writer: RecordingWriter, text: str) -> dict[str, Any]:
    """The final answer to a message, which is sent again, as browsers do, while the server asks for it."""
    known = len(writer.frames)

    def final() -> dict[str, Any] | None:
        nonlocal known
        answers = [frame for frame in writer.frames[known:] if frame.get("client_id") == text]
        if answers and answers[0].get("retry"):
            known = len(writer.frames)
            room.publish(ada, PostMessage(message=text, client_id=text))
        return answers[0] if answers and not answers[0].get("retry") else None

    room.publish(ada, PostMessage(message=text, client_id=text))
    answer: dict[str, Any] = await until(final)
    return answer
