"""Files of DiscordChatExporter: the traps of its JSON, and Discord's Markdown."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.history.importers.discord import READER
from chat.history.importers.text.discord import markdown
from tests.support.core.imports import Reading, read_all, write_files, write_zip
from tests.support.core.rendered_html import block_html, visible_text
from tests.support.effort import effort

GENERAL = "Garden - Text Channels - general [200]"
SNOWFLAKE = 1519312655884750000


def person(identifier: int = 1, name: str = "ada", **fields: Any) -> dict[str, Any]:
    return {
        "id": str(identifier),
        "name": name,
        "discriminator": "0000",
        "nickname": name.title(),
        "isBot": False,
        **fields,
    }


def message(identifier: int, content: str = "hi", **fields: Any) -> dict[str, Any]:
    return {
        "id": str(SNOWFLAKE + identifier),
        "type": "Default",
        "timestamp": "2026-06-24T19:06:04.627+07:00",
        "timestampEdited": None,
        "content": content,
        "author": person(),
        **{name: [] for name in ("attachments", "embeds", "stickers", "reactions", "mentions")},
        **fields,
    }


def channel(*messages: Any, **fields: Any) -> dict[str, Any]:
    about = {"id": "200", "type": "GuildTextChat", "category": "Text Channels", "name": "general", "topic": None}
    return {
        "guild": {"id": "100", "name": "Garden"},
        "channel": {**about, **fields},
        "dateRange": {"after": None, "before": None},
        "messages": list(messages),
    }


def imported(folder: Path, *messages: Any, **files: bytes) -> Reading:
    return read_all(READER, write_files(folder, {f"{GENERAL}.json": channel(*messages), **files}))


def text_of(folder: Path, **fields: Any) -> str:
    return imported(folder, message(1, **{"content": "", **fields})).entries[0].text


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("2026-06-24T19:06:04.627+07:00", 1782302764627),
        ("2026-06-24T19:06:04+07:00", 1782302764000),
        ("2026-06-24T19:06:04.6+07:00", 1782302764600),
        ("2026-06-24T12:06:04.6271234+00:00", 1782302764627),
        ("2026-06-24T12:06:04.6271234Z", 1782302764627),
        (None, 1782302764627),  # of the id
    ],
)
def test_times_have_the_offset_of_the_machine_that_exported(tmp_path: Path, timestamp: str, moment: int) -> None:
    assert imported(tmp_path, message(0, timestamp=timestamp)).entries[0].moment == moment


def test_ids_keep_all_digits_and_parts_of_a_channel_are_one_room(tmp_path: Path) -> None:
    first, second = channel(message(1)), channel(message(2), message(3))
    path = write_zip(tmp_path / "x.zip", {f"a/{GENERAL}.json": first, f"a/{GENERAL[:-1]} [part 2].json": second})
    reading = read_all(READER, path)
    assert {entry.source_id for entry in reading.entries} == {str(SNOWFLAKE + at) for at in (1, 2, 3)}
    assert [(room.key, room.name) for room in reading.report.rooms.values()] == [("200", "general")]


def test_threads_are_rooms_of_their_own_and_letters_are_direct(tmp_path: Path) -> None:
    files = {
        "a.json": channel(message(1), id="201", type="GuildPrivateThread", category="general", name="Roses"),
        "b.json": channel(message(2), id="202", type="DirectTextChat", category="Private", name="Eve", topic="x"),
        "notes.json": [1],
        "a.json_Files/sent.json": channel(message(9), id="999"),
    }
    report = read_all(READER, write_files(tmp_path, files)).report
    rooms = report.rooms.values()
    assert [note.partition(" was a private room")[0] for note in report.notes] == ["general › Roses"]
    assert [(room.name, room.direct, room.topic) for room in rooms] == [
        ("general › Roses", False, ""),
        ("Eve", True, "x"),
    ]


@pytest.mark.parametrize(
    ("kind", "guild", "direct"), [("1", "100", True), (3, "100", True), ("", "0", True), ("0", "100", False)]
)
def test_letters_are_direct_also_by_the_number_of_their_kind(
    tmp_path: Path, kind: Any, guild: str, direct: bool
) -> None:
    document = {**channel(message(1), type=kind), "guild": {"id": guild, "name": "x"}}
    report = read_all(READER, write_files(tmp_path, {"a.json": document})).report
    assert [room.direct for room in report.rooms.values()] == [direct]


def test_one_id_is_one_person_whatever_the_name(tmp_path: Path) -> None:
    reactions = [{"emoji": {"id": "", "name": "💯", "code": "100"}, "count": 1, "users": [person(1, "old name")]}]
    old = {"id": "2", "name": "bob"}  # without a nickname
    entries = imported(tmp_path, message(1, reactions=reactions), message(2, author=old)).entries
    assert (entries[0].author_id, entries[0].author_name) == ("1", "Ada")
    assert (entries[0].reactions[0].author_id, entries[0].reactions[0].author_name) == ("1", "Old Name")
    assert (entries[1].author_id, entries[1].author_name) == ("2", "bob")


def test_only_answers_in_the_channel_are_answers(tmp_path: Path) -> None:
    here = {"type": "Default", "messageId": "5", "channelId": "200", "guildId": "100"}
    records = [
        message(1, type="Reply", reference=here),
        message(2, type="Reply", reference={"messageId": "5"}),  # of older versions
        message(3, reference={**here, "channelId": "9"}),  # an announcement of another channel
        message(4, reference={**here, "type": "Forward"}),
        message(5, type="ChannelPinnedMessage", reference={**here, "guildId": None}),
    ]
    reading = imported(tmp_path, *records)
    assert [entry.reply_to for entry in reading.entries] == ["5", "5", None, None]
    assert reading.report.skipped == {"pins": 1}


def test_news_with_made_up_words_are_counted_and_unknown_kinds_are_talk(tmp_path: Path) -> None:
    reading = imported(
        tmp_path,
        message(1, "Joined the server.", type="GuildMemberJoin"),
        message(2, "Started a call that lasted 5 minutes.", type="Call"),
        message(3, "Started a thread.", type="ThreadCreated"),
        message(4, "", type="8"),
        message(5, "pong", type="20", interaction={"id": "1", "name": "ping", "user": person()}),
        message(6, "new", type="99"),
    )
    assert reading.texts == ["*Ada used /ping*\npong", "new"]
    assert reading.report.skipped == {
        "joins and leaves": 1,
        "calls": 1,
        "starts of threads": 1,
        "changes of the channel and other news": 1,
    }


def test_files_have_their_path_with_the_separators_of_any_machine(tmp_path: Path) -> None:
    urls = ["media\\x-1.png", "https://cdn.discordapp.com/attachments/1/2/y.png?ex=1", "https://a.example/z.png"]
    files = [{"id": "1", "url": url, "fileName": f"{at}.png", "fileSizeBytes": 7} for at, url in enumerate(urls)]
    reading = imported(tmp_path, message(1, "", attachments=files), **{"media/x-1.png": b"1234567"})
    assert [(file.name, file.size, file.path, file.url) for file in reading.entries[0].attachments] == [
        ("0.png", 7, "media/x-1.png", None),
        ("1.png", 7, None, None),
        ("2.png", 7, None, "https://a.example/z.png"),
    ]
    assert reading.texts == [""]


def test_a_message_with_nothing_is_a_line_all_the_same(tmp_path: Path) -> None:
    assert text_of(tmp_path) == "[no text in the export]"
    assert text_of(tmp_path, content=None, attachments=None, embeds=None, reference=None) == "[no text in the export]"


def test_stickers_polls_and_forwards_are_text(tmp_path: Path) -> None:
    poll = {"question": {"text": "Tea?"}, "answers": [{"text": "yes", "voteCount": 2}, {"pollMedia": {"text": "no"}}]}
    forwarded = {"content": "**a**\nb", "attachments": [{"url": "x", "fileName": "f.txt", "fileSizeBytes": 1}]}
    assert text_of(tmp_path, stickers=[{"id": "1", "name": "Wave"}]) == "[sticker Wave]"
    assert text_of(tmp_path, poll=poll) == "**Poll: Tea?**\n- yes (2)\n- no"
    (entry,) = imported(tmp_path, message(1, "", reference={"type": "Forward"}, forwardedMessage=forwarded)).entries
    assert entry.text == "*Forwarded:*\n> **a**\n> b"
    assert [file.name for file in entry.attachments] == ["f.txt"]
    assert text_of(tmp_path, reference={"type": "Forward"}) == "*Forwarded a message*"


def test_boxes_of_bots_are_quotes_and_previews_of_links_are_left_out(tmp_path: Path) -> None:
    box = {
        "title": "Build *1*",
        "url": "https://ci.example/1",
        "description": "__done__ in **5 s**",
        "author": {"name": "CI"},
        "footer": {"text": "main"},
        "fields": [{"name": "Tests", "value": "10"}],
    }
    assert text_of(tmp_path, embeds=[box], author=person(isBot=True)) == (
        "> **CI**\n> **[Build \\*1\\*](https://ci.example/1)**\n> done in **5 s**\n> **Tests**\n> 10\n> main"
    )
    assert text_of(tmp_path, content="see https://ci.example/1", embeds=[box]) == "see https://ci.example/1"
    gif = {"title": "", "url": "https://g.example/a", "description": "", "video": {"url": "media\\a.mp4"}, "images": []}
    assert text_of(tmp_path, content="https://g.example/a", embeds=[gif]) == "https://g.example/a"
    assert text_of(tmp_path, embeds=[{"image": {"url": "https://g.example/b.png"}}]) == "> https://g.example/b.png"


def test_reactions_with_pictures_of_the_server_and_without_people_are_counted(tmp_path: Path) -> None:
    reactions = [
        {"emoji": {"id": "15", "name": "blob"}, "count": 2, "users": [person(), person(2)]},
        {"emoji": {"id": None, "name": "👍"}, "count": 3},
        {"emoji": {"id": "", "name": "❤️"}, "count": 1, "users": None},
    ]
    reading = imported(tmp_path, message(1, reactions=reactions))
    assert reading.entries[0].reactions == ()
    assert reading.report.skipped == {
        "reactions with an emoji that chatsite does not have": 2,
        "reactions of people whom the export does not name": 4,
    }


def test_surrogate_pairs_are_characters(tmp_path: Path) -> None:
    raw = json.dumps(channel(message(1, "💯 @", reactions=[])))
    assert "\\ud83d" in raw
    assert read_all(READER, write_files(tmp_path, {"a.json": raw})).texts == ["💯 @"]


def test_half_a_file_of_an_aborted_run_gives_what_is_there_and_names_it(tmp_path: Path) -> None:
    raw = json.dumps(channel(message(1), message(2)), indent=2)
    reading = read_all(READER, write_files(tmp_path, {"a.json": raw[:-300]}))
    assert len(reading.entries) == 1
    assert [(problem.place, problem.text) for problem in reading.report.problems] == [
        ("a.json", "the file ends in the middle")
    ]


def test_a_broken_record_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    reading = imported(tmp_path, None, message(2, id="x", timestamp="soon"), message(3, author=None))
    assert [entry.author_name for entry in reading.entries] == ["Deleted User"]
    assert [problem.place for problem in reading.report.problems] == [f"{GENERAL}.json, message {at}" for at in (1, 2)]


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("**Bold** *italic* __underline__ _it_", "<p><strong>Bold</strong> <em>italic</em> underline <em>it</em></p>"),
        ("***both*** ~~no~~ ||spoiler||", "<p><em><strong>both</strong></em> <del>no</del> spoiler</p>"),
        ("un**frigging**believable", "<p><strong>unfriggingbelievable</strong></p>"),
        ("snake_case_name 2 * 3 * 4", "<p>snake_case_name 2 * 3 * 4</p>"),
        (r"\*so\* \_it\_ \> x", "<p>*so* _it_ &gt; x</p>"),
        ("__a _b_ c__", "<p>a <em>b</em> c</p>"),
        ("`a*b*` ``c`d``", "<p><code>a*b*</code> <code>c`d</code></p>"),
        ("# Title\ntext\n-# small", "<p><strong>Title</strong><br>text<br>small</p>"),
        ("#general\n#5", "<p>#general<br>#5</p>"),
        ("> a\n> b\nc", "<blockquote><p>a<br>b</p></blockquote><p>c</p>"),
        ("x\n>>> a\nb\n\nc", "<p>x</p><blockquote><p>a<br>b</p><p>c</p></blockquote>"),
        (">no quote", "<p>&gt;no quote</p>"),
        ("- a\n  - b\n1. c\n2. d", "<ul><li>a<ul><li>b</li></ul></li></ul><ol start=\"1\"><li>c</li><li>d</li></ol>"),
        ("a ```\nx = **1**\n``` b", "<p>a </p><pre><code>x = **1**</code></pre><p> b</p>"),
        ("```\n> a\n```", "<pre><code>&gt; a</code></pre>"),
        ("<https://a.example/x_y_>", '<p><a href="https://a.example/x_y_">https://a.example/x_y_</a></p>'),
        ("**https://a.example/_b_**", '<p><strong><a href="https://a.example/_b_">https://a.example/_b_</a></strong></p>'),
        ("[the **docs**](https://a.example)", '<p><a href="https://a.example">the <strong>docs</strong></a></p>'),
        ("<:blob:15> <a:dance:16> <@!5> <#7> <@&8> </ping:9>", "<p>:blob: :dance: (@5) #channel (@role) /ping</p>"),
        ("@Ada Lovelace and @ada", '<p>(@"Ada Lovelace") and (@ada)</p>'),
        ("1. only one\ntext", "<p>1. only one<br>text</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
    ],
)  # fmt: skip
def test_markdown_looks_as_it_did(content: str, html: str) -> None:
    shown = block_html(markdown(content, ["ada", "Ada Lovelace"])).replace(' dir="auto"', "")
    assert re.sub(r'<span class="mention"[^>]*>(.*?)</span>', r"(\1)", shown) == html


@given(st.text(st.sampled_from("*_~`[]()<>-1. \\|a#@:\n"), max_size=20))
@settings(max_examples=effort(100, torture=10_000), deadline=None)
def test_text_whose_signs_are_escaped_is_shown_as_it_is(text: str) -> None:
    escaped = "".join(f"\\{sign}" if not (sign.isalnum() or sign.isspace()) else sign for sign in text)
    assert visible_text(markdown(escaped)).split() == text.split()


@given(
    st.lists(
        st.sampled_from(
            ["*", "**", "_", "__", "~~", "||", "`", "```", "> ", ">>> ", "- ", "# ", "\n", "a", " ", "\\", "["]
        )
    ).map("".join)
)
@settings(max_examples=effort(60, torture=10_000), deadline=None)
def test_no_letter_is_lost_whatever_the_signs(text: str) -> None:
    assert visible_text(markdown(text)).count("a") == text.count("a")


def test_a_channel_without_messages_is_told_too(tmp_path: Path) -> None:
    assert [room.name for room in imported(tmp_path).report.rooms.values()] == ["general"]


def test_buttons_below_a_message_are_links_or_their_labels(tmp_path: Path) -> None:
    thumb, own = {"id": "", "name": "👍", "code": "thumbsup"}, {"id": "55", "name": "pepe", "code": "pepe"}
    row = [
        {"type": "Button", "style": "Link", "label": "Open site", "url": "https://a.example/x", "customId": None},
        {"type": "Button", "style": "Primary", "label": "Vote", "url": None, "customId": "v", "emoji": thumb},
        {"type": "Button", "style": "Primary", "label": "", "url": None, "customId": "w", "emoji": own},
        {"type": "StringSelect"},
    ]
    nested = [{"type": "Container", "components": [{"type": "ActionRow", "components": row}]}]
    reading = imported(
        tmp_path,
        message(1, "", components=[{"type": "ActionRow", "components": row}]),
        message(2, "choose", components=nested),
        message(3, "", components=[{"type": "TextDisplay"}]),
    )
    buttons = "[Open site](https://a.example/x) [👍 Vote]"
    assert reading.texts == [buttons, f"choose\n{buttons}", "[no text in the export]"]


def test_the_end_of_a_poll_is_news_by_its_name_too(tmp_path: Path) -> None:
    result = {"title": "", "description": "", "fields": [{"name": "poll_question_text", "value": "Tea?"}]}
    closed = message(1, "Ada's poll Tea? has closed.", type="PollResult", embeds=[result])
    reading = imported(tmp_path, closed, message(2, "", type="46", embeds=[result]))
    assert reading.entries == []
    assert reading.report.skipped == {"changes of the channel and other news": 2}
