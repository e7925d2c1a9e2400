"""Exports of Telegram Desktop: the traps of result.json."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.importers.source import Source
from chat.history.importers.telegram import READER
from chat.history.importers.text.telegram import markdown
from tests.support.core.imports import Reading, read_all, write_files, write_zip
from tests.support.core.rendered_html import visible_text
from tests.support.effort import effort


def message(identifier: int, text: Any = "hi", **fields: Any) -> dict[str, Any]:
    record = {
        "id": identifier,
        "type": "message",
        "date": "2023-07-19T11:11:13",
        "date_unixtime": str(1689757873 + identifier),
    }
    return {**record, "from": "Ada", "from_id": "user1", "text": text, **fields}


def service(identifier: int, action: str, **fields: Any) -> dict[str, Any]:
    return message(
        identifier, "", type="service", actor="Ada", actor_id="user1", action=action, text_entities=[], **fields
    )


def chat(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "Garden", "type": "private_supergroup", "id": 1234, **fields, "messages": list(messages)}


def imported(folder: Path, content: Any, zone: str | None = None, name: str = "result.json", **files: bytes) -> Reading:
    return read_all(READER, write_files(folder, {name: content, **files}), zone)


def test_the_time_is_that_of_unixtime_and_not_the_local_one(tmp_path: Path) -> None:
    (entry,) = imported(tmp_path, chat(message(1, edited="2023-07-19T12:00:00", edited_unixtime="1689760000"))).entries
    assert (entry.moment, entry.edited) == (1689757874000, 1689760000000)


def test_an_old_export_without_unixtime_needs_a_zone(tmp_path: Path) -> None:
    old = message(1, edited="2020-01-01T01:00:00", from_id=4295967296, date="2020-01-01T00:00:00")
    del old["date_unixtime"]
    (entry,) = imported(tmp_path, chat(old), "Asia/Kolkata").entries
    assert (entry.moment, entry.edited) == (1577817000000, 1577820600000)
    assert entry.author_id == "user1000000"
    reading = imported(tmp_path, chat(old))
    assert [problem.place for problem in reading.report.problems] == ["result.json, message 1"]


def test_an_edit_in_1970_is_none(tmp_path: Path) -> None:
    assert imported(tmp_path, chat(message(1, edited="1970-01-01T03:00:00")), "UTC").entries[0].edited is None


def test_a_message_with_nothing_is_a_line_all_the_same(tmp_path: Path) -> None:
    assert imported(tmp_path, chat(message(1, ""), message(2, None))).texts == ["[no text in the export]"] * 2


@pytest.mark.parametrize("zone_is_needed", [True, False])
def test_a_zone_is_asked_for_only_if_it_is_needed(tmp_path: Path, zone_is_needed: bool) -> None:
    record = message(1)
    if zone_is_needed:
        del record["date_unixtime"]
    write_files(tmp_path, {"result.json": chat(record)})
    with Source(tmp_path) as source:
        assert READER.needs_zone(source) == zone_is_needed


def test_broken_escapes_of_control_characters_are_mended(tmp_path: Path) -> None:
    raw = json.dumps(chat(message(1, 'a@b \\x0B "c"'), message(2))).replace("@", "\\x0B")
    assert [entry.text for entry in imported(tmp_path, raw).entries] == ['a\vb \\x0B "c"', "hi"]


@pytest.mark.parametrize(
    "path",
    ["video_files/sticker (2).webm", r"video_files\sticker.webm", "(File not included. Change data exporting …)"],
)
def test_paths_without_quotes_are_mended(tmp_path: Path, path: str) -> None:
    """Regression: Telegram 4.1 wrote the files of custom emoji so, and their messages were not read."""
    pieces = [{"type": "custom_emoji", "text": "😀", "document_id": "@"}, " and ", {"type": "bold", "text": "b"}]
    raw = json.dumps(chat(message(1, pieces), message(2)), indent=1).replace('"@"', path)
    assert imported(tmp_path, raw).texts == ["😀 and **b**", "hi"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain *so*", r"plain \*so\*"),
        ([{"type": "link", "text": "https://shop.example/x"}], "https://shop.example/x"),
        (["a ", {"type": "bold", "text": "b "}, "c", ""], "a **b** c"),
        ([{"type": "bold", "text": "Link:"}, {"type": "link", "text": "https://a.example/"}], "Link:https://a.example/"),
        ([{"type": "text_link", "text": "here", "href": "https://a.example/"}], "[here](https://a.example/)"),
        ([{"type": "link", "text": "a.example"}], "[a.example](https://a.example)"),
        (["see:\n", {"type": "pre", "text": "x = 1\n", "language": "python"}, "\nso"], "see:\n```python\nx = 1\n```\nso"),  # noqa: E501
        ([{"type": "blockquote", "text": "a\nb"}, "\nc"], "> a\n> b\nc"),
        ([{"type": "mention", "text": "@ada"}, " ", {"type": "hashtag", "text": "#a"}], "@ada #a"),
        ([{"type": "custom_emoji", "text": "😀", "document_id": "x"}, {"type": "spoiler", "text": "no"}], "😀no"),
        ([{"type": "unheard_of", "text": "x"}, None, 5, {"type": "bold"}], "x"),
        (None, ""),
        ([{"type": "bold", "text": "a"}, {"type": "italic", "text": " b"}], "**a** *b*"),
        ([{"type": "bold", "text": "a\n\nb"}], "**a**\n\n**b**"),
    ],
)  # fmt: skip
def test_a_text_is_a_string_or_pieces(text: Any, shown: str) -> None:
    assert markdown(text) == shown


@given(st.lists(st.text(st.sampled_from("*_~`[]()>-1. \\|a#\n"), max_size=8), max_size=4))
@settings(max_examples=effort(60, torture=5000), deadline=None)
def test_plain_pieces_are_shown_as_they_are(parts: list[str]) -> None:
    shown = visible_text(
        markdown([part if at % 2 else {"type": "plain", "text": part} for at, part in enumerate(parts)])
    )
    assert shown.split() == "".join(parts).split()


def test_media_without_a_file_are_a_line_and_those_with_one_have_its_path(tmp_path: Path) -> None:
    missing = "(File not included. Change data exporting settings to download.)"
    reading = imported(
        tmp_path,
        chat(
            message(1, "", photo=missing, width=5, height=5),
            message(2, "", file=missing, media_type="sticker", sticker_emoji="😏"),
            message(3, "", file=missing, media_type="voice_message", duration_seconds=64),
            message(4, "look", photo="photos/p_1.jpg", photo_file_size=7),
            message(
                5, "", file="(File exceeds maximum size. Change …)", file_name="a.pdf", mime_type="application/pdf"
            ),
            message(6, "", file=missing, media_type="audio_file", performer="Ada", title="Song"),
        ),
        **{"photos/p_1.jpg": b"1234567"},
    )
    assert [(file.name, file.size, file.path) for entry in reading.entries for file in entry.attachments] == [
        ("photo", None, None),
        ("sticker 😏", None, None),
        ("voice message 1:04", None, None),
        ("p_1.jpg", 7, "photos/p_1.jpg"),
        ("a.pdf", None, None),
        ("Ada – Song", None, None),
    ]


def test_polls_places_contacts_and_games_are_text(tmp_path: Path) -> None:
    poll = {
        "question": "Tea?",
        "total_voters": 2,
        "answers": [{"text": "yes", "voters": 1}, {"text": "*no*", "voters": 0}],
    }
    reading = imported(
        tmp_path,
        chat(
            message(1, "", poll=poll),
            message(2, "", location_information={"latitude": 52.5, "longitude": 13.4}, place_name="Zoo", address="A 1"),
            message(3, "", contact_information={"first_name": "Ada", "last_name": "", "phone_number": "+1 555"}),
            message(4, "", game_title="Chess", game_link="https://g.example/"),
            message(5, "", todo_list={"title": "Buy", "answers": [{"id": 1, "text": ["milk"]}]}),
            message(6, "look", inline_bot_buttons=[[{"type": "url", "text": "Shop", "data": "https://s.example/"}]]),
            message(7, "vote", inline_bot_buttons=[[{"type": "callback", "text": "+1", "data": "up"}], None]),
        ),
    )
    assert reading.texts == [
        "**Poll: Tea?**\n- yes (1 vote)\n- \\*no\\* (0 votes)",
        "[Location: Zoo, A 1](https://www.openstreetmap.org/?mlat=52.5&mlon=13.4)",
        "Contact: Ada, +1 555",
        "[Game: Chess](https://g.example/)",
        "**Buy**\n- milk",
        "look\n[Shop](https://s.example/)",
        "vote",
    ]


def test_service_messages_are_counted_and_not_imported(tmp_path: Path) -> None:
    reading = imported(
        tmp_path,
        chat(
            service(1, "create_group", title="Garden", members=["Ada", None]),
            service(2, "invite_members", members=None),
            service(3, "phone_call"),
            service(4, "pin_message", message_id=9),
            {"id": 5, "type": "unsupported"},
            message(6),
        ),
    )
    assert reading.texts == ["hi"]
    assert reading.report.skipped == {
        "changes of the chat and other news": 1,
        "joins and leaves": 1,
        "calls": 1,
        "pins": 1,
        "messages of a kind that this version of Telegram could not export": 1,
    }
    assert not reading.report.problems


def test_messages_of_a_topic_answer_the_line_that_created_it(tmp_path: Path) -> None:
    reading = imported(tmp_path, chat(service(1, "topic_created", title="Roses"), message(2, reply_to_message_id=1)))
    assert [(entry.source_id, entry.reply_to) for entry in reading.entries] == [("1", None), ("2", "1")]
    assert reading.texts[0] == "*created the topic “Roses”*"


def test_ids_that_start_anew_after_a_migration_are_other_messages(tmp_path: Path) -> None:
    reading = imported(
        tmp_path,
        chat(
            message(1, "old"),
            message(2, "old", reply_to_message_id=1),
            service(1, "migrate_from_group", title="Garden"),
            message(2, "new"),
            message(3, "new", reply_to_message_id=2),
        ),
    )
    assert [(entry.source_id, entry.reply_to) for entry in reading.entries] == [
        ("1", None), ("2", "1"), ("+2", None), ("+3", "+2"),
    ]  # fmt: skip


def test_ids_that_newer_exports_shift_below_zero_stay(tmp_path: Path) -> None:
    reading = imported(
        tmp_path,
        chat(message(-999972078), service(1, "migrate_from_group"), message(3, reply_to_message_id=-999972078)),
    )
    assert [(entry.source_id, entry.reply_to) for entry in reading.entries] == [
        ("-999972078", None), ("3", "-999972078"),
    ]  # fmt: skip


def test_an_answer_to_another_chat_is_none(tmp_path: Path) -> None:
    answers = [message(2, reply_to_message_id=1, reply_to_peer_id=peer) for peer in ("channel9", "channel1234")]
    assert [entry.reply_to for entry in imported(tmp_path, chat(*answers)).entries] == [None, "1"]


def test_a_deleted_account_keeps_its_id_and_a_channel_its_name(tmp_path: Path) -> None:
    records = [message(1, **{"from": None}), message(2, **{"from": "Garden", "from_id": "channel1234"}, author="Eve")]
    entries = imported(tmp_path, chat(*records)).entries
    assert [(each.author_id, each.author_name) for each in entries] == [
        ("user1", "Deleted Account"), ("channel1234", "Garden"),
    ]  # fmt: skip


def test_a_forward_is_a_quote_of_who_forwarded_it(tmp_path: Path) -> None:
    records = [message(1, "a\nb", forwarded_from="Eve *"), message(2, "", forwarded_from=None, photo="x.jpg")]
    assert imported(tmp_path, chat(*records)).texts == [
        "_Forwarded from Eve *_\n> a\n> b",
        "*Forwarded from Deleted Account*",
    ]


def test_a_reaction_is_no_edit(tmp_path: Path) -> None:
    """Regression: Telegram's server sets the time of an edit when somebody reacts."""
    person = {"from": "Eve", "from_id": "user2", "date": "2023-07-19T12:00:00"}
    reactions = [{"type": "emoji", "count": 1, "emoji": "👍", "recent": [person]}]
    reacted, edited = (
        message(1, edited=time, edited_unixtime="1689760800", reactions=reactions)
        for time in ("2023-07-19T12:00:00", "2023-07-19T12:00:59")
    )
    entries = imported(tmp_path, chat(reacted, {**edited, "id": 2})).entries
    assert [entry.edited for entry in entries] == [None, 1689760800000]


