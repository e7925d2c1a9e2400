"""Slack's export, trap by trap: what real files hold, and what the obvious reading makes of it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.slack import READER
from chat.history.importers.source import BadSource, Source
from tests.support.core.imports import read_all

ADA, BO = "U00000ADA", "U000000BO"
PARENT, REPLY = "1700000000.000100", "1700600000.000200"
Record = dict[str, Any]
USERS: list[Record] = [
    {"id": ADA, "name": "ada.l", "profile": {"display_name": "ada", "real_name": "Ada Lovelace"}},
    {"id": BO, "name": "bo", "real_name": "Bo Lind", "profile": {"display_name": "", "real_name": "Bo Lind"}},
]
CHANNELS: list[Record] = [{"id": "C0000GEN", "name": "general", "topic": {"value": "talk &amp; tea"}, "created": "1"}]


class Export:
    """A folder as Slack's zip unpacks to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = Report()
        self.write("users.json", USERS)
        self.write("channels.json", CHANNELS)

    def write(self, name: str, value: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())

    def read(self, *messages: Record, folder: str = "general", day: str = "2023-11-14") -> list[NeutralEntry]:
        if messages:
            self.write(f"{folder}/{day}.json", list(messages))
        self.report = Report()
        with Source(self.folder) as source:
            return list(READER.read(source, Options(), self.report))

    def text(self, text: str = "", **fields: Any) -> str:
        [entry] = self.read(said(text, **fields))
        return entry.text


def said(text: str = "hi", ts: str = PARENT, user: str | None = ADA, **fields: Any) -> Record:
    return {"type": "message", "user": user, "text": text, "ts": ts, **fields}


def rich(*elements: Record) -> list[Record]:
    return [{"type": "rich_text", "elements": list(elements)}]


def section(*elements: Record) -> Record:
    return {"type": "rich_text_section", "elements": list(elements)}


def word(text: str, **style: bool) -> Record:
    return {"type": "text", "text": text, "style": style} if style else {"type": "text", "text": text}


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path / "example export")


# The export as a whole.


def test_a_time_may_be_a_number(export: Export) -> None:
    """Regression: tools that write the export anew make numbers of the times, which were not read."""
    [entry] = export.read({**said(), "ts": 1700000000.0001})
    assert (entry.source_id, entry.moment) == ("1700000000.0001", 1700000000000)


def test_an_export_is_recognized_in_a_zip_with_a_folder_of_its_own(export: Export, tmp_path: Path) -> None:
    export.write("general/2023-11-14.json", [said()])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        for path in export.folder.rglob("*.json"):
            packed.write(path, f"example export/{path.relative_to(export.folder)}")
    with Source(tmp_path / "x.zip") as source:
        assert READER.recognizes(source)
        [entry] = READER.read(source, Options(), report := Report())
    assert entry.place == "example export/general/2023-11-14.json, message 1"
    assert report.rooms["C0000GEN"].name == "general"
    assert report.rooms["C0000GEN"].topic == "talk & tea"


def test_other_json_is_not_recognized(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"messages": [{"id": 1, "date": "2020-01-01T00:00:00", "ts": 5}]}')
    with Source(tmp_path) as source:
        assert not READER.recognizes(source)


def test_a_source_without_messages_says_what_to_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with Source(tmp_path) as source, pytest.raises(BadSource, match="name the zip that Slack made"):
        list(READER.read(source, Options(), Report()))


def test_messages_without_an_export_around_them_are_one_room(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(said("hi")))
    with Source(tmp_path / "one.json") as source:
        assert READER.recognizes(source)
        [entry] = READER.read(source, Options(), Report())
    assert (entry.room, entry.text) == ("one", "hi")


def test_answers_of_the_api_and_of_slackdump_have_their_messages_in_a_field(tmp_path: Path) -> None:
    parent = said("a", thread_ts=PARENT, slackdump_thread_replies=[said("b", ts=REPLY, thread_ts=PARENT)])
    (tmp_path / "C0000GEN.json").write_text(json.dumps({"ok": True, "channel_id": "C0000GEN", "messages": [parent]}))
    with Source(tmp_path) as source:
        assert READER.recognizes(source)
        entries = list(READER.read(source, Options(), Report()))
    assert [(entry.text, entry.reply_to) for entry in entries] == [("a", None), ("b", PARENT)]


