"""Rocket.Chat, trap by trap: "Export messages", answers of the API, collections of the database."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.rocketchat import READER
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text.rocketchat import markdown
from tests.support.core.imports import read_all

AT = "2024-03-01T10:00:00.123Z"
Record = dict[str, Any]


def message(id: str = "m1", msg: str | None = "hi", **fields: Any) -> Record:
    made = {"_id": id, "rid": "GENERAL", "msg": msg, "ts": AT, "u": {"_id": "a1", "username": "ada", "name": "Ada"}}
    return made | fields


def lines(*records: Record) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


class Export:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = Report()

    def read(self, **files: bytes) -> list[NeutralEntry]:
        for name, data in files.items():
            (self.folder / f"{name}.json").write_bytes(data)
        entries, self.report = read_all(READER, self.folder)
        return entries


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def test_export_messages_is_lines_without_ids_and_the_room_is_the_file(export: Export) -> None:
    assets = export.folder / "assets"
    assets.mkdir()
    (assets / "f1-plan.pdf").write_bytes(b"abc")
    attachment = {"type": "file", "title": "plan.pdf", "title_link": "/file-upload/f1/plan.pdf", "fileId": "f1"}
    entries = export.read(
        general=lines(
            {"msg": "*hi*", "username": "User_1", "ts": AT},
            {"msg": "hi", "username": "User_1", "ts": AT},
            {"msg": "User joined", "username": "User_2", "ts": AT, "type": "uj"},
            {"msg": "", "username": "User_1", "ts": AT, "attachments": [attachment]},
        )
    )
    assert [(entry.room, entry.source_id, entry.author_id, entry.text) for entry in entries] == [
        ("general", "", "User_1", "**hi**"),
        ("general", "", "User_1", "hi"),
        ("general", "", "User_1", ""),
    ]
    assert entries[2].attachments == (Attachment("plan.pdf", 3, "assets/f1-plan.pdf"),)
    assert export.report.skipped == {"joins and leaves": 1}


def test_an_answer_of_the_api_is_newest_first_with_times_in_iso(export: Export) -> None:
    answer = {"messages": [message("m2", "b", tmid="m1"), message("m1", "a")], "count": 2, "success": True}
    second, first = export.read(general=json.dumps(answer, indent=2).encode())
    assert (second.source_id, second.reply_to, first.reply_to) == ("m2", "m1", None)
    assert first.moment == 1709287200123
    assert export.report.rooms["GENERAL"].name == "general"


@pytest.mark.parametrize(
    "ts", [{"$date": AT}, {"$date": {"$numberLong": "1709287200123"}}, {"$date": 1709287200123}, 1709287200123]
)
def test_times_of_mongodb(export: Export, ts: Any) -> None:
    [entry] = export.read(rocketchat_message=lines(message(ts=ts)))
    assert entry.moment == 1709287200123


def test_rooms_have_the_names_of_their_collection(export: Export) -> None:
    last = {"_id": "m1", "rid": "GENERAL", "msg": "hi", "u": {"_id": "a1"}, "ts": {"$date": AT}}
    rooms = lines(
        {"_id": "GENERAL", "t": "c", "name": "general", "topic": "tea", "msgs": 5, "lastMessage": last},
        {"_id": "r2", "t": "p", "name": "x1", "fname": "The Board", "usersCount": 2},
        {"_id": "a1b2", "t": "d", "usernames": ["ada", "bo"], "msgs": 1},
        {"_id": "r4", "t": "p", "prid": "GENERAL", "name": "x2", "fname": "A discussion", "msgs": 1},
    )
    messages = lines(*(message(f"m{number}", rid=rid) for number, rid in enumerate(("GENERAL", "r2", "a1b2", "r4"))))
    assert len(export.read(rocketchat_room=rooms, rocketchat_message=messages)) == 4
    assert [(room.name, room.topic, room.direct) for room in export.report.rooms.values()] == [
        ("general", "tea", False),
        ("The Board", "", False),
        ("ada, bo", "", True),
        ("A discussion", "", False),
    ]
    assert any("The Board was a private room" in note for note in export.report.notes)


@pytest.mark.parametrize("user_id", ["rocket.cat", "64a1b2c3d4e5f6a7b8c9d0e1"])
def test_a_direct_room_is_known_by_ids_of_any_length(export: Export, user_id: str) -> None:
    """Regression: letters of people whose ids are not of 17 signs became a room, if the collection was missing."""
    rooms = [user_id + "b" * 17, "b" * 17 + user_id]
    author = {"_id": user_id, "username": "ada"}
    export.read(rocketchat_message=lines(*(message(rid, rid=rid, u=author) for rid in rooms), message(u=author)))
    assert [room.direct for room in export.report.rooms.values()] == [True, True, False]


def test_what_visitors_said_and_discussions_of_letters_are_private(export: Export) -> None:
    """Regression: a discussion that began in direct messages became a room, and so did calls of visitors."""
    kinds = [{"t": "v"}, {"t": "d"}, {"t": "p", "prid": "r1"}, {"t": "p", "prid": "GENERAL"}, {"t": "c"}]
    rooms = [{"_id": f"r{at}", "name": "x", "msgs": 1, **kind} for at, kind in enumerate(kinds)]
    export.read(
        rocketchat_message=lines(*(message(room["_id"], rid=room["_id"]) for room in rooms)),
        rocketchat_room=lines(*rooms),
    )
    assert [room.direct for room in export.report.rooms.values()] == [True, True, True, False, False]


def test_a_direct_room_without_a_collection_is_known_by_its_id(export: Export) -> None:
    export.read(letters=lines(message(rid="a" * 34)))
    assert export.report.rooms["a" * 34].direct


def test_old_versions_and_copies_of_deleted_messages_are_left_out(export: Export) -> None:
    entries = export.read(general=lines(message(), message("m2", "old words", _hidden=True), message("m3", "", t="rm")))
    assert [entry.text for entry in entries] == ["hi"]
    assert export.report.skipped == {"earlier versions of messages": 1, "deleted messages": 1}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("uj", "joins and leaves"), ("ru", "joins and leaves"), ("r", "changed topics and names"),
     ("room_changed_topic", "changed topics and names"), ("e2e", "encrypted messages"), ("message_pinned", "pins"),
     ("next_years", "other messages that Rocket.Chat made")],
)  # fmt: skip
def test_the_text_of_news_is_only_a_name(export: Export, kind: str, reason: str) -> None:
    assert export.read(general=lines(message(msg="bo", t=kind))) == []
    assert export.report.skipped == {reason: 1}


def test_a_quote_is_a_link_in_front_of_the_answer_and_not_shown_twice(export: Export) -> None:
    link = "https://chat.example.org/channel/general?msg=m1"
    attachment = {"message_link": link, "author_name": "bo", "text": "quoted"}
    [entry] = export.read(general=lines(message("m2", f"[ ]({link}) yes", attachments=[attachment])))
    assert (entry.text, entry.reply_to) == ("yes", "m1")


def test_reactions_name_people_who_have_one_id_everywhere(export: Export) -> None:
    bo = message("m2", u={"_id": "b1", "username": "bo"}, reactions={":+1:": {"usernames": ["ada", "cy"]}})
    answer, _ = export.read(general=lines(bo, message("m1")))
    assert answer.reactions == (NeutralReaction("+1", "a1", "ada"), NeutralReaction("+1", "cy", "cy"))


def test_an_edit_has_its_time_and_a_bot_its_name(export: Export) -> None:
    [entry] = export.read(general=lines(message(editedAt={"$date": AT}, editedBy={"_id": "a1"}, alias="Builds")))
    assert (entry.edited, entry.author_name, entry.author_id) == (1709287200123, "Builds", "a1")


def test_a_caption_is_in_the_attachment(export: Export) -> None:
    attachment = {
        "title": "a b.png", "title_link": "/file-upload/f1/a%20b.png", "image_url": "/file-upload/f1/a%20b.png",
        "image_size": 77, "description": "look", "type": "file",
    }  # fmt: skip
    [entry] = export.read(general=lines(message(msg="", file={"_id": "f1"}, attachments=[attachment])))
    assert (entry.text, entry.attachments) == ("look", (Attachment("a b.png", 77),))


def test_what_an_app_attaches_is_quoted(export: Export) -> None:
    attachment = {
        "title": "Build",
        "title_link": "https://x.example",
        "text": "_done_",
        "fields": [{"title": "a", "value": "b"}],
    }
    [entry] = export.read(general=lines(message(msg="", attachments=[attachment])))
    assert entry.text == "> **[Build](https://x.example)**\n> *done*\n> **a**\n> b"


def test_broken_lines_and_missing_texts_are_no_end(export: Export) -> None:
    records = lines(message(), message("m2", None), message("m3", ts="soon"))
    assert len(export.read(general=records + b'{"_id": "m4", "rid"\n')) == 1
    assert [problem.place for problem in export.report.problems] == ["general.json, line 3", "general.json, line 4"]
    assert export.report.skipped == {"messages without content": 1}


def test_a_dump_of_the_database_says_how_to_make_json_of_it(tmp_path: Path) -> None:
    (tmp_path / "rocketchat_message.bson").write_bytes(b"\x05\x00\x00\x00\x00")
    with Source(tmp_path) as source:
        assert READER.recognizes(source)
        with pytest.raises(BadSource, match="bsondump --outFile"):
            list(READER.read(source, Options(), Report()))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("*b* **B** _i_ __I__ ~s~ ~~S~~", "**b** **B** *i* *I* ~~s~~ ~~S~~"),
        ("a*b*c snake_case 2 * 3 * 4", "a*b*c snake_case 2 * 3 * 4"),
        ("> quoted\n> more\nanswer", "> quoted\n> more\nanswer"),
        ("# Head\n- one\n2. two", "**Head**\n- one\n2. two"),
        ("so ```js\nx = `1`\n``` there", "so \n```js\nx = `1`\n```\n there"),
        ("[t](https://x.example) <https://x.example|u> [f](/file-upload/x)",
         "[t](https://x.example) [u](https://x.example) f (/file-upload/x)"),
        ("https://x.example/a_b_c :smile: @ada #general", "https://x.example/a_b_c 😄 @ada #general"),
        ("*yes* :white_check_mark: :our_own_one:", "**yes** ✅ :our_own_one:"),
        ("at 10:30:15 _now_: *so*", "at 10:30:15 *now*: **so**"),
    ],
)  # fmt: skip
def test_the_markup_of_rocket_chat(message: str, text: str) -> None:
    assert markdown(message) == text


def test_a_collection_without_the_rooms_calls_them_by_their_ids_and_says_so(export: Export) -> None:
    """Regression: every room had the name of the file."""
    export.read(rocketchat_message=lines(message(), message("m2", rid="abcdefgh123456789")))
    assert [room.name for room in export.report.rooms.values()] == ["GENERAL", "abcdefgh123456789"]
    assert export.report.unnamed == {"rooms": {"GENERAL", "abcdefgh123456789"}}
    assert export.report.lacking == {"rooms": "rocketchat_room.json is missing"}


def test_a_room_without_messages_is_told_too(export: Export) -> None:
    rooms = [
        {"_id": "GENERAL", "t": "c", "name": "general", "msgs": 1},
        {"_id": "r2", "t": "p", "name": "b", "msgs": 0},
    ]
    export.read(rocketchat_message=lines(message()), rocketchat_room=lines(*rooms))
    assert [room.name for room in export.report.rooms.values()] == ["general", "b"]


def test_each_file_of_a_message_has_an_id_of_its_own_in_its_address(export: Export) -> None:
    """Regression: "Export messages" gives all of them the id of the first, whose path the second got."""
    assets = export.folder / "assets"
    assets.mkdir()
    (assets / "f1-a.png").write_bytes(b"12345")
    files = [
        {"type": "file", "title": name, "title_link": f"/file-upload/{id}/{name}", "fileId": "f1", "fileName": "a.png"}
        for id, name in (("f1", "a.png"), ("f2", "b.pdf"))
    ]
    [entry] = export.read(general=lines({"msg": "two", "username": "User_1", "ts": AT, "attachments": files}))
    assert entry.attachments == (Attachment("a.png", 5, "assets/f1-a.png"), Attachment("b.pdf"))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "*Tea?* :smile:"}}]}, r"\*Tea?\* 😄"),
        (
            {
                "blocks": [
                    {
                        "type": "section",
                        "text": {"type": "mrkdwn", "text": "*yes*"},
                        "fields": [{"type": "plain_text", "text": "3 votes"}],
                        "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Vote"}},
                    },
                    {"type": "divider"},
                    {"type": "context", "elements": [{"type": "mrkdwn", "text": "by _ada_"}]},
                    {
                        "type": "actions",
                        "elements": [
                            {
                                "type": "button",
                                "text": {"type": "plain_text", "text": "Open"},
                                "url": "https://x.example/",
                            },
                            {"type": "static_select", "options": []},
                        ],
                    },
                    {"type": "image", "imageUrl": "https://x.example/p.png", "altText": "a plot"},
                ]
            },
            "**yes**\n3 votes\n[Vote]\nby *ada*\n[Open](https://x.example/)\n[a plot](https://x.example/p.png)",
        ),
        (
            {"blocks": [{"type": "callout", "title": {"text": "Note"}, "text": {"type": "mrkdwn", "text": "~no~"}}]},
            "**Note**\n~~no~~",
        ),
        (
            {"location": {"type": "Point", "coordinates": [13.4, 52.5]}},
            "[Location: 52.5, 13.4](https://www.openstreetmap.org/?mlat=52.5&mlon=13.4)",
        ),
    ],
)
def test_blocks_of_apps_and_places_are_text(export: Export, fields: Record, text: str) -> None:
    [entry] = export.read(general=lines(message(msg="", **fields)))
    assert entry.text == text


def test_blocks_stand_in_place_of_the_message(export: Export) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "shown"}}]
    [entry] = export.read(general=lines(message(msg="for notifications", blocks=blocks)))
    assert entry.text == "shown"


def test_a_message_may_quote_several(export: Export) -> None:
    links = [f"https://chat.example.org/channel/general?msg=m{number}" for number in (1, 2)]
    attachments = [{"message_link": link, "author_name": "bo", "text": f"said in {link[-2:]}"} for link in links]
    quoting = message("m3", f"[ ]({links[0]}) [ ]({links[1]}) both", attachments=attachments)
    [entry] = export.read(general=lines(quoting))
    assert (entry.text, entry.reply_to) == ("> **bo**\n> said in m2\nboth", "m1")


def test_the_link_of_a_quote_is_no_text_without_ids_either(export: Export) -> None:
    link = "https://chat.example.org/channel/general?msg=m1"
    record = {"msg": f"[ ]({link}) yes", "username": "User_1", "ts": AT, "attachments": [{"message_link": link}]}
    [entry] = export.read(general=lines(record))
    assert (entry.text, entry.reply_to) == (f"> {link}\nyes", None)


def test_buttons_that_open_an_address_are_links(export: Export) -> None:
    actions = [
        {"type": "button", "text": "Open", "url": "https://x.example/"},
        {"type": "button", "text": "No", "msg": "no"},
    ]
    [entry] = export.read(general=lines(message(msg="", attachments=[{"text": "Build", "actions": actions}])))
    assert entry.text == "> Build\n> [Open](https://x.example/)"