def test_reactions_name_some_people_and_count_the_others(tmp_path: Path) -> None:
    reactions = [
        {"type": "emoji", "count": 3, "emoji": "👍", "recent": [{"from": "Eve", "from_id": "user2", "date": "…"}]},
        {"type": "custom_emoji", "count": 2, "document_id": "(File not included…"},
        {"type": "emoji", "count": 1, "emoji": "🔥", "recent": None},
    ]
    reading = imported(tmp_path, chat(message(1, reactions=reactions), message(2, reactions=None)))
    assert [(each.emoji, each.author_id) for each in reading.entries[0].reactions] == [("👍", "user2")]
    assert reading.report.skipped == {
        "reactions of people whom the export does not name": 3,
        "reactions with an emoji that chatsite does not have": 2,
    }


def test_all_chats_of_an_account_are_rooms_and_letters_are_direct(tmp_path: Path) -> None:
    account = {
        "about": "…",
        "personal_information": {"user_id": 1},
        "chats": {
            "about": "…",
            "list": [
                {"type": "saved_messages", "id": 1, "messages": [message(1)]},
                {"name": None, "type": "personal_chat", "id": 2, "messages": [message(1)]},
                {"name": "Empty", "type": "private_group", "id": 4, "messages": []},
                chat(message(1)),
            ],
        },
        "left_chats": {"about": "…", "list": [chat(message(1), name="Left", id=5)]},
    }
    report = imported(tmp_path, account).report
    rooms = report.rooms.values()
    assert [note.partition(" was a private room")[0] for note in report.notes] == ["Garden", "Left"]
    assert [(room.key, room.name, room.direct) for room in rooms] == [
        ("1", "Saved Messages", True),
        ("2", "Deleted Account", True),
        ("1234", "Garden", False),
        ("5", "Left", False),
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("replies", "Replies"),
        ("verify_codes", "Deleted Account"),
        (None, "Deleted Account"),
        ("new", "Deleted Account"),
    ],
)
def test_a_chat_of_any_kind_but_groups_and_channels_is_private(tmp_path: Path, kind: str | None, name: str) -> None:
    """Regression: what people answered to the owner, and codes of other services, became a room."""
    reading = imported(tmp_path, {"type": kind, "id": 1271266957, "messages": [message(1)]})
    assert [(room.name, room.direct) for room in reading.report.rooms.values()] == [(name, True)]


