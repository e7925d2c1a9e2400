"""Mattermost's bulk export, trap by trap."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.mattermost import READER
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from tests.support.core.imports import read_all

VERSION = {"type": "version", "version": 1, "info": {"version": "11.1.0", "created": "2026-01-27T22:08:15+07:00"}}
AT = 1768905022755
Record = dict[str, Any]


def post(message: str | None = "hi", **fields: Any) -> Record:
    fields = {"team": "t", "channel": "tea", "user": "ada", "type": "", "create_at": AT, "reactions": None} | fields
    return {"type": "post", "post": {"message": message, "edit_at": 0, "replies": None} | fields}


def channel(name: str, team: str = "t", **fields: Any) -> Record:
    return {"type": "channel", "channel": {"team": team, "name": name, "display_name": name.title(), **fields}}


class Export:
    """A bulk export as lines alone."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "import.jsonl"
        self.report = Report()

    def read(self, *lines: Record | bytes) -> list[NeutralEntry]:
        encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in (VERSION, *lines)]
        self.path.write_bytes(b"\n".join(encoded) + b"\n")
        entries, self.report = read_all(READER, self.path)
        return entries


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def test_a_zip_brings_the_files_of_messages_with_blanks_in_their_names(tmp_path: Path) -> None:
    path = "20260123/teams/noteam/channels/x/users/y/z/text file.txt"
    line = json.dumps(post("", attachments=[{"path": path}, {"path": "gone/other.txt"}]))
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        packed.writestr("import.jsonl", json.dumps(VERSION) + "\n" + line)
        packed.writestr(f"data/{path}", "abc")
    [entry] = read_all(READER, tmp_path / "export.zip").entries
    assert entry.text == ""
    assert entry.attachments == (Attachment("text file.txt", 3, f"data/{path}"), Attachment("other.txt"))


def test_an_export_may_be_in_folders_of_folders_with_its_files(tmp_path: Path) -> None:
    """Regression: a folder that was packed again was not known, or its files were not found."""
    line = json.dumps(post("", attachments=[{"path": "20260123/plan.txt"}]))
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as packed:
        packed.writestr("a/b/c/import.jsonl", f"{json.dumps(VERSION)}\n{line}")
        packed.writestr("a/b/c/data/20260123/plan.txt", "abc")
        packed.writestr("a/b/c/data/sent.jsonl", f"{json.dumps(VERSION)}\n{json.dumps(post('sent'))}")
    [entry] = read_all(READER, tmp_path / "again.zip").entries
    assert entry.attachments == (Attachment("plan.txt", 3, "a/b/c/data/20260123/plan.txt"),)


def test_other_json_lines_are_not_recognized(tmp_path: Path) -> None:
    (tmp_path / "export.jsonl").write_text('{"msg": "hi", "username": "User_1", "ts": "2024-01-01T00:00:00.000Z"}\n')
    with Source(tmp_path / "export.jsonl") as source:
        assert not READER.recognizes(source)
        with pytest.raises(BadSource, match="name the zip of the export"):
            list(READER.read(source, Options(), Report()))


def test_the_first_line_may_have_its_fields_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "import.jsonl").write_text('{ "version": 1, "type": "version" }\n' + json.dumps(post("hi")) + "\n")
    assert read_all(READER, tmp_path).texts == ["hi"]


def test_replies_are_nested_unsorted_and_answer_their_post(export: Export) -> None:
    replies = [
        {"user": "bo", "message": "late", "create_at": AT + 9},
        {"user": "cy", "message": "soon", "create_at": AT + 2},
    ]
    parent, late, soon = export.read(post(replies=replies))
    assert parent.reply_to is None
    assert late.reply_to == soon.reply_to == parent.source_id
    assert (late.moment, soon.moment, soon.room) == (AT + 9, AT + 2, "t/tea")
    assert soon.place == "import.jsonl, line 2, reply 2"


def test_posts_without_ids_have_one_that_another_export_gives_too(export: Export) -> None:
    [first] = export.read(post("same"))
    again, other = export.read(post("other"), post("same"))[::-1]
    assert first.source_id == again.source_id != other.source_id


def test_several_posts_of_one_millisecond_stay_several(export: Export) -> None:
    files = [[{"path": "a/one.png"}], [{"path": "a/two.png"}]]
    entries = export.read(*(post("", attachments=each) for each in files))
    assert len({entry.source_id for entry in entries}) == 2


def test_times_are_milliseconds_and_0_is_never(export: Export) -> None:
    never, edited, deleted = post(), post("b", edit_at=AT + 5), post("c", delete_at=AT)
    assert [entry.edited for entry in export.read(never, edited, deleted)] == [None, AT + 5]
    assert export.report.skipped == {"deleted messages": 1}


@pytest.mark.parametrize("kind", ["system_join_channel", "system_add_to_team", "system_leave_team"])
def test_news_in_finished_english_is_counted(export: Export, kind: str) -> None:
    assert export.read(post("ada joined the channel.", type=kind)) == []
    assert export.report.skipped == {"joins and leaves": 1}


@pytest.mark.parametrize(
    ("message", "is_talk"),
    [
        ("ada joined the channel.", False),
        ("bo added to the channel by ada.", False),
        ("ada updated the channel header from: a to: b", False),
        ("bo joined the channel.", True),
        ("ada joined the channel. Welcome!", True),
    ],
)
def test_news_of_2019_has_no_type_and_looks_typed(export: Export, message: str, is_talk: bool) -> None:
    line = post(message)
    del line["post"]["type"]
    assert len(export.read(line)) == is_talk


