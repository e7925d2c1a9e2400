"""Zulip's export, trap by trap, as its sources write it."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text.zulip import markdown
from chat.history.importers.zulip import READER
from tests.support.core.imports import read_all

ADA, BO, BOT = 11, 12, 90
GENERAL, BOARD, TO_BO, GROUP = 501, 502, 503, 504  # recipients: not the ids of channels and people
Record = dict[str, Any]
REALM: Record = {
    "zerver_userprofile": [{"id": ADA, "full_name": "Ada Lovelace", "email": "ada@example.org"}],
    "zerver_userprofile_mirrordummy": [{"id": BO, "full_name": "Bo", "email": "bo@example.org"}],
    "zerver_userprofile_crossrealm": [{"id": BOT, "email": "notification-bot@zulip.com"}],
    "zerver_stream": [
        {"id": 1, "name": "general", "description": "tea", "invite_only": False},
        {"id": 2, "name": "board", "description": "", "invite_only": True},
    ],
    "zerver_recipient": [
        {"id": GENERAL, "type": 2, "type_id": 1},
        {"id": BOARD, "type": 2, "type_id": 2},
        {"id": TO_BO, "type": 1, "type_id": BO},
        {"id": GROUP, "type": 3, "type_id": 7},
    ],
    "zerver_subscription": [{"recipient": GROUP, "user_profile": user} for user in (ADA, BO)],
}


def message(id: int = 100, content: str = "hi", recipient: int = GENERAL, **fields: Any) -> Record:
    made = {"id": id, "sender": ADA, "recipient": recipient, "subject": "", "content": content}
    return made | {"date_sent": 1700000000.123456, "edit_history": None, "last_edit_time": None} | fields


class Export:
    """An export as a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = Report()

    def write(self, name: str, value: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())

    def read(self, *messages: Record, **tables: Any) -> list[NeutralEntry]:
        self.write("realm.json", REALM | tables)
        if messages:
            self.write("messages-000001.json", {"zerver_message": messages, "zerver_usermessage": []})
        entries, self.report = read_all(READER, self.folder)
        return entries


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path / "zulip-export")


def test_a_tar_with_a_folder_of_its_own_is_read(tmp_path: Path) -> None:
    files = {"realm.json": REALM, "messages-000001.json": {"zerver_message": [message()]}}
    with tarfile.open(tmp_path / "export.tar.gz", "w:gz") as tar:
        for name, value in files.items():
            info = tarfile.TarInfo(f"zulip-export-x/{name}")
            data = json.dumps(value).encode()
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert read_all(READER, tmp_path / "export.tar.gz").texts == ["hi"]


def test_a_source_without_a_realm_says_what_to_name(tmp_path: Path) -> None:
    (tmp_path / "messages-000001.json").write_text("{}")
    with Source(tmp_path) as source:
        assert not READER.recognizes(source)
        with pytest.raises(BadSource, match=r"name the \.tar\.gz"):
            list(READER.read(source, Options(), Report()))


def test_a_recipient_is_not_a_channel(export: Export) -> None:
    entries = export.read(
        message(1), message(2, recipient=BOARD), message(3, recipient=TO_BO), message(4, recipient=GROUP, sender=BO)
    )
    assert [entry.room for entry in entries] == ["1", "2", "direct/11/12", "direct/11/12"]
    rooms = export.report.rooms
    assert [(room.name, room.direct) for room in rooms.values()] == [
        ("general", False),
        ("board", False),
        ("Ada Lovelace, Bo", True),
    ]
    assert any("board was a private room" in note for note in export.report.notes)


def test_times_are_seconds_with_a_fraction(export: Export) -> None:
    old = message(2, date_sent=None, pub_date=1500000000.5)
    assert [entry.moment for entry in export.read(message(1), old)] == [1700000000123, 1500000000500]


def test_the_first_message_of_a_topic_names_it_and_the_others_answer_it(export: Export) -> None:
    first, second, third = export.read(
        message(5, "b", subject="Lunch"), message(4, "a", subject="lunch"), message(6, "c", subject="other *x*")
    )
    assert (first.source_id, first.text, first.reply_to) == ("4", "**lunch**\na", None)
    assert (second.text, second.reply_to) == ("b", "4")
    assert third.reply_to is None


def test_a_file_that_zulip_did_not_finish_is_read_once(export: Export) -> None:
    export.write("messages-000001.json.partial", {"zerver_message": [message(1, "twice")]})
    export.write("messages-000002.json.partial", {"zerver_message": [message(2, "unfinished")]})
    assert [entry.text for entry in export.read(message(1, "finished"))] == ["finished", "unfinished"]
    assert any("messages-000002.json.partial: Zulip did not finish" in note for note in export.report.notes)


