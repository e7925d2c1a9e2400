"""clear_history: asks for confirmation, makes a backup, clears the requested messages and nothing else."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chat.storage import Draft
from tests.support.core.command_rooms import Call, Rooms, environment
from tests.support.live_server import PROJECT, TIME_LIMIT

DAYS = [f"2026-11-0{day}T10:00:00.000Z" for day in (1, 2, 3)]


def at(*timestamps: str) -> list[Draft]:
    return [Draft(author="a1", username="ada", message=text, timestamp=text) for text in timestamps]


def copies(rooms: Rooms) -> list[Path]:
    return sorted(rooms.folder.glob("*.backup-*"))


@contextmanager
def at_a_terminal(rooms: Rooms, *arguments: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The command with a terminal as its standard input, and that terminal's other end."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "manage.py", "clear_history", *arguments],
            cwd=PROJECT,
            env=environment(rooms),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as command:
            os.close(theirs)
            yield command, ours
    finally:
        os.close(ours)


def asked(command: "subprocess.Popen[bytes]") -> bytes:
    """Standard error up to the question."""
    assert command.stderr is not None
    said = b""
    while not said.endswith(b"Type yes to go on: ") and (more := command.stderr.read(1)):
        said += more
    return said


def test_after_a_yes_the_room_is_empty_and_a_copy_is_kept(rooms: Rooms) -> None:
    rooms.say("lobby", "one", "two")
    rooms.say("garden", "green")
    before = rooms.path("lobby").read_bytes()
    with at_a_terminal(rooms, "--room", "lobby") as (command, terminal):
        assert asked(command) == b"Clear 2 messages? Type yes to go on: "
        assert rooms.texts("lobby") == ["one", "two"]
        os.write(terminal, b"yes\n")
        out, err = command.communicate(timeout=TIME_LIMIT)
    (copy,) = copies(rooms)
    assert command.returncode == 0
    assert out.decode() == f"lobby: 2 of 2 messages; a copy is kept in {copy}.\n"
    assert err == b"lobby: cleared 2 messages.\n"
    assert copy.read_bytes() == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert rooms.texts("lobby") == []
    assert rooms.texts("garden") == ["green"]


@pytest.mark.parametrize("answer", [b"no\n", b"y\n", b"\n", b"\x04"])
def test_anything_but_a_yes_changes_nothing(rooms: Rooms, answer: bytes) -> None:
    rooms.say("lobby", "one")
    before = rooms.snapshot()
    with at_a_terminal(rooms, "--all") as (command, terminal):
        asked(command)
        os.write(terminal, answer)
        assert command.communicate(timeout=TIME_LIMIT)[1] == b"CommandError: Nothing was cleared.\n"
    assert command.returncode == 1
    assert rooms.snapshot() == before


def test_ctrl_c_at_the_question_is_a_quiet_end(rooms: Rooms) -> None:
    rooms.say("lobby", "one")
    before = rooms.snapshot()
    with at_a_terminal(rooms, "--all") as (command, _):
        asked(command)
        command.send_signal(2)
        assert command.communicate(timeout=TIME_LIMIT)[1] == b""
    assert command.returncode == 130
    assert rooms.snapshot() == before


def test_what_is_said_while_the_question_waits_stays(rooms: Rooms) -> None:
    rooms.say("lobby", "old")
    with at_a_terminal(rooms, "--room", "lobby", "--no-backup") as (command, terminal):
        asked(command)
        rooms.say("lobby", "new")
        os.write(terminal, b"yes\n")
        command.communicate(timeout=TIME_LIMIT)
    assert command.returncode == 0
    assert rooms.texts("lobby") == ["new"]


def test_without_a_terminal_it_is_an_error_not_a_wait(rooms: Rooms, manage: Call) -> None:
    rooms.say("lobby", "one")
    before = rooms.snapshot()
    done = manage("clear_history", "--all", stdin=b"yes\n")
    assert done.code == 2
    assert "--noinput" in done.err
    assert rooms.snapshot() == before


def test_a_room_has_to_be_named_or_all(manage: Call) -> None:
    assert manage("clear_history", "--noinput").code == 2


def test_noinput_keeps_a_copy_too_and_the_copy_can_be_imported(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one", "two")
    before = [event[1:] for event in rooms.events("lobby")]
    assert call("clear_history", "--all", "--noinput").code == 0
    assert rooms.texts("lobby") == []
    (copy,) = copies(rooms)
    assert call("import_history", str(copy)).code == 0
    assert [event[1:] for event in rooms.events("lobby")] == before


def test_before_clears_what_is_older(rooms: Rooms, call: Call) -> None:
    rooms.append("lobby", at(*DAYS))
    done = call("clear_history", "--room", "lobby", "--before", "2026-11-03T10:00:00Z", "--noinput", "--no-backup")
    assert done.out == "lobby: 2 of 3 messages; no copy is kept.\n"
    assert rooms.texts("lobby") == DAYS[2:]
    assert copies(rooms) == []


def test_older_messages_behind_newer_ones_stay_and_are_counted(rooms: Rooms, call: Call) -> None:
    rooms.append("lobby", at(DAYS[0], DAYS[2], DAYS[1]))
    done = call("clear_history", "--room", "lobby", "--before", "2026-11-03", "--noinput")
    assert "lobby: 1 older message behind newer ones will stay" in done.err
    assert rooms.texts("lobby") == [DAYS[2], DAYS[1]]


def test_a_dry_run_says_what_and_how_many_and_changes_nothing(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one")
    rooms.store.create("quiet", "Quiet")
    before = rooms.snapshot()
    done = call("clear_history", "--all", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("lobby: 1 of 1 message; a copy is kept in ")
    assert done.err == "quiet: nothing to clear.\n"
    assert rooms.snapshot() == before


def test_a_backup_goes_where_it_is_asked_to_and_replaces_nothing(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "one")
    rooms.say("garden", "green")
    before = rooms.path("lobby").read_bytes()
    target = tmp_path / "kept.json"
    wrong = [["--all", "--backup", str(target)], ["--room", "lobby", "--backup", str(rooms.folder / "new.json")]]
    for arguments in wrong:
        assert call("clear_history", "--noinput", *arguments).code == 2
    assert call("clear_history", "--noinput", "--room", "lobby", "--backup", str(target)).code == 0
    assert target.read_bytes() == before
    assert call("clear_history", "--noinput", "--room", "garden", "--backup", str(target)).code == 2
    assert rooms.texts("garden") == ["green"]


def test_without_its_copy_a_room_is_not_cleared(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    rooms.say("lobby", "one")
    done = call("clear_history", "--noinput", "--room", "lobby", "--backup", str(tmp_path / "missing" / "kept"))
    assert done.code == 1
    assert "lobby: not cleared" in done.err
    assert rooms.texts("lobby") == ["one"]


def test_a_damaged_room_is_not_touched_and_the_others_are_cleared(rooms: Rooms, call: Call) -> None:
    rooms.say("broken", "one")
    rooms.say("broken", "two")
    rooms.say("lobby", "hello")
    rooms.damage("broken")
    before = rooms.path("broken").read_bytes()
    done = call("clear_history", "--all", "--noinput")
    assert done.code == 1
    assert "broken" in done.err
    assert "line 3" in done.err
    assert rooms.path("broken").read_bytes() == before
    assert rooms.texts("lobby") == []


def test_ids_are_not_given_again_after_a_clear(rooms: Rooms, call: Call) -> None:
    last = rooms.say("lobby", "one", "two")[-1].record.id
    call("clear_history", "--all", "--noinput")
    assert rooms.say("lobby", "three")[0].record.id > last + 1