def test_dumps_of_slackdump_are_rooms_with_the_names_that_they_state(tmp_path: Path) -> None:
    dumps = [("C0000GEN", "every\u00f6ne"), ("C0000GEN", ""), ("C00000TWO", "two"), ("D00000003", "")]
    for number, (channel, name) in enumerate(dumps):
        dump = {"channel_id": channel, "name": name, "messages": [said(str(number))]}
        (tmp_path / f"{number}.json").write_text(json.dumps(dump))
    report = Report()
    with Source(tmp_path) as source:
        rooms = [entry.room for entry in READER.read(source, Options(), report)]
    assert rooms == [channel for channel, _ in dumps]
    assert [(room.name, room.direct) for room in report.rooms.values()] == [
        ("every\u00f6ne", False),
        ("two", False),
        ("D00000003", True),
    ]


def test_direct_messages_lie_in_a_folder_named_by_their_id_and_group_messages_by_their_name(export: Export) -> None:
    export.write("dms.json", [{"id": "D00000001", "members": [ADA, BO]}])
    export.write("mpims.json", [{"id": "G00000002", "name": "mpdm-ada--bo-1", "members": [ADA, BO, "U0000GONE"]}])
    export.write("groups.json", [{"id": "G00000003", "name": "board"}])
    for folder in ("D00000001", "mpdm-ada--bo-1", "board"):
        export.write(f"{folder}/2023-11-14.json", [said()])
    assert [entry.room for entry in export.read()] == ["D00000001", "G00000003", "G00000002"]
    rooms = export.report.rooms
    assert {key: rooms[key].direct for key in rooms if key != "C0000GEN"} == {
        "D00000001": True,
        "G00000003": False,
        "G00000002": True,
    }
    assert rooms["D00000001"].name == "ada, Bo Lind"
    assert any("board was a private room" in note for note in export.report.notes)


def test_a_renamed_channel_keeps_its_key(export: Export) -> None:
    export.write("channels.json", [{"id": "C0000GEN", "name": "everybody"}])
    [entry] = export.read(said(), folder="everybody")
    assert entry.room == "C0000GEN"


def test_a_folder_that_no_list_names_is_a_room_of_its_own(export: Export) -> None:
    assert [entry.room for entry in export.read(said(), folder="lost")] == ["lost"]


# Records.


def test_the_time_is_that_of_ts_and_never_that_of_the_file_name(export: Export) -> None:
    [entry] = export.read(said(ts="1452837318.000002"), day="2016-01-14")
    assert (entry.moment, entry.order, entry.source_id) == (1452837318000, 2, "1452837318.000002")


def test_microseconds_are_kept_apart_so_that_two_messages_of_one_millisecond_stay_two(export: Export) -> None:
    first, second = export.read(said(ts="1700000000.123001"), said(ts="1700000000.123002"))
    assert first.moment == second.moment == 1700000000123
    assert (first.order, second.order) == (1, 2)
    assert first.source_id != second.source_id


def test_null_where_lists_and_ids_are_expected_breaks_nothing(export: Export) -> None:
    nothing = {name: None for name in ("blocks", "files", "attachments", "reactions", "bot_id", "edited", "subtype")}
    assert export.text("hi", **nothing, thread_ts=None) == "hi"


def test_fields_of_a_wrong_type_do_not_break_a_record(export: Export) -> None:
    wrong = {"username": 5, "bot_id": ["x"], "reactions": "none", "files": {"name": "a.txt"}, "blocks": 7, "hidden": 0}
    [entry] = export.read(said("hi", **wrong))
    assert (entry.text, entry.attachments) == ("hi", (Attachment("a.txt"),))
    assert export.report.problems == []


def test_a_record_without_a_time_and_one_that_is_no_object_are_named_and_the_others_read(export: Export) -> None:
    entries = export.read(said("a"), said("b", ts="soon"), 5, said("c", ts=REPLY))  # type: ignore[arg-type]
    assert [entry.text for entry in entries] == ["a", "c"]
    assert [problem.place for problem in export.report.problems] == [
        "general/2023-11-14.json, message 2",
        "general/2023-11-14.json, message 3",
    ]


def test_half_a_surrogate_pair_a_byte_order_mark_and_bytes_of_no_utf_8_are_read(export: Export) -> None:
    line = b'\xef\xbb\xbf[{"type":"message","user":"U1","text":"a\\ud83d \xe9","ts":"1700000000.000100"}]'
    export.write("general/2023-11-14.json", line)
    [entry] = export.read()
    assert entry.text == "a� �"