def test_reactions_are_a_table_of_their_own(export: Export) -> None:
    table = [
        {
            "message": 100,
            "user_profile": BO,
            "emoji_name": "x",
            "emoji_code": "1f44d",
            "reaction_type": "unicode_emoji",
        },
        {"message": 100, "user_profile": ADA, "emoji_name": "ours", "emoji_code": "7", "reaction_type": "realm_emoji"},
        {"message": 999, "user_profile": ADA, "emoji_name": "tada", "emoji_code": "1f389"},
    ]
    [entry] = export.read(message(), zerver_reaction=table)
    assert entry.reactions == (NeutralReaction("👍", "12", "Bo"), NeutralReaction("ours", "11", "Ada Lovelace"))


def test_the_history_of_edits_is_json_in_a_string_and_holds_moves_too(export: Export) -> None:
    moved = json.dumps([{"timestamp": 1700000050, "prev_topic": "x"}])
    edited = json.dumps([{"timestamp": 1700000050, "prev_topic": "x"}, {"timestamp": 1700000040, "prev_content": "y"}])
    entries = export.read(
        message(1),
        message(2, edit_history=moved, last_edit_time=1700000050.0),
        message(3, edit_history=edited, last_edit_time=1700000050.0),
        message(4, last_edit_time=1700000060.0),
    )
    assert [entry.edited for entry in entries] == [None, None, 1700000040000, 1700000060000]


def test_the_bots_of_zulip_itself_are_counted_and_people_without_an_account_have_a_name(export: Export) -> None:
    entries = export.read(message(1, sender=BOT), message(2, sender=BO), message(3, sender=777))
    assert [entry.author_name for entry in entries] == ["Bo", "user 777"]
    assert export.report.skipped == {"notices of Zulip's own bots": 1}


def test_uploads_are_named_with_their_place_in_the_export(export: Export) -> None:
    export.write("uploads/2/ab/a file.png", b"xyz")
    [entry] = export.read(message(content="see [it](/user_uploads/2/ab/a%20file.png)"))
    assert entry.text == "see it"
    assert entry.attachments == (Attachment("a file.png", 3, "uploads/2/ab/a file.png"),)


def test_broken_files_and_messages_are_named(export: Export) -> None:
    export.write("messages-000002.json", b'{"zerver_message": [')
    entries = export.read(message(1), message(2, date_sent=None), message(3, edit_history=5, subject=None))
    assert [entry.source_id for entry in entries] == ["1", "3"]
    assert [problem.place for problem in export.report.problems] == [
        "messages-000001.json, message 2",
        "messages-000002.json",
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("@**Ada Lovelace|11** @_**Bo** @*core team* @**all**", '@"Ada Lovelace" @Bo @"core team" @all'),
        ("#**general>new topic** and #**general**", "#general > new topic and #general"),
        ("#**general>a > b@17** and #**general>**", "#general > a > b and #general > general chat"),
        ("/poll Tea or 2 * 3?\n* Tea\n\n2 * 3", "**Poll: Tea or 2 * 3?**\n- Tea\n- 2 * 3"),
        ("/todo\nwater: the roses", "**To-do**\n- water: the roses"),
        ("/polls are fun", "/polls are fun"),
        ("```quote\n**b**\n```\nanswer", "> **b**\nanswer"),
        ("````quote\n```python\nx\n```\n````", "> ```python\n> x\n> ```"),
        ("~~~\n```\nx\n~~~", "````\n```\nx\n````"),
        ("```spoiler The end\nall *die*\n```", "**The end**\nall *die*"),
        ("```math\nx^2\n```", "```latex\nx^2\n```"),
        ("so $$x^2$$ and $5", "so `x^2` and $5"),
        ("<time:2024-01-02T10:00:00Z>", "2024-01-02T10:00:00Z"),
        ("/me waves", "*Eve waves*"),
        ("[moved](#narrow/channel/1/near/5)", "moved"),
        ("1 < 2 &amp; <b>", "1 < 2 & <b>"),
    ],
)
def test_the_markdown_of_zulip(content: str, text: str) -> None:
    assert markdown(content, "Eve") == text


def test_two_exports_in_one_folder_are_an_error_that_names_both(tmp_path: Path) -> None:
    """Regression: only the first one was read."""
    for folder in ("a", "b"):
        Export(tmp_path / folder).read(message())
    with pytest.raises(BadSource, match=r"holds 2 exports of Zulip: .*/a/realm\.json and .*/b/realm\.json\. Name one"):
        read_all(READER, tmp_path)


def test_a_channel_without_messages_is_told_too(export: Export) -> None:
    export.read(message())
    assert [room.name for room in export.report.rooms.values()] == ["general", "board"]
    assert export.report.notes == []


def test_people_and_channels_that_the_realm_does_not_have_are_told(export: Export) -> None:
    export.read(message(sender=99), zerver_stream=[])
    assert export.report.unnamed == {"people": {"user 99"}, "rooms": {"channel 1"}}


def test_a_message_whose_text_was_taken_out_is_a_deleted_one(export: Export) -> None:
    """Regression: it came over as the text that Zulip puts in place of it."""
    [entry] = export.read(message(1, "(deleted)", subject="tea"), message(2, "hi", subject="tea"))
    assert entry.text == "**tea**\nhi"
    assert export.report.skipped == {"deleted messages": 1}
