"""What import_history says about exports: what is missing, why a room has its address, what to do next."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from chat.history.importers.reasons import of_number
from tests.support.core.command_rooms import Call, Rooms
from tests.support.core.imports import write_files, write_zip

FIRST, SECOND = "1700000000.000100", "1700600000.000200"
USERS = [{"id": "U00000ADA", "profile": {"display_name": "ada"}}]
CHANNELS = [{"id": "C0000GEN", "name": "general"}, {"id": "C000QUIET", "name": "quiet"}]
DAY = "general/2023-11-14.json"


def said(text: str = "hi", ts: str = FIRST, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U00000ADA", "text": text, "ts": ts, **fields}


def slack(**changes: Any) -> dict[str, Any]:
    """The files of a whole export; None removes one."""
    lists = {"users.json": USERS, "channels.json": CHANNELS, DAY: [said(), said("and", SECOND)]}
    return {name: content for name, content in {**lists, **changes}.items() if content is not None}


@pytest.mark.parametrize("option", [("--dry-run",), ()])
def test_missing_names_are_a_warning_above_the_table(option: tuple[str, ...], call: Call, tmp_path: Path) -> None:
    files = slack(**{"users.json": None, "channels.json": None})
    done = call("import_history", *option, write_zip(tmp_path / "part.zip", files))
    assert done.code == 0
    people, rooms, head = done.lines[:3]
    assert people.startswith("Warning: users.json is missing: 1 person would be called by its id (U00000ADA). Name the")
    assert rooms.startswith(
        "Warning: channels.json is missing: 1 room would be called by its folder, file or id (general)"
    )
    assert "--room general=ADDRESS" in rooms
    assert head.startswith("Room ")
    chosen = call("import_history", *option, "--room", "general=lobby", tmp_path / "part.zip")
    assert "channels.json" not in chosen.out


def test_a_list_that_is_broken_is_named_in_the_warning(call: Call, tmp_path: Path) -> None:
    write_files(tmp_path / "x", slack(**{"users.json": '[{"id": "U00'}))
    done = call("import_history", "--skip-broken", tmp_path / "x")
    assert (done.code, done.lines[0].startswith("Warning: users.json is broken: 1 person")) == (0, True)


def test_bots_and_people_without_a_name_are_counted_in_a_note(call: Call, tmp_path: Path) -> None:
    bots = [said("a", FIRST, user=None, bot_id="B0AAAA0B1"), said("b", SECOND, user=None, bot_id="B0AAAA0B2")]
    write_files(tmp_path / "x", slack(**{DAY: [*bots, said(ts="1700700000.000100", user="U0000GONE")]}))
    done = call("import_history", "--dry-run", tmp_path / "x")
    assert "2 bots have no name in the export and are called by their ids (B0AAAA0B1, B0AAAA0B2)." in done.out
    assert "1 person has no name in the export and is called by its id (U0000GONE)." in done.out
    assert "Warning" not in done.out


def test_a_channel_without_messages_is_counted(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    done = call("import_history", write_files(tmp_path / "x", slack()))
    assert re.search(r"^1 +channel without messages$", done.out, re.M)
    assert [info.room for info in rooms.store.rooms()] == ["general"]


@pytest.mark.parametrize("is_whole_first", [True, False])
def test_a_part_of_an_export_and_the_whole_one_are_one_room_in_both_orders(
    is_whole_first: bool, rooms: Rooms, call: Call, tmp_path: Path
) -> None:
    """Regression: a channel without channels.json had the key of its folder. The other export made a second room."""
    part = write_zip(tmp_path / "part.zip", {DAY: [said(reactions=[{"name": "wave", "users": ["U00000ADA"]}])]})
    answer = said("and", SECOND, thread_ts=FIRST)
    whole = write_files(tmp_path / "whole", slack(**{DAY: [said(), answer]}))
    for source in [whole, part, whole] if is_whole_first else [part, whole, part]:
        done = call("import_history", source)
    assert re.search(r"^general +0 +[12] +0 +0$", done.err, re.M)
    assert rooms.texts("general") == ["hi", "and"]
    assert rooms.events("general")[1][6] == rooms.events("general")[0][0]
    again = call("import_history", "--room", "general=general", part)
    assert re.search(r"^general +0 +1 +0 +0$", again.err, re.M)
    assert [info.room for info in rooms.store.rooms()] == ["general"]


def test_a_room_of_another_source_is_not_mixed_and_the_table_says_so(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    call("import_history", write_files(tmp_path / "one", slack()))
    others = [{"id": "C0000TWO", "name": "general"}]
    same_time = [said("of somebody else", user="U0000BOB0")]
    other = write_files(tmp_path / "other", slack(**{"channels.json": others, DAY: same_time}))
    done = call("import_history", other)
    assert 'general-2 "general 2", new: a room "general" of another source exists' in done.out
    assert rooms.texts("general-2") == ["of somebody else"]


def test_a_room_can_be_left_out(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    channels = [{"id": "C0000GEN", "name": "general"}, {"id": "C0000FUN", "name": "fun"}]
    files = slack(**{"channels.json": channels, "fun/2023-11-14.json": [said("joke")]})
    source = write_files(tmp_path / "x", files)
    done = call("import_history", "--skip-room", "fun", source)
    assert re.search(r"^1 +message of rooms that --skip-room names$", done.out, re.M)
    assert [info.room for info in rooms.store.rooms()] == ["general"]
    wrong = call("import_history", "--skip-room", "funny", source)
    assert (wrong.code, "The source has no room 'funny'" in wrong.err) == (2, True)


def test_rooms_are_not_left_out_of_chatsites_own_files(rooms: Rooms, call: Call) -> None:
    rooms.say("lobby", "one")
    done = call("import_history", "--skip-room", "lobby", rooms.path("lobby"))
    assert (done.code, "--skip-room is for exports of other chats" in done.err) == (2, True)


def test_the_end_says_what_to_do_next(call: Call, tmp_path: Path) -> None:
    source = write_files(tmp_path / "x", slack())
    tried = call("import_history", "--dry-run", source)
    assert tried.err.endswith("Nothing was written. Run it without --dry-run to import.\n")
    assert f"to see the new rooms: {reverse('room', args=['general'])}\n" in call("import_history", source).err
    assert "new rooms" not in call("import_history", source).err


def test_the_advice_about_what_is_broken_fits(call: Call, tmp_path: Path) -> None:
    source = write_files(tmp_path / "x", slack(**{DAY: '[{"ts": "1700000000.000100", "te'}))
    tried = call("import_history", "--dry-run", source)
    assert "nothing would be imported. A file may be cut short: export or copy it again. --skip-broken" in tried.err
    assert "Run it without" not in tried.err
    shutil.rmtree(source)
    write_files(source, slack())
    (source / "link.json").symlink_to(source / "users.json")
    linked = call("import_history", source)
    assert "1 problem: nothing was imported. --skip-broken imports everything else." in linked.err


@pytest.mark.parametrize("name", ["users.json", "channels.json"])
def test_one_part_of_an_export_leads_to_the_whole(name: str, call: Call, tmp_path: Path) -> None:
    """Regression: the errors were those of a file of chatsite."""
    source = write_files(tmp_path / "x", slack(**{DAY: None}))
    done = call("import_history", source / name)
    assert done.code == 1
    assert f"{name} is one part of an export of Slack, without messages: name the folder or the zip" in done.err
    assert "one part of an export of Slack, without messages: name all of" in call("import_history", source).err


def test_a_file_of_chatsite_may_be_called_like_a_part_of_an_export(rooms: Rooms, call: Call) -> None:
    rooms.say("users", "one")
    assert call("import_history", rooms.path("users")).code == 0


def test_the_export_of_another_chat_beside_the_chosen_one_is_named(call: Call, tmp_path: Path) -> None:
    source = write_files(tmp_path / "x", slack())
    write_files(source, {"import.jsonl": {"type": "version", "version": 1}})
    done = call("import_history", "--dry-run", "--from", "slack", source)
    assert (done.code, "has an export of Mattermost too: --from mattermost reads that one" in done.err) == (0, True)


def test_the_name_of_a_format_may_have_capitals_and_a_zone_that_is_not_needed_is_noted(
    call: Call, tmp_path: Path
) -> None:
    source = write_files(tmp_path / "x", slack())
    done = call("import_history", "--dry-run", "--from", "Slack", "--timezone", "Europe/Berlin", source)
    assert (done.code, "--timezone is not needed" in done.out) == (0, True)


def test_a_path_that_the_shell_has_not_expanded_is_explained(call: Call) -> None:
    done = call("import_history", "~/Downloads/export.zip")
    assert (done.code, "the shell has not put your home folder in the place of ~" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("reason", "singular"),
    [
        ("joins and leaves", "join or leave"),
        ("joins, leaves and changed names", "join, leave or changed name"),
        ("messages of rooms that --room does not name", "message of rooms that --room does not name"),
        ("copies that Slack made", "copy that Slack made"),
        ("earlier versions of messages", "earlier version of messages"),
        ("apps added and removed", "app added and removed"),
        ("files that are no log", "file that is no log"),
        ("notices of Zulip's own bots", "notice of Zulip's own bots"),
    ],
)
def test_a_reason_behind_one(reason: str, singular: str) -> None:
    assert (of_number(1, reason), of_number(2, reason), of_number(0, reason)) == (singular, reason, reason)