def test_a_file_that_was_cut_off_is_named(export: Export) -> None:
    export.write("general/2023-11-14.json", b'[{"ts": "1700000000.0001')
    export.write("general/2023-11-15.json", [said("b")])
    assert [entry.text for entry in export.read()] == ["b"]
    assert [problem.place for problem in export.report.problems] == ["general/2023-11-14.json"]


# People.


@pytest.mark.parametrize(
    ("user", "name"),
    [(ADA, "ada"), (BO, "Bo Lind"), ("USLACKBOT", "Slackbot"), ("U0000GONE", "U0000GONE")],
    ids=["the display name", "the real name if that is empty", "not in users.json", "missing"],
)
def test_the_name_of_a_user(export: Export, user: str, name: str) -> None:
    [entry] = export.read(said(user=user))
    assert (entry.author_id, entry.author_name) == (user, name)


def test_a_user_of_another_workspace_is_named_by_the_message(export: Export) -> None:
    profile = {"display_name": "", "real_name": "Cleo", "name": "cleo99"}
    entries = export.read(said(user="U0OTHER", user_profile=profile), said("<@U0OTHER> hi", ts=REPLY))
    assert [(entry.author_name, entry.text) for entry in entries] == [("Cleo", "hi"), ("ada", "@Cleo hi")]


def test_a_bot_has_the_name_of_the_message_and_its_own_id(export: Export) -> None:
    bot = {"subtype": "bot_message", "user": None, "bot_id": "B1"}
    one, two = export.read(said("a", username="deploys", **bot), said("b", ts=REPLY, username="alerts", **bot))
    assert [(entry.author_id, entry.author_name) for entry in (one, two)] == [("B1", "deploys"), ("B1", "alerts")]


def test_a_bot_without_a_username_has_the_name_of_its_profile(export: Export) -> None:
    [entry] = export.read(said(bot_id="B1", user="U00000BOT", bot_profile={"name": "Builder"}))
    assert (entry.author_id, entry.author_name) == ("U00000BOT", "Builder")


def test_a_message_of_nobody_is_kept(export: Export) -> None:
    [entry] = export.read(said("hi", user=None))
    assert entry.author_name == "unknown"


# Threads, edits, reactions, news.


def test_a_reply_of_weeks_later_names_its_parent_and_the_parent_nobody(export: Export) -> None:
    export.write("general/2023-11-21.json", [said("later", ts=REPLY, thread_ts=PARENT, parent_user_id=ADA)])
    parent, reply = export.read(said("first", thread_ts=PARENT, reply_count=1))
    assert (parent.reply_to, reply.reply_to) == (None, PARENT)


def test_a_broadcast_reply_does_not_bring_its_parent_again(export: Export) -> None:
    root = said("first", thread_ts=PARENT)
    entries = export.read(root, said("to all", REPLY, subtype="thread_broadcast", thread_ts=PARENT, root=root))
    assert [(entry.text, entry.reply_to) for entry in entries] == [("first", None), ("to all", PARENT)]


def test_an_edit_has_its_time_in_seconds_even_of_a_bot(export: Export) -> None:
    [entry] = export.read(said(edited={"user": "B1", "ts": "1458981134.000000"}))
    assert entry.edited == 1458981134000


def test_reactions_have_their_skin_tones_and_those_of_nobody_are_counted(export: Export) -> None:
    reactions = [
        {"name": "+1::skin-tone-3", "users": [ADA], "count": 1},
        {"name": "party-parrot", "users": [BO], "count": 3},
        {"name": "eyes", "users": None, "count": 1},
    ]
    [entry] = export.read(said(reactions=reactions))
    assert entry.reactions == (
        NeutralReaction("+1::skin-tone-3", ADA, "ada"),
        NeutralReaction("party-parrot", BO, "Bo Lind"),
    )
    assert export.report.skipped == {"reactions of people whom the export does not name": 3}