def test_exports_that_were_renamed_are_read_beside_one_that_was_not(tmp_path: Path) -> None:
    """Regression: they were left out without a word. What people sent stays a file."""
    files = {"result.json": 1, "result (1).json": 2, "family.json": 3, "old/result.json": 4}
    written = {name: chat(message(at), id=at) for name, at in files.items()} | {"files/x.json": chat(message(5))}
    found = read_all(READER, write_files(tmp_path, written))
    assert sorted(entry.source_id for entry in found.entries) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "content",
    [
        [message(1)],
        {"messages": [message(1)]},
        {"id": 5, "messages": [message(1)], "name": "Late", "type": "private_group"},
        {"messages": [{"type": "message", "date_unixtime": "1544006350", "from": "Ada", "text": "hi"}]},
    ],
)
def test_other_layouts_are_read(tmp_path: Path, content: Any) -> None:
    reading = imported(tmp_path, content, name="ChatExport_2023/result.json")
    assert reading.texts == ["hi"]
    name = "Late" if isinstance(content, dict) and "name" in content else "ChatExport_2023"
    assert [room.name for room in reading.report.rooms.values()] == [name]


def test_half_a_file_gives_what_is_there_and_names_it(tmp_path: Path) -> None:
    raw = json.dumps(chat(message(1), message(2)))
    reading = imported(tmp_path, raw[:-60])
    assert len(reading.entries) == 1
    assert [problem.place for problem in reading.report.problems] == ["result.json"]


