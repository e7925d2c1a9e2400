"""compact_history: it says what it drops, keeps a copy, and drops nothing that is shown."""

import json
from pathlib import Path

import pytest

from tests.chat.management.test_amended_histories import SECRET, folded, talk
from tests.support.core.command_rooms import Call, Rooms
from tests.support.live_server import Client, LiveServer
from tests.support.servers.server_kinds import NO_RATE_LIMIT


def copies(rooms: Rooms) -> list[Path]:
    return sorted(rooms.folder.glob("*.backup-*"))


def test_what_nobody_is_shown_is_dropped_after_a_backup(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    rooms.say("garden", "nothing to drop here")
    before, shown = rooms.snapshot(), folded(rooms)
    dry = call("compact_history", "--all", "--dry-run")
    assert rooms.snapshot() == before
    assert dry.err == "garden: nothing to drop.\n"
    done = call("compact_history", "--all", "--noinput")
    assert (done.code, copies(rooms)[0].name.partition(".")[0]) == (0, "lobby")
    size = len(before["lobby.json"]) - rooms.path("lobby").stat().st_size
    for line in (dry.out, done.out):
        assert line.startswith(f"lobby: 5 records, {size:,} bytes; a copy is kept in {rooms.folder}/lobby.json.backup-")
    assert done.err == f"garden: nothing to drop.\nlobby: dropped 5 records, {size:,} bytes.\n"
    assert folded(rooms) == shown
    assert "hell" + "lo" not in rooms.path("lobby").read_text()
    assert "hell" + "lo" in copies(rooms)[0].read_text()
    assert SECRET not in copies(rooms)[0].read_text()
    assert call("compact_history", "lobby", "--noinput").err == "lobby: nothing to drop.\n"


def test_a_text_that_was_edited_once_is_dropped_too(rooms: Rooms, call: Call) -> None:
    """Regression: there was "nothing to drop", as the one edit stays, and the earlier text stayed as well."""
    rooms.say("lobby", "x-mark")
    rooms.amend("lobby", 2, "edit", message="mended")
    done = call("compact_history", "lobby", "--noinput", "--no-backup")
    assert done.err.startswith("lobby: dropped 1 record, ")
    assert "x-mark" not in rooms.path("lobby").read_text()
    assert call("compact_history", "lobby", "--noinput").err == "lobby: nothing to drop.\n"


def test_the_copy_goes_where_its_owner_says_or_is_not_made(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    talk(rooms)
    before = rooms.path("lobby").read_bytes()
    assert call("compact_history", "lobby", "--noinput", "--backup", str(tmp_path / "copy")).code == 0
    assert json.loads((tmp_path / "copy").read_bytes()) == json.loads(before)
    talk(rooms, "garden")
    assert call("compact_history", "garden", "--noinput", "--no-backup").code == 0
    assert copies(rooms) == []


@pytest.mark.parametrize("arguments", [[], ["lobby", "--all"], ["nowhere"], ["lobby"]])
def test_wrong_usage_drops_nothing(rooms: Rooms, manage: Call, arguments: list[str]) -> None:
    """The last one: without a terminal nobody can be asked."""
    talk(rooms)
    before = rooms.snapshot()
    done = manage("compact_history", *arguments)
    assert (done.code, rooms.snapshot()) == (2, before)
    assert "Traceback" not in done.err


def test_a_damaged_room_is_not_touched(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    rooms.damage("lobby", 4)
    before = rooms.path("lobby").read_bytes()
    done = call("compact_history", "lobby", "--noinput")
    assert (done.code, rooms.path("lobby").read_bytes()) == (1, before)
    assert "It is not touched." in done.err


async def test_people_who_are_inside_keep_talking_and_who_was_away_is_reset(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "storage", env=NO_RATE_LIMIT) as server:
        async with Client(server.ws_url, username="ada") as ada, Client(server.ws_url, username="bob") as bob:
            message = await ada.say("helo")
            away = message["id"]
            for text in ("helllo", "hello"):
                await ada.send(type="edit", id=message["id"], message=text, client_id=f"edit {text}")
                await ada.receive("edit", where=lambda event, text=text: event["message"] == text)
            assert server.manage("compact_history", "lobby", "--noinput", "--no-backup").returncode == 0
            await bob.say("and on")
            await ada.receive("message", where=lambda event: event["message"] == "and on")
            assert not [frame for frame in [*ada.frames, *bob.frames] if frame.get("reset")]
        async with Client(server.ws_url, username="eve", since=away, epoch=ada.welcome["epoch"]) as eve:
            history = await eve.receive("history")
            assert eve.welcome["reset"] is True
        assert [event.get("message") for event in history["events"]] == ["hello", "and on"]
        texts = (tmp_path / "storage" / "lobby.json").read_text()
        assert "helo" not in texts
        assert "helllo" not in texts