@pytest.mark.parametrize(
    ("subtype", "reason"),
    [
        ("channel_join", "joins and leaves"),
        ("channel_topic", "changed topics and names"),
        ("channel_archive", "changes of channels"),
        ("tombstone", "deleted messages"),
        ("huddle_thread", "huddles and calls"),
        ("reply_broadcast", "copies that Slack made"),
        ("message_changed", "earlier versions of messages"),
        ("pinned_item", "pins"),
        ("made_up_next_year", "other messages that Slack made"),
    ],
)
def test_news_is_counted_and_not_imported(export: Export, subtype: str, reason: str) -> None:
    assert export.read(said(f"<@{ADA}> did something", subtype=subtype)) == []
    assert export.report.skipped == {reason: 1}


@pytest.mark.parametrize(
    ("subtype", "text", "line"),
    [("huddle_thread", "", "[huddle]"), ("channel_join", f"<@{ADA}> has joined the channel", "@ada has joined")],
)
def test_news_that_people_answer_in_a_thread_stays_as_a_line(
    export: Export, subtype: str, text: str, line: str
) -> None:
    """Regression: what people wrote in a huddle answered nothing."""
    news = said(text, PARENT, subtype=subtype, thread_ts=PARENT, reply_count=1)
    parent, reply = export.read(news, said("hi", REPLY, thread_ts=PARENT))
    assert (parent.text[: len(line)], reply.reply_to, export.report.skipped) == (line, parent.source_id, {})


def test_a_deleted_message_that_people_answered_is_counted(export: Export) -> None:
    assert export.read(said("This message was deleted.", subtype="tombstone", reply_count=2)) == []
    assert export.report.skipped == {"deleted messages": 1}


def test_conversations_of_a_few_are_private_in_whatever_list_a_tool_has_put_them(export: Export) -> None:
    """Regression: group messages in channels.json, or in a file of their own of slackdump, became a room."""
    few = [{"name": "mpdm-ada--bo--cy-1"}, {"name": "few", "is_mpim": True}, {"name": "one", "is_im": True}]
    secret = {"name": "secret", "is_private": True}
    listed = [{"id": f"C0000{at}", **each} for at, each in enumerate([*few, secret])]
    export.write("channels.json", listed)
    for each in listed:
        export.read(said(), folder=str(each["name"]))
    found = {room.key: room.direct for room in export.report.rooms.values()}
    assert found == {"C00000": True, "C00001": True, "C00002": True, "C00003": False}
    assert [note.partition(" was a private room")[0] for note in export.report.notes] == ["secret"]


def test_a_folder_whose_name_macos_has_decomposed_is_that_of_its_channel(export: Export) -> None:
    """Regression: it became a room beside the channel's own, and nothing said that it was private."""
    export.write("groups.json", [{"id": "G0000CAF", "name": "caf\u00e9"}])
    export.read(said(), folder="cafe\u0301")
    assert "G0000CAF" in export.report.rooms
    assert export.report.notes == ["café was a private room: here everybody reads it who can open the site"]


@pytest.mark.parametrize("has_letters", [False, True])
def test_comments_on_a_canvas_are_private_if_the_export_has_letters(export: Export, has_letters: bool) -> None:
    if has_letters:
        export.write("dms.json", [])
    export.read(said(), folder="FC:F0000000:plan")
    room = export.report.rooms["FC:F0000000:plan"]
    assert (room.name, room.direct) == ("plan", has_letters)


def test_group_messages_in_a_file_of_slackdump_are_private(tmp_path: Path) -> None:
    dump = {"channel_id": "C0000FEW", "name": "mpdm-ada--bo--cy-1", "messages": [said()]}
    (tmp_path / "C0000FEW.json").write_text(json.dumps(dump))
    assert [room.direct for room in read_all(READER, tmp_path).report.rooms.values()] == [True]


def test_talk_of_an_unknown_kind_is_kept(export: Export) -> None:
    assert export.text("what a day", subtype="made_up_next_year") == "what a day"


def test_an_action_is_told_of_its_author(export: Export) -> None:
    assert export.text("waves &amp; leaves", subtype="me_message") == "*ada waves & leaves*"


# Files and attachments.


def test_old_uploads_are_their_words_and_a_comment_answers_them(export: Export) -> None:
    file = {
        "id": "F1",
        "name": "x.js",
        "size": 478,
        "permalink": "https://x.example/F1",
        "url_private": "https://p?t=1",
    }
    generated = f"<@{ADA}> uploaded a file: <https://x.example/F1|x.js>"
    comment = {"user": BO, "comment": "nice"}
    upload, answer = export.read(
        said(generated + " and commented: look", subtype="file_share", file=file),
        {"subtype": "file_comment", "text": f"<@{BO}> commented", "ts": REPLY, "file": file, "comment": comment},
    )
    assert upload.text == "look"
    assert upload.attachments == (Attachment("x.js", 478, None, "https://x.example/F1"),)
    assert (answer.text, answer.author_id, answer.reply_to, answer.attachments) == ("nice", BO, PARENT, ())


