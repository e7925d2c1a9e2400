"""Telegram's rich messages, which Telegram Desktop 7.2 writes in place of the text."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history.importers.entry import Attachment
from chat.history.importers.telegram import READER
from chat.history.importers.text.telegram_rich import rich_markdown
from tests.support.core.imports import read_all, write_files
from tests.support.core.rendered_html import visible_text

Record = dict[str, Any]
EMPTY: Record = {"type": "empty"}


def plain(text: str) -> Record:
    return {"type": "plain", "text": text}


def styled(kind: str, *texts: Any, **fields: Any) -> Record:
    inner = [plain(text) if isinstance(text, str) else text for text in texts]
    return {"type": kind, **fields, "text": inner[0] if len(inner) == 1 else {"type": "concat", "text": inner}}


def shown(*blocks: Record) -> str:
    return rich_markdown({"rtl": False, "part": False, "blocks": list(blocks)})


CAPTION = {"text": plain("our house"), "credit": plain("by Ada")}


@pytest.mark.parametrize(
    ("block", "markdown"),
    [
        ({"type": "heading", "level": 2, "text": styled("concat", "News ", styled("code", "x"))}, "**News** `x`"),
        (
            {
                "type": "paragraph",
                "text": styled(
                    "concat",
                    "a ",
                    styled("bold", styled("italic", "b")),
                    " ",
                    styled("text_link", styled("strikethrough", "c"), href="https://x.example/"),
                    " ",
                    styled("link", "x.example"),
                    styled("spoiler", " d "),
                    {"type": "math", "source": "y^2"},
                    {"type": "custom_emoji", "text": "🔥", "document_id": "1"},
                ),
            },
            "a ***b*** ~~[c](https://x.example/)~~ [x.example](https://x.example) d `y^2`🔥",
        ),
        ({"type": "code", "text": plain("f(x)\ny"), "language": "python"}, "```python\nf(x)\ny\n```"),
        (
            {
                "type": "list",
                "kind": "ordered",
                "start": 3,
                "items": [
                    {"content": "text", "text": plain("three")},
                    {"content": "blocks", "blocks": [{"type": "paragraph", "text": plain("four")}]},
                ],
            },
            "3. three\n4. four",
        ),
        (
            {
                "type": "list",
                "kind": "bullet",
                "items": [
                    {"task_state": "checked", "content": "text", "text": plain("done")},
                    {"task_state": "none", "content": "text", "text": plain("plain")},
                ],
            },
            "- [x] done\n- plain",
        ),
        ({"type": "quote", "content": "text", "text": plain("so"), "caption": plain("Ada")}, "> so\n> Ada"),
        (
            {
                "type": "table",
                "title": plain("Sums"),
                "rows": [
                    {"cells": [{"text": plain("n"), "header": True}, {"header": True}]},
                    {"cells": [{"text": styled("bold", "a|b")}, {"text": plain("2")}]},
                ],
            },
            "**Sums**\n|n||\n|-|-|\n|**a\\|b**|2|",
        ),
        (
            {"type": "details", "title": plain("More"), "blocks": [{"type": "paragraph", "text": plain("inside")}]},
            "**More**\ninside",
        ),
        ({"type": "photo", "photo_id": "1", "caption": CAPTION}, "our house\nby Ada"),
        (
            {
                "type": "related_articles",
                "title": plain("Read on"),
                "articles": [{"url": "https://x.example/1", "title": "One"}, {"url": "https://x.example/2"}],
            },
            "**Read on**\n- [One](https://x.example/1)\n- https://x.example/2",
        ),
        (
            {
                "type": "button_row",
                "buttons": [
                    {"text": plain("Open"), "button": {"type": "url", "url": "https://x.example/"}},
                    {"text": plain("Vote"), "button": {"type": "callback", "data": ""}},
                ],
            },
            "[Open](https://x.example/) [Vote]",
        ),
        (
            {"type": "map", "geo": {"latitude": 52.5, "longitude": 13.4}, "caption": {"text": EMPTY, "credit": EMPTY}},
            "[Location: 52.5, 13.4](https://www.openstreetmap.org/?mlat=52.5&mlon=13.4)",
        ),
        ({"type": "embed", "url": "https://x.example/v", "caption": CAPTION}, "https://x.example/v\nour house\nby Ada"),
        ({"type": "channel", "channel": {"title": "Garden", "username": "garden"}}, "[Garden](https://t.me/garden)"),
        ({"type": "divider"}, "---"),
        ({"type": "anchor", "name": "n"}, ""),
        (
            {"type": "unsupported", "source_type": "unknown", "unsupported": True},
            "[a part that Telegram has not exported]",
        ),
        ({"type": "next_years", "text": plain("kept")}, "kept"),
    ],
)
def test_blocks(block: Record, markdown: str) -> None:
    assert shown(block) == markdown


def test_paragraphs_stay_apart() -> None:
    paragraphs = [{"type": "paragraph", "text": plain(text)} for text in ("a", "b")]
    assert shown({"type": "heading", "text": plain("H")}, *paragraphs) == "**H**\na\n\nb"


def test_a_rich_message_is_the_text_and_its_files_are_those_of_the_message(tmp_path: Path) -> None:
    """Regression: the message came over as "[no text in the export]"."""
    photo = {"type": "photo", "photo_id": "1", "photo": "photos/p.jpg", "photo_file_size": 3}
    gone = {"type": "video", "document_id": "2", "file_skip_reason": "file_size", "media_type": "video_file"}
    gone |= {"file_name": "tour.mov", "file_size": 9}
    blocks = [
        {"type": "paragraph", "text": plain("look")},
        {"type": "collage", "items": [{**photo, "caption": {"text": EMPTY, "credit": EMPTY}}], "caption": CAPTION},
        gone,
    ]
    record = {"id": 1, "type": "message", "date_unixtime": "1700000000", "from": "Bot", "from_id": "user1"}
    chat: Record = {"name": "G", "type": "private_group", "id": 5}
    chat["messages"] = [{**record, "rich_message": {"rtl": False, "part": False, "blocks": blocks}}]
    (entry,) = read_all(READER, write_files(tmp_path, {"result.json": chat, "photos/p.jpg": b"abc"})).entries
    assert entry.text == "look\nour house\nby Ada"
    assert entry.attachments == (Attachment("p.jpg", 3, "photos/p.jpg"), Attachment("tour.mov", 9))


def test_a_rich_message_of_files_alone_is_not_empty(tmp_path: Path) -> None:
    photo = {"type": "photo", "photo_skip_reason": "file_type"}
    record = {"id": 1, "type": "message", "date_unixtime": "1700000000", "from": "Bot", "from_id": "user1"}
    chat: Record = {"name": "G", "type": "private_group", "id": 5}
    chat["messages"] = [{**record, "rich_message": {"blocks": [photo]}}]
    (entry,) = read_all(READER, write_files(tmp_path, {"result.json": chat})).entries
    assert (entry.text, entry.attachments) == ("", (Attachment("photo"),))


def test_deep_and_odd_records_end() -> None:
    deep: Any = plain("x")
    for _ in range(100):
        deep = {"type": "bold", "text": deep}
    nested: Any = {"type": "details", "blocks": []}
    for _ in range(100):
        nested = {"type": "details", "title": EMPTY, "blocks": [nested]}
    odd = [{"type": "list", "items": 5}, {"type": 7, "text": 8}, {"type": "table", "rows": [{"cells": None}]}, {}]
    assert shown({"type": "paragraph", "text": deep}, nested, *odd).strip() == ""


@given(st.text(alphabet="ab1.*_~`<>-#|[]()\\/:@!& \n", min_size=1, max_size=40))
def test_plain_text_stays_plain_text(text: str) -> None:
    assert visible_text(shown({"type": "paragraph", "text": plain(text)})).split() == text.split()
