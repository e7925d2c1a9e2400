"""An owner's tool works on the file of a room that is in use: nothing is written under it, and nothing is cut.

tests/support/storage/tools.py replays the tools' system calls. Posts come between any two of them.
"""

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.storage import RoomDamaged, RoomLog, RoomUnusable, StorageUnavailable
from chat.storage.json_files import room_content
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.scan import TRAILER, scan
from chat.storage.json_files.standing_still import SETTLE_SECONDS
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import ManualClock
from tests.support.storage.expected_history import said
from tests.support.storage.hand_edits import edit_without_crc
from tests.support.storage.tools import TOOLS, Tool, git_checkout, in_place, shell_redirection

REFUSED = "refused"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(folder: Path, clock: ManualClock) -> JsonFileStore:
    return JsonFileStore(folder, clock=clock)


@pytest.fixture
def older(lobby: Path) -> bytes:
    """A copy of the lobby; ten messages follow it."""
    content = lobby.read_bytes()
    log = JsonFileStore(lobby.parent).open("lobby")
    for number in range(10):
        log.append([said(f"after the copy {number}")])
    log.close()
    return content


@pytest.fixture
def log(store: JsonFileStore, older: bytes) -> RoomLog:
    """The room in use; its last id is 16."""
    log = store.open("lobby")
    log.append([said("the last one", "c1")])
    return log


def texts(log: RoomLog) -> list[str | None]:
    return [record.message for record in log.page(limit=1000).records]


def is_refused(log: RoomLog) -> bool:
    """Whether a post is refused for the moment."""
    try:
        log.append([said(REFUSED)])
    except StorageUnavailable:
        return True
    return False


def settle(log: RoomLog, clock: ManualClock) -> None:
    """The poll of the room looks, time passes, and it looks again."""
    with pytest.raises(StorageUnavailable, match="another program"):
        log.refresh()
    clock.pass_time()
    log.refresh()


@pytest.fixture(params=[True, False], ids=["leases", "no leases"])
def _leases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without leases nobody knows who has the file open: then standing still has to do."""
    if not request.param:
        monkeypatch.setattr(Disk, "has_writer", lambda disk, fd: None)


@pytest.mark.usefixtures("_leases")
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_a_copy_that_is_put_back_while_people_post_is_never_written_to_before_it_is_whole(
    tool: Tool, log: RoomLog, lobby: Path, older: bytes, clock: ManualClock
) -> None:
    """Regression: a post renamed a new file over the emptied one, and the tool wrote on into nothing."""
    known = texts(log)
    epoch = log.epoch
    accepted = 0
    for _ in tool(lobby, older):
        accepted += not is_refused(log)
        clock.pass_time(SETTLE_SECONDS / 4)
    assert lobby.read_bytes() == older
    assert accepted <= 1 or tool is in_place, "only before the tool began to change the file"
    clock.pass_time()
    log.refresh()
    assert texts(log) == ["one", "two", "three", "four", "five"] == known[:5]
    assert (log.last_id, log.damage) == (6, None)
    assert log.epoch != epoch, "ids 7 to 16 will be given again"
    assert lobby.read_bytes() == older, "until something is written"
    assert log.append([said("new")])[0].record.id == 7
    records = json.loads(lobby.read_bytes())
    assert records[0]["epoch"] == log.epoch
    assert records[1:] == [*json.loads(older)[1:], records[-1]]
    assert not list(lobby.parent.glob("*.torn-*"))


@pytest.mark.usefixtures("_leases")
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_the_same_content_written_again_is_the_same_history(
    tool: Tool, log: RoomLog, lobby: Path, clock: ManualClock
) -> None:
    content, epoch = lobby.read_bytes(), log.epoch
    for _ in tool(lobby, content):
        with contextlib.suppress(StorageUnavailable):
            log.refresh()
        clock.pass_time(SETTLE_SECONDS / 4)
    clock.pass_time()
    log.append([said("new")])
    assert (log.epoch, texts(log)[-1]) == (epoch, "new")
    assert not list(lobby.parent.glob("*.torn-*"))


def test_a_program_that_pauses_with_the_file_open_is_waited_for(
    log: RoomLog, lobby: Path, older: bytes, clock: ManualClock
) -> None:
    """`(sleep 60; cat backup) > room.json`: the file stands still, and is not finished."""
    working = shell_redirection(lobby, older)
    next(working)
    for _ in range(3):
        with pytest.raises(StorageUnavailable, match="open for writing"):
            log.refresh()
        clock.pass_time(60)
    assert is_refused(log)
    for _ in working:
        pass
    settle(log, clock)
    assert log.last_id == 6


def test_what_was_seen_of_a_file_survives_a_room_that_nobody_uses(
    log: RoomLog, store: JsonFileStore, lobby: Path, clock: ManualClock
) -> None:
    """A room without people is closed after a minute."""
    log.close()
    lobby.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            store.open("lobby")
        clock.pass_time(SETTLE_SECONDS / 2)
    clock.pass_time()
    assert store.open("lobby").last_id == 1


def test_pages_are_not_read_from_a_file_that_was_emptied(log: RoomLog, lobby: Path) -> None:
    lobby.write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="another program"):
        log.page()


def test_a_lock_that_cannot_be_had_is_no_way_around_standing_still(
    log: RoomLog, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only folder is read without the lock."""

    def refuse(disk: Disk, fd: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(Disk, "lock", refuse)
    lobby.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="another program"):
            log.refresh()
    assert log.last_id == 17