def test_an_upload_without_words_is_not_empty(export: Export) -> None:
    [entry] = export.read(said("", files=[{"id": "F1", "name": "photo one.jpg", "size": 9}]))
    assert (entry.text, entry.attachments) == ("", (Attachment("photo one.jpg", 9),))


def test_the_token_of_an_export_is_not_kept_and_the_file_of_the_export_is_named(export: Export) -> None:
    export.write("__uploads/F1/photo.jpg", b"x")
    file = {"id": "F1", "name": "photo.jpg", "url_private": "https://files.example/photo.jpg?t=xoxe-1"}
    [entry] = export.read(said("", files=[file, {"id": "F2", "mode": "tombstone"}]))
    assert entry.attachments == (
        Attachment("photo.jpg", None, "__uploads/F1/photo.jpg", "https://files.example/photo.jpg"),
        Attachment("deleted file"),
    )


def test_link_previews_do_not_double_a_link(export: Export) -> None:
    url = "https://example.org/a_b"
    preview = {"from_url": url, "original_url": url, "title": "A", "text": "about a"}
    assert export.text(f"see <{url}>", attachments=[preview]) == f"see {url}"


def test_a_message_that_was_passed_on_is_quoted(export: Export) -> None:
    share = {"is_share": True, "from_url": "https://x.example/p1", "author_name": "Bo", "text": "words"}
    assert export.text("look", attachments=[share]) == "look\n> **Bo**\n> words"


def test_what_a_bot_says_in_attachments_alone_is_its_message(export: Export) -> None:
    attachment = {
        "pretext": "[x] <https://x.example/1|1 new commit>:",
        "text": "<https://x.example/2|b698a38>: a &lt;b&gt;",
        "fields": [{"title": "State", "value": "done"}],
        "fallback": "not shown",
    }
    assert export.text("", bot_id="B1", user=None, attachments=[attachment]) == (
        "[x] [1 new commit](https://x.example/1):\n> [b698a38](https://x.example/2): a <b>\n> **State**\n> done"
    )


def test_the_fallback_is_shown_where_there_is_nothing_else(export: Export) -> None:
    assert export.text("", attachments=[{"fallback": "3 of 4 passed"}]) == "> 3 of 4 passed\n>"


# Where an export lies.


def test_two_exports_in_one_folder_are_an_error_that_names_both(tmp_path: Path) -> None:
    """Regression: only the first one was read."""
    for folder in ("both/aaa", "both/bbb"):
        Export(tmp_path / folder).write("general/2023-11-14.json", [said()])
    with pytest.raises(BadSource, match=r"^both holds 2 exports of Slack: both/aaa and both/bbb\. Name one of them\.$"):
        read_all(READER, tmp_path / "both")


def test_an_export_below_the_top_is_read_also_without_lists(export: Export) -> None:
    export.write("deep/down/general/2023-11-14.json", [said()])
    for name in ("users.json", "channels.json"):
        (export.folder / name).unlink()
    assert [entry.room for entry in export.read()] == ["general"]


def test_messages_beside_the_export_are_named(export: Export) -> None:
    export.write("2023-11-14.json", [said("of a lost channel")])
    assert [entry.text for entry in export.read(said())] == ["hi"]
    assert export.report.notes == ["2023-11-14.json has messages of Slack too, and is not read: name it alone"]


def test_files_that_people_sent_are_no_second_export(export: Export) -> None:
    export.write("__uploads/F00000001/users.json", [])
    export.write("__uploads/F00000001/2023-11-14.json", [said("of another chat")])
    assert [entry.text for entry in export.read(said())] == ["hi"]


def test_day_files_in_a_zip_are_a_room_of_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "general.zip", "w") as packed:
        packed.writestr("2023-11-14.json", json.dumps([said()]))
    report = Report()
    with Source(tmp_path / "general.zip") as source:
        assert [entry.room for entry in READER.read(source, Options(), report)] == ["general"]
    assert report.unnamed["rooms"] == {"general"}
