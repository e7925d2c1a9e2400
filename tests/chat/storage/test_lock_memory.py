"""The lock file remembers the last record: a file without it is another history, and gets another epoch."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chat.storage import RoomLog
from chat.storage.json_files.room_lock import LINE_BYTES, MAX_AGE_NS
from chat.storage.json_files.store import JsonFileStore
from chat.storage.json_files.writers import is_open_for_writing
from tests.support.storage.clocks import impatient
from tests.support.storage.expected_history import said
from tests.support.storage.failing_system import FailingSystem


def opened(folder: Path) -> RoomLog:
    """The lobby, in another process."""
    return JsonFileStore(folder, clock=impatient()).open("lobby")


def post(folder: Path, text: str) -> int:
    """Post from another process; the id."""
    log = opened(folder)
    record_id = log.append([said(text)])[0].record.id
    log.close()
    return record_id


def epoch_of(lobby: Path) -> str:
    epoch: str = json.loads(lobby.read_bytes())[0]["epoch"]
    return epoch


@pytest.fixture
def lock(lobby: Path) -> Path:
    return lobby.with_name(".lobby.lock")


@pytest.fixture
def older(lobby: Path) -> bytes:
    """A copy of the lobby; a message follows it, with id 7."""
    content = lobby.read_bytes()
    post(lobby.parent, "after the copy")
    return content


def test_the_lock_file_names_the_last_record_in_a_line_of_fixed_width(lobby: Path, lock: Path) -> None:
    for _ in range(3):
        post(lobby.parent, "hi")
        memory, last = json.loads(lock.read_bytes()), json.loads(lobby.read_bytes())[-1]
        assert len(lock.read_bytes()) == LINE_BYTES
        assert (memory["last_id"], memory["timestamp"]) == (last["id"], last["timestamp"])
        assert (memory["epoch"], memory["records"]) == (epoch_of(lobby), len(json.loads(lobby.read_bytes())))


def test_an_older_copy_put_back_while_nothing_ran_is_another_epoch(
    lobby: Path, older: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: when the copy had grown past the id that a client had seen, its resume went on in other messages."""
    before = epoch_of(lobby)
    lobby.write_bytes(older)
    proposed = opened(lobby.parent).epoch
    assert proposed != before
    assert re.search("Records before: 7 up to id 7; now: 6 up to id 6", caplog.text)
    assert lobby.read_bytes() == older, "until something is written"
    assert opened(lobby.parent).epoch == proposed, "who was told it once is not reset again"
    assert post(lobby.parent, "another seventh") == 7
    assert epoch_of(lobby) == opened(lobby.parent).epoch == proposed


def test_a_copy_that_is_put_back_again_is_another_epoch_again(lobby: Path, older: bytes) -> None:
    epochs = {epoch_of(lobby)}
    for _ in range(3):
        lobby.write_bytes(older)
        assert post(lobby.parent, "another seventh") == 7
        epochs.add(epoch_of(lobby))
    assert len(epochs) == 4


def test_the_last_line_taken_out_is_another_epoch(lobby: Path, older: bytes) -> None:
    before = epoch_of(lobby)
    lines = lobby.read_bytes().split(b"\n")
    lobby.write_bytes(b"\n".join([*lines[:7], *lines[8:]]))
    assert post(lobby.parent, "another seventh") == 7
    assert epoch_of(lobby) != before


@pytest.mark.parametrize("edit", [(b'"two"', b'"TWO"'), (b'"after the copy"', b'""')], ids=["a text", "the last one"])
def test_an_edited_record_is_the_same_record(edit: tuple[bytes, bytes], lobby: Path, older: bytes) -> None:
    before = epoch_of(lobby)
    lobby.write_bytes(re.sub(rb',"crc":"[0-9a-f]{8}"', b"", lobby.read_bytes()).replace(*edit))
    assert post(lobby.parent, "goes on") == 8
    assert epoch_of(lobby) == before


@pytest.mark.parametrize("memory", [b"", b'{"last_id":3', b"\0" * LINE_BYTES, b"[]\n"])
def test_a_lock_file_that_says_nothing_is_that_of_an_older_version(
    memory: bytes, lobby: Path, lock: Path, older: bytes
) -> None:
    before = epoch_of(lobby)
    lock.write_bytes(memory)
    assert opened(lobby.parent).epoch == before
    assert json.loads(lock.read_bytes())["last_id"] == 7, "filled at the first opening"