def test_a_broken_record_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    reading = imported(tmp_path, chat(message(1), 5, message(3, date_unixtime=None, date="soon"), message(4)))
    assert [entry.source_id for entry in reading.entries] == ["1", "4"]
    assert [problem.place for problem in reading.report.problems] == [
        "result.json, message 2",
        "result.json, message 3",
    ]


def test_several_exports_in_a_zip_are_read(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "x.zip", {"a/result.json": chat(message(1)), "b/result.json": chat(message(2)), "b/x.json": []}
    )
    assert [entry.source_id for entry in read_all(READER, path).entries] == ["1", "2"]


def test_an_invoice_is_json_in_a_text(tmp_path: Path) -> None:
    fields = {"title": "Tea", "description": "Green, 100 g", "amount": 500, "currency": "EUR"}
    records = [
        message(1, "", invoice_information=json.dumps(fields, indent=4)),
        message(2, "", invoice_information=fields),
        message(3, "", invoice_information="{cut off"),
    ]
    texts = imported(tmp_path, chat(*records)).texts
    assert texts == ["Invoice: Tea: Green, 100 g", "Invoice: Tea: Green, 100 g", "Invoice: {cut off"]


def test_a_place_may_have_no_position(tmp_path: Path) -> None:
    records = [
        message(1, "", place_name="Café Blau", address="Main Street 1"),
        message(2, "", location_information=None, live_location_period_seconds=900),
    ]
    assert imported(tmp_path, chat(*records)).texts == ["Location: Café Blau, Main Street 1", "[location]"]