def test_a_removed_file_is_a_new_room_after_it_stayed_away(
    log: RoomLog, lobby: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    epoch = log.epoch
    lobby.unlink()
    assert is_refused(log)
    assert not lobby.exists()
    settle(log, clock)
    assert (log.last_id, texts(log), log.exists) == (1, [], False)
    assert log.epoch != epoch
    assert "Records before: 17 up to id 17; now: none" in caplog.text
    fresh = log.epoch
    assert log.append([said("again")])[0].record.id == 2
    assert log.epoch == fresh == json.loads(lobby.read_bytes())[0]["epoch"]


def test_a_removed_room_can_be_created_again(
    log: RoomLog, store: JsonFileStore, lobby: Path, clock: ManualClock
) -> None:
    log.close()
    lobby.unlink()
    with pytest.raises(StorageUnavailable, match="another program"):
        store.create("lobby", "The Lobby")
    clock.pass_time()
    assert store.create("lobby", "The Lobby")
    lobby.unlink()
    assert JsonFileStore(lobby.parent).create("lobby", "Lobby"), "at once, in a process that never knew the file"


def test_a_process_that_starts_repairs_a_torn_tail_unless_somebody_writes_it(lobby: Path) -> None:
    content = lobby.read_bytes()
    with lobby.open("wb", buffering=0) as tool:
        tool.write(content[:-30])
        for _ in range(2):
            with pytest.raises(StorageUnavailable, match="open for writing"):
                JsonFileStore(lobby.parent).open("lobby")
        tool.write(content[-30:])
    log = JsonFileStore(lobby.parent).open("lobby")
    assert (log.last_id, list(lobby.parent.glob("*.torn-*"))) == (6, [])
    log.close()
    lobby.write_bytes(content[:-30])
    assert JsonFileStore(lobby.parent).open("lobby").last_id == 5, "as after a crash"


@pytest.mark.parametrize("content", [b"", b"[\n]\n"])
def test_an_empty_file_that_somebody_writes_is_not_replaced(content: bytes, lobby: Path) -> None:
    whole = lobby.read_bytes()
    lobby.write_bytes(content)
    log = JsonFileStore(lobby.parent).open("lobby")  # nobody has it open yet
    with lobby.open("wb", buffering=0) as tool:
        assert is_refused(log)
        tool.write(whole)
    assert lobby.read_bytes() == whole
    assert log.append([said("new")])[0].record.id == 7


class EmptyingDisk(Disk):
    """Another program empties the file between the server's look and its write."""

    tool: Iterator[None] | None = None

    def write(self, fd: int, data: bytes, offset: int) -> None:
        if self.tool is not None and b"refused" in data:
            next(self.tool)
        super().write(fd, data, offset)


@pytest.mark.parametrize("tool", [shell_redirection, git_checkout])
def test_a_write_that_meets_a_tool_is_refused_and_taken_back(
    tool: Tool, older: bytes, lobby: Path, clock: ManualClock
) -> None:
    """Regression: the write left a hole in the emptied file, and itself behind it, and was acknowledged."""
    disk = EmptyingDisk()
    log = JsonFileStore(lobby.parent, disk, clock=clock).open("lobby")
    disk.tool = working = tool(lobby, older)
    assert is_refused(log)
    disk.tool = None
    for _ in working:
        assert is_refused(log)
    settle(log, clock)
    assert texts(log) == ["one", "two", "three", "four", "five"]
    assert REFUSED.encode() not in lobby.read_bytes()
    assert log.append([said("new")])[0].record.id == 7
    log.close()


def test_a_write_that_meets_a_tool_that_empties_the_file_leaves_no_zeros(lobby: Path, clock: ManualClock) -> None:
    """Regression: `jq . f > f` left zeros up to the place of the write, and the room was refused for ever."""
    disk = EmptyingDisk()
    log = JsonFileStore(lobby.parent, disk, clock=clock).open("lobby")
    disk.tool = (os.truncate(lobby, 0) for _ in range(1))
    assert is_refused(log)
    disk.tool = None
    assert lobby.read_bytes() == b""
    settle(log, clock)
    assert log.append([said("new")])[0].record.id == 2
    log.close()


def test_a_file_cut_by_some_bytes_is_repaired_when_it_stands_still(
    log: RoomLog, lobby: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """`truncate -s -100`: id 17 is given again, so everybody starts again."""
    epoch = log.epoch
    os.truncate(lobby, lobby.stat().st_size - 100)
    cut = lobby.read_bytes()
    assert is_refused(log)
    assert lobby.read_bytes() == cut
    settle(log, clock)
    assert (log.last_id, log.epoch != epoch) == (16, True)
    assert "Records before: 17 up to id 17; now: 16 up to id 16" in caplog.text
    assert log.append([said("new")])[0].record.id == 17
    assert json.loads(lobby.read_bytes())[0]["epoch"] == log.epoch
    assert len(list(lobby.parent.glob("*.torn-*"))) == 1


def test_other_bytes_of_the_same_length_are_noticed(log: RoomLog, lobby: Path, clock: ManualClock) -> None:
    """A hex editor. Regression: only the inode and the size were compared."""
    text = lobby.read_bytes()
    edited = text.replace(b'"message":"two"', b'"message":"TWO"')
    with lobby.open("r+b") as file:
        file.write(edited)
    assert is_refused(log)
    clock.pass_time()
    with pytest.raises(RoomDamaged, match="line 4"):
        log.append([said("no")])
    with lobby.open("r+b") as file:
        file.write(text)
    log.append([said("good again")])


def test_an_edit_while_the_server_runs_is_read_at_once_if_it_is_whole(
    log: RoomLog, lobby: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    epoch = log.epoch
    edit_without_crc(lobby, 4, b'"two"', b'"what I meant, and it is longer than the checksum"')
    log.refresh()
    assert (texts(log)[1], log.epoch) == ("what I meant, and it is longer than the checksum", epoch)
    assert "another program changed the file" in caplog.text


def test_a_file_that_is_waited_for_is_scanned_once(log: RoomLog, lobby: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: each message of those two seconds scanned a large file, and all rooms waited for that."""
    scans = []
    monkeypatch.setattr(room_content, "scan", lambda read, *index: scans.append(read) or scan(read, *index))
    lobby.write_bytes(lobby.read_bytes().replace(b'"message":"two"', b'"message":"TWO"'))
    for _ in range(3):
        assert is_refused(log)
    assert len(scans) == 1


def test_a_folder_that_is_gone_is_not_made_again(
    store: JsonFileStore, log: RoomLog, folder: Path, clock: ManualClock
) -> None:
    """`mv storage old; mv backup storage`.

    Regression: a message made a new folder between the two. The second command put the backup into it, and all rooms
    were empty.
    """
    epoch, away = log.epoch, folder.with_name("away")
    folder.rename(away)
    new_room = store.open("tea")
    for _ in range(3):
        for room in (log, new_room):
            with pytest.raises(StorageUnavailable, match="the folder is gone"):
                room.append([said(REFUSED)])
        with pytest.raises(StorageUnavailable, match="the folder is gone"):
            log.refresh()
        with pytest.raises(StorageUnavailable):
            store.check_writable()
        clock.pass_time()
    away.rename(folder)
    assert (log.append([said("back")])[0].record.id, log.epoch) == (18, epoch)


def test_a_folder_that_the_owner_makes_anew_begins_with_empty_rooms(log: RoomLog, folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "away")
    assert is_refused(log)
    folder.mkdir()
    assert log.append([said("new")])[0].record.id == 2


def test_a_file_that_cannot_be_read_is_not_said_to_hold_no_records(
    log: RoomLog, lobby: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """`jq . f | sponge f`. Regression: the log said "now: none" at every look, which is twice a second."""
    caplog.set_level(logging.INFO)
    lobby.write_text(json.dumps(json.loads(lobby.read_bytes()), indent=2), encoding="utf-8")
    assert is_refused(log)
    clock.pass_time()
    for _ in range(3):
        with pytest.raises(RoomUnusable, match="laid out anew"):
            log.refresh()
    assert caplog.text == ""


def test_a_file_that_another_process_has_taken_in_without_a_checkpoint_is_scanned_once(
    log: RoomLog, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that opens a room after a crash writes the last batch again. It cannot tell what others changed."""
    scans = []
    (lobby.parent / ".lobby.lock").write_bytes(b"")
    other = JsonFileStore(lobby.parent).open("lobby")
    other.close()
    assert log.changed()
    monkeypatch.setattr(room_content, "scan", lambda *of: scans.append(of) or scan(*of))
    log.refresh()
    other.append([said("from another process")])
    other.close()
    assert log.append([said("new")])[0].record.id == 19
    assert len(scans) == 1


def test_the_trailer_is_all_that_a_poll_reads_of_what_others_wrote(
    log: RoomLog, lobby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = JsonFileStore(lobby.parent).open("lobby")
    other.append([said("from another process")])
    other.close()
    content = lobby.read_bytes()
    monkeypatch.setattr(room_content, "scan", lambda read: pytest.fail("the whole file was read"))
    log.refresh()
    assert (log.last_id, texts(log)[-1]) == (18, "from another process")
    assert lobby.read_bytes() == content
    assert content.endswith(TRAILER)
