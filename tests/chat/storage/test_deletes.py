"""A delete takes the words out of the folder before it is acknowledged, whatever was done to the file by hand."""

import errno
import json
import os
import re
from itertools import count
from pathlib import Path

import pytest

from chat.storage import Draft, Record, RoomLog, StorageUnavailable
from chat.storage.json_files.blanking import blanked
from chat.storage.json_files.disk import Disk
from chat.storage.json_files.lines import record_bytes
from chat.storage.json_files.room_copy import records_of_copy
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient
from tests.support.storage.disk_faults import Fault, no_fault
from tests.support.storage.disks import MemoryDisk
from tests.support.storage.expected_history import FOLDER, LOBBY, said

SECRET, CHANGED = "my pässword is x-mark 🔑", "it was x-mark two"


def deleting(target: int, client_id: str | None = None, author: str = "alice") -> Draft:
    return Draft(type="delete", author=author, username=author, target=target, client_id=client_id)


def editing(target: int, message: str) -> Draft:
    return Draft(type="edit", author="alice", username="alice", target=target, message=message)


def holding(folder: Path, *texts: str) -> list[str]:
    """The files of a folder that hold one of these texts, as typed, escaped or folded."""
    forms = [form for text in texts for form in (text.encode(), json.dumps(text)[1:-1].encode(), text.lower().encode())]
    return sorted(path.name for path in folder.iterdir() if any(form in path.read_bytes() for form in forms))


def rows(path: Path) -> dict[int, bytes]:
    found = [record_bytes(row) for row in path.read_bytes().split(b"\n") if row.startswith(b"{")]
    return {json.loads(row)["id"]: row for row in found}


@pytest.fixture
def log(store: JsonFileStore) -> RoomLog:
    """Ids 2 to 6: two messages of bea around one of alice with a secret, an edit of it, and an answer."""
    log = store.open("lobby")
    log.append([said("before", author="bea"), said(SECRET, "c")])
    log.append([editing(3, CHANGED), said("behind", author="bea")])
    log.append([Draft(author="bea", username="bea", message="really?", reply_to=3)])
    return log


def test_the_words_are_nowhere_when_a_delete_is_acknowledged(log: RoomLog, folder: Path) -> None:
    before = rows(folder / "lobby.json")
    assert holding(folder, SECRET, CHANGED) == ["lobby.json"]
    (outcome,) = log.append([deleting(3)])
    assert outcome.record is not None
    assert outcome.record.id == 7
    assert holding(folder, SECRET, CHANGED) == []
    after = rows(folder / "lobby.json")
    assert {number for number in before if before[number] != after[number]} == {3, 4}
    assert after[3] == blanked(before[3])
    assert json.loads((folder / "lobby.json").read_bytes())[-1]["target"] == 3
    assert [record.id for record in log.page().records] == [2, 5, 6, 7]


def test_a_late_repeat_of_what_was_deleted_is_answered_with_the_delete(log: RoomLog, store: JsonFileStore) -> None:
    log.append([deleting(3)])
    for each in (log, store.open("lobby")):
        (outcome,) = each.append([said(SECRET, "c")])
        assert outcome.record is not None
        assert (outcome.record.type, outcome.record.target, outcome.repeated) == ("delete", 3, True)
    assert holding(Path(store.location), SECRET) == []


def test_what_is_said_and_deleted_in_one_batch_is_never_written(log: RoomLog, folder: Path) -> None:
    written: list[bytes] = []
    log._file._disk.write = lambda fd, data, offset: written.append(data) or os.pwrite(fd, data, offset)  # type: ignore[attr-defined]
    said_and_gone = log.append([said("x-mark oops", "d"), editing(7, "x-mark again"), deleting(7)])
    assert [each.record and each.record.message for each in said_and_gone] == ["x-mark oops", "x-mark again", None]
    assert b"x-mark" not in b"".join(written)
    assert [record.id for record in log.page(after=6).records] == [9]
    (again,) = log.append([said("x-mark oops", "d")])
    assert again.record is not None
    assert again.record.id == 9