def test_a_game_without_a_link_keeps_its_description(tmp_path: Path) -> None:
    record = message(1, "", game_title="Lumber", game_description="Cut it down")
    assert imported(tmp_path, chat(record)).texts == ["Game: Lumber\nCut it down"]


@pytest.mark.parametrize(
    ("media_type", "fields", "name"),
    [
        ("sticker", {"file_name": "AnimatedSticker.tgs", "sticker_emoji": "😏"}, "sticker 😏"),
        ("voice_message", {"file_name": "audio.ogg", "duration_seconds": 4}, "voice message 0:04"),
        ("video_message", {"file_name": "video.mp4", "duration_seconds": 9}, "video message 0:09"),
        ("animation", {"file_name": "mp4.mp4", "duration_seconds": 2}, "GIF"),
        ("audio_file", {"file_name": "a.mp3", "performer": "Ada", "title": "Etude"}, "Ada – Etude"),
        ("audio_file", {"file_name": "a.mp3"}, "a.mp3"),
        ("video_file", {"file_name": "tour.mov"}, "tour.mov"),
    ],
)
def test_stickers_and_recordings_are_shown_by_what_they_are_and_not_by_the_name_of_a_file(
    tmp_path: Path, media_type: str, fields: dict[str, Any], name: str
) -> None:
    missing = "(File not included. Change data exporting settings to download.)"
    (entry,) = imported(tmp_path, chat(message(1, "", file=missing, media_type=media_type, **fields))).entries
    assert [file.name for file in entry.attachments] == [name]