def test_a_reply_to_news_is_a_message_of_its_own(export: Export) -> None:
    reply = {"user": "bo", "message": "so hot", "create_at": AT + 1}
    [entry] = export.read(post("ada joined the channel.", type="system_join_channel", replies=[reply]))
    assert (entry.text, entry.reply_to) == ("so hot", None)


def test_direct_posts_name_their_members_and_notes_to_oneself_name_one_twice(export: Export) -> None:
    direct = {"user": "ada", "message": "psst", "create_at": AT}
    lines = [
        {"type": "direct_channel", "direct_channel": {"members": ["ada", "bo"]}},
        {"type": "direct_post", "direct_post": {"channel_members": ["bo", "ada"], **direct}},
        {"type": "direct_post", "direct_post": {"channel_members": ["ada", "ada"], **direct}},
    ]
    assert [entry.room for entry in export.read(*lines)] == ["direct/ada/bo", "direct/ada"]
    assert all(room.direct for room in export.report.rooms.values())


def test_people_read_the_display_name_and_two_teams_may_have_one_name(export: Export) -> None:
    export.read(channel("tea"), channel("tea", "u"), channel("cake"), post(), post(team="u"), post(channel="cake"))
    assert {key: room.name for key, room in export.report.rooms.items()} == {
        "t/tea": "Tea (t)",
        "u/tea": "Tea (u)",
        "t/cake": "Cake",
    }


def test_a_post_may_name_a_channel_that_no_line_has(export: Export) -> None:
    [entry] = export.read(post(channel="lost"))
    assert export.report.rooms[entry.room].name == "lost"


def test_reactions_may_be_null_and_custom_emoji_have_a_name_only(export: Export) -> None:
    reactions = [
        {"user": "bo", "emoji_name": "+1", "create_at": AT},
        {"user": "bo", "emoji_name": "wave_dark_skin_tone"},
        {"user": "cy", "emoji_name": "peerdium"},
    ]
    [entry] = export.read(post(reactions=reactions))
    assert [reaction.emoji for reaction in entry.reactions] == ["+1", "wave_dark_skin_tone", "peerdium"]
    assert entry.reactions[2] == NeutralReaction("peerdium", "cy", "cy")


def test_a_bot_has_the_name_of_the_post_and_says_its_words_in_attachments(export: Export) -> None:
    attachments = [{"pretext": "look", "title": "Build", "title_link": "https://x.example", "text": "*done*"}]
    props = {"from_webhook": "true", "override_username": "builder", "attachments": attachments}
    [entry] = export.read(post("", props=props))
    assert (entry.author_id, entry.author_name) == ("ada", "builder")
    assert entry.text == "look\n> **[Build](https://x.example)**\n> *done*"


def test_broken_lines_are_named_and_fields_of_a_wrong_type_are_not_broken(export: Export) -> None:
    odd = post("b", edit_at="0", is_pinned="no", flagged_by=None, replies={}, props=[])
    entries = export.read(post("a"), b'{"type":"post","post":{"mess', post("c", create_at=None), odd)
    assert [entry.text for entry in entries] == ["a", "b"]
    assert [problem.place for problem in export.report.problems] == ["import.jsonl, line 3", "import.jsonl, line 4"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("\n  * one\n  * two", "- one\n- two"),
        ("# Head\n<b>no</b>", "**Head**\n<b>no</b>"),
        ("> a\nlazy\n\nb", "> a\n> lazy\nb"),
        ("&amp; \\_x :smile: __b__", "& _x 😄 **b**"),
        ("```latex\nx^2\n```", "```latex\nx^2\n```"),
        ("```nonsense\nx\n```", "```\nx\n```"),
        ("|a|\n|:-:|\n|1|", "|a|\n|:-:|\n|1|"),
        ("![pic](https://x.example/p.png) [rel](/team/pl/1)", "[pic](https://x.example/p.png) rel (/team/pl/1)"),
        ("~town-square @ada.l", "~town-square @ada.l"),
        ("**https://x.example/a_b** https://x.example/a*b*c", "**https://x.example/a_b** https://x.example/a*b*c"),
        ("[https://x.example](https://y.example)", "[https://x.example](https://y.example)"),
        ("- a\n  1. b\n- c", "- a\n  1. b\n- c"),
        ("1. a\n   > q", "1. a\n   > q"),
    ],
)
def test_the_markdown_of_mattermost(export: Export, message: str, text: str) -> None:
    [entry] = export.read(post(message))
    assert entry.text == text


def test_an_action_and_a_call_have_types_of_their_own(export: Export) -> None:
    [entry] = export.read(post("*waves*", type="me"), post("Call started", type="custom_calls"))
    assert entry.text == "*ada waves*"
    assert export.report.skipped == {"huddles and calls": 1}


def test_two_exports_in_one_folder_are_an_error_that_names_both(export: Export, tmp_path: Path) -> None:
    """Regression: only the first one was read."""
    export.read(post())
    export.path.rename(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes())
    with pytest.raises(BadSource, match=r"holds 2 exports of Mattermost: .*/a\.jsonl and .*/b\.jsonl\. Name one"):
        read_all(READER, tmp_path)


def test_a_channel_without_posts_is_told_too(export: Export) -> None:
    export.read(channel("tea"), channel("milk", type="P"), post())
    assert [room.name for room in export.report.rooms.values()] == ["Tea", "Milk"]
    assert export.report.notes == []


def test_pages_of_wikis_are_counted(export: Export) -> None:
    page = {"type": "page", "page": {"team": "t", "channel": "tea", "user": "ada", "title": "Plan", "content": "{}"}}
    assert len(export.read(channel("tea"), post(), page)) == 1
    assert export.report.skipped == {"pages of wikis and comments on them": 1}