def test_another_process_neither_reads_nor_logs_damage_and_overwrites_nothing_again(
    log: RoomLog, store: JsonFileStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = JsonFileStore(folder, clock=impatient()).open("lobby")
    assert [item.record.message for item in other.items().items if not isinstance(item, Record)][1] == CHANGED
    log.append([deleting(3)])
    content = (folder / "lobby.json").read_bytes()
    assert other.changed()
    assert [record.id for record in other.page(before=6).records] == [2, 5], "a page is read once more"
    assert other.message(3) is None
    other.append([said("and on", author="bea")])
    assert (folder / "lobby.json").read_bytes().startswith(content[:-3])
    assert not log.changed() or log.refresh() is None
    assert [record.id for record in log.page().records] == [2, 5, 6, 7, 8]
    assert caplog.records == []


def test_a_page_that_meets_the_overwriting_is_read_once_more(
    log: RoomLog, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "lobby.json"
    other = JsonFileStore(folder, clock=impatient()).open("lobby")
    other.page()
    log.append([deleting(3)])
    after = path.read_bytes()
    half = after.replace(b'"author":"alice",   ', b'"author":"alice","us', 1)
    real, reads = other._file.read, []  # type: ignore[attr-defined]

    def reads_halfway(length: int, offset: int) -> bytes:
        reads.append(offset)
        return half[offset : offset + length] if len(reads) == 1 else real(length, offset)

    other._file.read = reads_halfway  # type: ignore[attr-defined]
    assert [record.id for record in other.page().records] == [2, 5, 6, 7]
    assert caplog.records == []


EDITS_BY_HAND = {
    "no checksum": lambda line: line[: line.index(b',"crc"')] + b"}",
    "an unknown member that holds the text": lambda line: (
        line[: line.index(b',"crc"')] + b',"note":"' + SECRET.encode() + b'"}'
    ),
    "escapes": lambda line: json.dumps({**json.loads(line), "crc": None}).replace('"crc": null', '"x": 1').encode(),
    "another order": lambda line: (
        json.dumps(dict(reversed({**json.loads(line), "crc": "0"}.items()))).replace('"crc": "0", ', "").encode()
    ),
    "repeated members": lambda line: line[: line.index(b',"crc"')] + b',"message":"and me","message":"x-mark"}',
    "repeated members, the last ones empty": lambda line: (
        line[: line.index(b',"crc"')] + b',"message":null,"username":null}'
    ),
    "escaped names of members": lambda line: (
        line[: line.index(b',"crc"')].replace(b'"message"', b'"m\\u0065ssage"') + b"}"
    ),
}


@pytest.mark.parametrize("edit", EDITS_BY_HAND)
@pytest.mark.parametrize("space", [b"", b"\n\n", b" \t"])
def test_a_line_that_was_edited_by_hand_loses_its_words_too(
    edit: str, space: bytes, log: RoomLog, store: JsonFileStore, folder: Path
) -> None:
    path = folder / "lobby.json"
    log.close()
    line = rows(path)[3]
    path.write_bytes(path.read_bytes().replace(line + b",\n", EDITS_BY_HAND[edit](line) + b"," + space + b"\n"))
    before = rows(path)
    again = store.open("lobby")
    assert again.damage is None
    again.append([deleting(3)])
    assert holding(folder, SECRET, CHANGED) == []
    after = rows(path)
    assert {number: after[number] for number in (1, 2, 5, 6)} == {number: before[number] for number in (1, 2, 5, 6)}
    assert (json.loads(after[3])["author"], json.loads(after[3])["client_id"]) == ("alice", "c")
    assert [record.id for record in store.open("lobby").page().records] == [2, 5, 6, 7]


def test_a_line_that_is_pasted_back_loses_its_words_again(log: RoomLog, store: JsonFileStore, folder: Path) -> None:
    path = folder / "lobby.json"
    line = rows(path)[3]
    log.append([deleting(3)])
    path.write_bytes(path.read_bytes().replace(rows(path)[3], line))
    assert holding(folder, SECRET) == ["lobby.json"]
    log.refresh()
    assert holding(folder, SECRET) == []
    assert [record.id for record in log.page().records] == [2, 5, 6, 7]
    path.write_bytes(path.read_bytes().replace(rows(path)[3], line))
    log.append([said("on", author="bea")])
    assert holding(folder, SECRET) == []
    path.write_bytes(path.read_bytes().replace(rows(path)[3], line))
    store.open("lobby")
    assert holding(folder, SECRET) == []


def test_a_delete_that_an_owner_writes_by_hand_counts(log: RoomLog, store: JsonFileStore, folder: Path) -> None:
    path = folder / "lobby.json"
    log.close()
    by_hand = b',\n{"id":7,"type":"delete","author":"the owner","username":"o","target":3,"timestamp":"2026"}\n]\n'
    path.write_bytes(path.read_bytes()[: -len(b"\n]\n")] + by_hand)
    again = store.open("lobby")
    assert holding(folder, SECRET, CHANGED) == []
    assert [record.id for record in again.page().records] == [2, 5, 6, 7]


@pytest.mark.parametrize("target", [1, 2, 6, 7, 8, 99])
def test_a_delete_by_hand_of_what_is_no_earlier_message_deletes_nothing_else(
    target: int, log: RoomLog, store: JsonFileStore, folder: Path
) -> None:
    path = folder / "lobby.json"
    log.append([editing(3, "x-mark three")])
    log.close()
    by_hand = b',\n{"id":8,"type":"delete","author":"o","username":"o","target":%d,"timestamp":"2026"}\n]\n' % target
    path.write_bytes(path.read_bytes()[: -len(b"\n]\n")] + by_hand)
    before = rows(path)
    store.open("lobby").append([said("on", author="bea")])
    after = rows(path)
    gone = {target} & {2, 6}
    assert {number for number in before if before[number] != after[number]} == gone


def test_a_folder_that_may_only_be_read_hides_the_message(log: RoomLog, folder: Path) -> None:
    path = folder / "lobby.json"
    line = rows(path)[3]
    log.append([deleting(3)])
    pasted = path.read_bytes().replace(rows(path)[3], line)
    path.write_bytes(pasted)
    other = JsonFileStore(folder, _ReadOnly(), clock=impatient()).open("lobby")
    assert [record.id for record in other.page().records] == [2, 5, 6, 7]
    assert other.message(3) is None
    with pytest.raises(StorageUnavailable):
        other.append([said("no", author="bea")])
    assert path.read_bytes() == pasted


@pytest.mark.parametrize("is_edited_by_hand", [False, True])
def test_a_delete_is_not_announced_while_its_words_cannot_be_taken_out(
    folder: Path, log: RoomLog, is_edited_by_hand: bool
) -> None:
    """The record of the delete was durable, the disk was full, and the next poll announced it with its words there."""
    path = folder / "lobby.json"
    if is_edited_by_hand:  # the whole file is replaced
        path.write_text(re.sub(r',"crc":"[0-9a-f]{8}"', "", path.read_text()))
    disk = _Full()
    log = JsonFileStore(folder, disk, clock=impatient()).open("lobby")
    disk.is_full = True
    with pytest.raises(StorageUnavailable):
        log.append([deleting(3)])
    for reader in (log, log, JsonFileStore(folder, disk, clock=impatient()).open("lobby")):
        assert holding(folder, SECRET) == ["lobby.json"]
        with pytest.raises(StorageUnavailable):
            reader.refresh()
        assert [reader.message(3), len(reader.items().items)] == [None, 3]
    disk.is_full = False
    log.refresh()
    assert (log.last_id, holding(folder, SECRET, CHANGED)) == (7, [])


class _Full(Disk):
    """Takes no new files, and no blanks."""

    is_full = False

    def open(self, path: Path, flags: int) -> int:
        return super().open(path, flags & ~os.O_CREAT if self.is_full else flags)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        if self.is_full and b" " * 20 in data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(fd, data, offset)


class _ReadOnly(Disk):
    def open(self, path: Path, flags: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return super().open(path, flags)


def test_a_file_that_a_tool_laid_out_anew_gets_its_blanks_back(
    log: RoomLog, store: JsonFileStore, folder: Path
) -> None:
    path = folder / "lobby.json"
    log.append([deleting(3)])
    log.close()
    content = path.read_bytes()
    path.write_text(json.dumps(json.loads(content), indent=2, ensure_ascii=False))
    assert store.repair_layout("lobby", folder.parent / "backup")
    assert path.read_bytes() == content
    assert store.verify("lobby").damage is None


def half_blanked(path: Path, number: int) -> bytes:
    """The file as a crash in the middle of the overwriting of a line leaves it."""
    line = rows(path)[number]
    after = blanked(line)
    assert after is not None
    content = path.read_bytes()
    start = content.index(line) + line.index(b'"username"')
    return content[:start] + b" " * 20 + content[start + 20 :]


@pytest.fixture
def crashed(log: RoomLog, folder: Path) -> Path:
    """A file whose delete of id 3 is durable, and whose overwriting has stopped in the middle of the line."""
    path = folder / "lobby.json"
    before = half_blanked(path, 3)
    log.append([deleting(3)])
    log.close()
    path.write_bytes(before[: -len(b"\n]\n")] + path.read_bytes()[len(before) - len(b"\n]\n") :])
    return path


def test_what_a_crash_has_interrupted_is_no_damage_and_is_finished(crashed: Path, store: JsonFileStore) -> None:
    found = store.verify("lobby")
    assert (found.damage, found.notes) == (
        None,
        ["words of deleted messages in 2 lines (taken out when the room is used next)"],
    )
    log = store.open("lobby")
    assert [record.id for record in log.page().records] == [2, 5, 6, 7]
    assert holding(crashed.parent, SECRET[9:], CHANGED) == []
    assert store.verify("lobby").notes == []


def test_a_half_blanked_line_that_nothing_deletes_is_damage(log: RoomLog, store: JsonFileStore, folder: Path) -> None:
    path = folder / "lobby.json"
    log.close()
    path.write_bytes(half_blanked(path, 3))
    before = path.read_bytes()
    assert (found := store.verify("lobby").damage) is not None
    assert found.where == "line 4"
    assert store.open("lobby").damage == found
    assert path.read_bytes() == before


def test_a_copy_that_was_taken_in_the_middle_is_whole_and_blank(crashed: Path, store: JsonFileStore) -> None:
    copy = crashed.parent / "copy"
    store.back_up("lobby", copy)
    assert json.loads(copy.read_bytes())[2] == json.loads(blanked_line(copy, 3))
    with crashed.open("rb") as file:
        found = dict(records_of_copy(file, lambda note: None))
    assert [json.loads(body)["id"] for body in found.values()] == [1, 2, 3, 4, 5, 6, 7]


def blanked_line(path: Path, number: int) -> bytes:
    line = rows(path)[number]
    assert b"message" not in line.replace(b'"type":"message"', b"")
    return line


def test_verify_names_what_a_delete_does_not_reach(log: RoomLog, store: JsonFileStore, folder: Path) -> None:
    store.back_up("lobby", backup := store.default_backup_path("lobby"))
    (folder / ".lobby.new").write_bytes(b"x-mark")
    assert store.verify("lobby").notes == [".lobby.new is left over from a crash (delete it)"]
    log.append([deleting(3)])
    assert store.verify("lobby").notes == [f"deleted words may be in {backup.name}"]


@pytest.mark.parametrize("who", ["the same process", "another process", "a process that was open"])
def test_blanks_whose_sync_has_failed_are_written_once_more(who: str) -> None:
    """After a failed sync the file shows blanks, the disk has the words, and no later sync changes that."""
    disk = MemoryDisk()
    log, other = _in_memory(disk), _in_memory(disk)
    log.append([said("before"), said(SECRET), said("between"), said("behind")])
    disk.fault = _second("sync_data", errno.EIO)
    with pytest.raises(StorageUnavailable):
        log.append([deleting(3)])
    disk.fault = no_fault
    assert SECRET.encode() not in disk.content(LOBBY)
    assert SECRET.encode() in disk.durable()[LOBBY]
    (other if who == "a process that was open" else log if who == "the same process" else _in_memory(disk)).refresh()
    assert SECRET.encode() not in disk.durable()[LOBBY]


def test_also_those_of_a_delete_that_is_not_the_last_event() -> None:
    """A deleted line is pasted back, and the sync of its blanks fails."""
    disk = MemoryDisk()
    log = _in_memory(disk)
    log.append([said("before"), said(SECRET)])
    line = next(row for row in disk.content(LOBBY).split(b"\n") if SECRET.encode() in row)
    log.append([deleting(3)])
    log.append([said("behind")])
    blank = next(row for row in disk.content(LOBBY).split(b"\n") if row.startswith(b'{"id":3,'))
    fd = disk.open(LOBBY, os.O_RDWR)
    disk.write(fd, line, disk.content(LOBBY).index(blank))
    disk.touch(fd)
    disk.sync(fd)
    disk.close(fd)
    disk.fault = _second("sync_data", errno.EIO)
    with pytest.raises(StorageUnavailable):
        log.refresh()
    disk.fault = no_fault
    assert SECRET.encode() not in disk.content(LOBBY)
    assert SECRET.encode() in disk.durable()[LOBBY]
    log.refresh()
    assert SECRET.encode() not in disk.durable()[LOBBY]


def _in_memory(disk: MemoryDisk) -> RoomLog:
    return JsonFileStore(FOLDER, disk, clock=impatient()).open("lobby")


def _second(call: str, reason: int) -> Fault:
    """The second call of this name fails, and no other."""
    numbers = count()
    return lambda name: reason if name == call and next(numbers) == 1 else None