def test_a_lock_file_that_was_put_back_with_the_rooms_does_not_vouch_for_them(
    lobby: Path, lock: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """`cp -a backup/. storage/` restores what the lock file remembered, too."""
    before = epoch_of(lobby)
    memory = json.loads(lock.read_bytes())
    lock.write_text(json.dumps({**memory, "written_ns": memory["written_ns"] - 2 * MAX_AGE_NS}))
    assert opened(lobby.parent).epoch != before
    assert "the lock file was copied" in caplog.text
    post(lobby.parent, "goes on")
    stored = epoch_of(lobby)
    assert opened(lobby.parent).epoch == stored != before


def test_whatever_older_line_a_crash_leaves_in_the_lock_file_it_is_the_same_history(folder: Path) -> None:
    """The line is not synced: after a power failure it may be one of half a minute ago, and clears may follow it."""
    log = opened(folder)
    lobby, lock = folder / "lobby.json", folder / ".lobby.lock"
    lines, epoch = [b""], log.epoch
    for number in range(12):
        if number % 4 == 3:
            log.clear(log.last_id - number // 4)
        else:
            log.append([said(f"{number}"), said("and more")])
        lines.append(lock.read_bytes())
        content = lobby.read_bytes()
        for line in lines:
            elsewhere = folder.with_name("elsewhere")
            elsewhere.mkdir(exist_ok=True)
            (elsewhere / "lobby.json").write_bytes(content)
            (elsewhere / ".lobby.lock").write_bytes(line)
            other = opened(elsewhere)
            assert (other.epoch, other.last_id) == (epoch, log.last_id)
            other.close()
            shutil.rmtree(elsewhere)
    log.close()


def test_two_processes_that_find_another_history_agree_on_its_epoch(lobby: Path, older: bytes) -> None:
    alice, bob = opened(lobby.parent), opened(lobby.parent)
    before = alice.epoch
    lobby.write_bytes(older)
    alice.refresh()
    bob.refresh()
    assert alice.epoch == bob.epoch != before
    assert alice.append([said("another seventh")])[0].record.id == 7
    assert bob.append([said("eighth")])[0].record.id == 8
    assert alice.epoch == bob.epoch == epoch_of(lobby)


def test_members_of_the_room_record_that_chatsite_does_not_know_survive_a_new_epoch(lobby: Path, older: bytes) -> None:
    first = older.split(b"\n")[1].removesuffix(b",")
    members = {**json.loads(first), "colour": "green"}
    del members["crc"]
    lobby.write_bytes(older.replace(first, json.dumps(members).encode()))
    post(lobby.parent, "another seventh")
    room = json.loads(lobby.read_bytes())[0]
    assert (room["colour"], room["name"], room["epoch"] != members["epoch"]) == ("green", "lobby", True)
    assert JsonFileStore(lobby.parent).verify("lobby").damage is None


def test_an_append_takes_twelve_system_calls(lobby: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(lobby.parent)
    log.append([said("opens the file for writing")])
    system = FailingSystem()
    with monkeypatch.context() as patch:
        patch.setattr("chat.storage.json_files.disk.os", system)
        patch.setattr("chat.storage.json_files.disk.fcntl", system)
        log.append([said("hi")])
    assert system.calls == [
        *("open", "flock", "fstat", "stat"),
        *("pwrite", "utime", "fstat", "fdatasync", "stat", "pread"),
        *("pwrite", "close"),
    ]
    log.close()


# Who has a file open for writing


def test_a_file_that_another_process_can_write_is_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    fd = os.open(path, os.O_RDONLY)
    try:
        if is_open_for_writing(fd) is None:
            pytest.skip("this file system has no leases")
        assert is_open_for_writing(fd) is False
        program = "import sys; file = open(sys.argv[1], 'r+'); print(flush=True); sys.stdin.read()"
        command = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdin is not None
            writer.stdout.readline()
            assert is_open_for_writing(fd) is True
            writer.stdin.close()
            writer.wait()
        assert is_open_for_writing(fd) is False
        with path.open("rb"):
            assert is_open_for_writing(fd) is False, "readers do not count"
    finally:
        os.close(fd)


def test_a_system_without_leases_cannot_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("fcntl.F_SETLEASE", raising=False)
    path = tmp_path / "file"
    path.write_bytes(b"")
    fd = os.open(path, os.O_RDONLY)
    assert is_open_for_writing(fd) is None
    os.close(fd)
