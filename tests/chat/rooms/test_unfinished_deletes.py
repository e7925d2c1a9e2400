"""A delete that a dead server left unfinished is not delivered before its words are gone, whatever the disk does."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.history_reader import Reader
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage import Draft, StorageUnavailable
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import FetchHistory, PostMessage
from chat.wire.protocol import to_builtins
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import ADA, BOB, join, open_room, resume

pytestmark = pytest.mark.usefixtures("_poll_often")
SECRET = "my x-mark password that nobody may read"


class RefusingDisk(Disk):
    """Refuses one kind of call: "open" for writing, "write", "sync", or the "blanks" that take words out."""

    refused = ""

    def open(self, path: Path, flags: int) -> int:
        self._refuse("open", flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT))
        return super().open(path, flags)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self._refuse("blanks", b" " * 20 in data)
        self._refuse("write", True)
        super().write(fd, data, offset)

    def sync_data(self, fd: int) -> None:
        self._refuse("sync", True)
        super().sync_data(fd)

    def _refuse(self, call: str, condition: object) -> None:
        if self.refused == call and condition:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))


@pytest.fixture
def disk() -> RefusingDisk:
    return RefusingDisk()


@pytest.fixture
async def restarted(conf: Conf, disk: RefusingDisk) -> AsyncIterator[Hub]:
    """A new server; the one before it died over the delete of message 3, behind 2 and in front of 4."""
    log = JsonFileStore(conf.storage_dir, disk).open("lobby")
    log.append([_said("before"), _said(SECRET), _said("behind")])
    disk.refused = "blanks"
    with pytest.raises(StorageUnavailable):
        log.append([Draft(type="delete", author=ADA.author, username="ada", target=3)])
    log.close()
    disk.refused = ""
    hub = Hub(JsonFileStore(conf.storage_dir, disk), conf)
    yield hub
    disk.refused = ""
    await hub.close()


def _said(text: str) -> Draft:
    return Draft(author=ADA.author, username="ada", message=text)


@pytest.mark.parametrize("refused", ["open", "write", "sync", "blanks"])
async def test_it_is_delivered_when_the_disk_takes_the_words_out_and_not_before(
    refused: str, restarted: Hub, disk: RefusingDisk, conf: Conf, caplog: pytest.LogCaptureFixture
) -> None:
    """The server started behind the delete, as if it had delivered it, and the words stood in the file for good."""
    disk.refused = refused
    room = await open_room(restarted, "lobby")
    (ada, ada_writer), (_, who_came_back) = await join(room), await resume(room, since=4)
    assert [frame["last_id"] for frame in ada_writer.of_type("welcome")] == [4]
    assert await _texts(room) == ["before", "behind"]
    room.publish(ada, PostMessage(message="refused", client_id="c"))
    await until(lambda: ada_writer.of_type("error"), "the refusal")
    await until(lambda: "a delete is unfinished" in caplog.text, "the reason in the log")
    assert "Read-only file system; until that is mended the room can only be read" in caplog.text
    with pytest.raises(StorageUnavailable):
        await room.poll_log()
    assert not _has(ada_writer, "delete")
    assert not _has(who_came_back, "delete")
    if refused != "sync":
        assert SECRET in (conf.storage_dir / "lobby.json").read_text()

    disk.refused = ""
    for writer in (ada_writer, who_came_back):
        await until(lambda writer=writer: _has(writer, "delete"), "the delete")
    assert SECRET not in (conf.storage_dir / "lobby.json").read_text()
    assert room.feed.last_delivered_id == room.log.last_id == 5
    await join(room, BOB)
    assert await _texts(room) == ["before", "behind"]


async def test_a_room_whose_words_were_put_back_by_hand_is_shown_to_its_end(
    restarted: Hub, disk: RefusingDisk, conf: Conf
) -> None:
    """Its delete was delivered long ago: what came behind it is not held back."""
    path = conf.storage_dir / "lobby.json"
    words = path.read_bytes().split(b"\n")[3]
    log = JsonFileStore(conf.storage_dir).open("lobby")
    log.append([_said("later")])
    log.close()
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], words, *lines[4:]]))
    disk.refused = "write"
    room = await open_room(restarted, "lobby")
    _, writer = await join(room, Identity("author-c", "cleo"))
    assert [frame["last_id"] for frame in writer.of_type("welcome")] == [6]
    assert await _texts(room) == ["before", "behind", "later"]


async def _texts(room: Room) -> list[str]:
    page = await room.page(FetchHistory(limit=50), Reader())
    return [event["message"] for event in map(to_builtins, page.events) if event["type"] == "message"]


def _has(writer: RecordingWriter, kind: str) -> bool:
    return bool(writer.of_type(kind))
