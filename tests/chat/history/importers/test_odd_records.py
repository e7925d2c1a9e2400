"""Any field of any record may be null, missing, or of another type: the readers go on, and never raise."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat.history.importers import mattermost, rocketchat, slack, zulip
from chat.history.importers.entry import NeutralEntry
from chat.history.importers.reader import Options, Reader
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.text.markup import render
from tests.chat.history.importers import test_mattermost, test_rocketchat, test_slack, test_zulip
from tests.support.effort import effort

Files = dict[str, list[Any]]  # records by file; one record alone is the whole file

ODD = [None, [], {}, "", 5, -1, 3.7, True, [None], [[]], {"a": None}, "odd", ["a", 5, None, {}], 10**30, 1e300]
TEXT = {"type": "mrkdwn", "text": "*a* <http://x.example|b>"}
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "url": "https://x.example"}
BLOCKS: list[Any] = [
    {"type": "section", "text": TEXT, "fields": [TEXT], "accessory": BUTTON},
    {"type": "header", "text": {"type": "plain_text", "text": "head :smile:"}},
    {"type": "context", "elements": [{"type": "image", "alt_text": "a"}, TEXT]},
    {"type": "actions", "elements": [BUTTON]},
    {"type": "image", "title": {"text": "t"}, "image_url": "https://x.example/y.png"},
    {"type": "video", "title": {"text": "v"}, "title_url": "https://x.example", "description": TEXT},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "rich_text", "elements": []}]]},
    {"type": "call", "call": {"v1": {"name": "call", "join_url": "https://x.example"}}},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "border": 1, "elements": [
                {"type": "rich_text_section", "elements": [
                    {"type": "user", "user_id": "U1"}, {"type": "date", "timestamp": 5, "url": "https://x.example"},
                    {"type": "emoji", "name": "wave", "unicode": "1f44b", "skin_tone": 3}, {"type": "usergroup"},
                    {"type": "text", "text": "a", "style": {"bold": True, "code": True}}, {"type": "link", "url": "x"},
                ]},
            ]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 1},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]},
        ],
    },
]  # fmt: skip
ATTACHMENT = {
    "blocks": BLOCKS[:2], "pretext": "p", "fields": [{"title": "a", "value": "b"}], "author_name": "x", "text": "y",
    "title": "t", "title_link": "https://x.example", "actions": [{"text": "Go", "url": "https://x.example"}],
    "message_blocks": [{"message": {"blocks": BLOCKS[:1]}}], "is_share": True,
}  # fmt: skip
FILE = {"id": "F1", "name": "a", "size": 5, "mode": "snippet", "preview": "x", "permalink": "https://x.example"}
REACTION = {"name": "+1::skin-tone-3", "users": ["U1"], "count": 2}


def _slack() -> Files:
    more: Any = {
        "attachments": [ATTACHMENT],
        "files": [FILE],
        "reactions": [REACTION],
        "edited": {"ts": "1700000009.0"},
    }
    messages = [
        test_slack.said("*a* b", blocks=BLOCKS, **more),
        test_slack.said("hi", user="U9", user_profile={"real_name": "x"}, thread_ts="1700000000.000100"),
        test_slack.said("hi", subtype="bot_message", bot_id="B1", bot_profile={"name": "x"}, username="y"),
        test_slack.said("<@U1> uploaded a file: <x|y>", subtype="file_share", file=FILE),
        test_slack.said("x", subtype="file_comment", file=FILE, comment={"user": "U1", "comment": "c"}),
    ]
    return {
        "users.json": test_slack.USERS,
        "channels.json": test_slack.CHANNELS,
        "dms.json": [{"id": "D00000001", "members": ["U1", "U2"]}],
        "general/2023-11-14.json": messages,
    }


def _mattermost() -> Files:
    props = {"attachments": [ATTACHMENT | {"title_link": "https://x.example"}], "override_username": "bot"}
    reply = {"user": "b", "message": "y", "create_at": 6, "reactions": None, "replies": None}
    post = test_mattermost.post(
        "x", props=props, reactions=[{"user": "a", "emoji_name": "+1"}], attachments=[{"path": "a/b"}], replies=[reply]
    )
    direct = {"type": "direct_post", "direct_post": post["post"] | {"channel_members": ["a", "b"]}}
    return {"import.jsonl": [test_mattermost.VERSION, test_mattermost.channel("tea"), post, direct]}


def _zulip() -> Files:
    content = "@**a** [x](/user_uploads/1/a.png)\n```quote\nx\n```"
    history = '[{"timestamp": 5, "prev_content": "x"}]'
    messages = [test_zulip.message(number, content, edit_history=history, subject="t") for number in range(1, 4)]
    reaction = {"message": 1, "user_profile": 11, "emoji_name": "x", "emoji_code": "1f44d"}
    return {
        "realm.json": [test_zulip.REALM | {"zerver_reaction": [reaction]}],
        "messages-000001.json": [{"zerver_message": messages}],
    }


def _rocketchat() -> Files:
    upload = {"title": "t", "title_link": "/file-upload/1/x", "image_size": 5, "description": "d"}
    more: Any = {"attachments": [upload, ATTACHMENT], "file": {"_id": "1", "size": 5}, "editedAt": {"$date": 5}}
    record = test_rocketchat.message(msg="*x* y", reactions={":+1:": {"usernames": ["a"]}}, **more)
    room = {"_id": "GENERAL", "t": "d", "name": "g", "usersCount": 5, "usernames": ["a"]}
    return {"rooms.json": [room], "general.json": [test_rocketchat.message(), record, record]}


READERS: dict[str, tuple[Reader, Files]] = {
    "slack": (slack.READER, _slack()),
    "mattermost": (mattermost.READER, _mattermost()),
    "zulip": (zulip.READER, _zulip()),
    "rocketchat": (rocketchat.READER, _rocketchat()),
}


@pytest.mark.parametrize("name", READERS)
def test_odd_values_anywhere_break_no_reader(name: str, tmp_path: Path) -> None:
    reader, files = READERS[name]
    entries = 0
    for seed in range(effort(25, torture=2000)):
        chance = Random(seed)
        share = chance.choice([0, 0.01, 0.03, 0.1, 0.3])
        for file, records in files.items():
            _write(tmp_path / file, [_odd(record, chance, share) for record in records])
        with Source(tmp_path) as source:
            reader.recognizes(source)
            entries += sum(_is_whole(entry) for entry in _read(reader, source))
    assert entries > 20


def _read(reader: Reader, source: Source) -> list[NeutralEntry]:
    try:
        return list(reader.read(source, Options(), Report()))
    except BadSource:
        return []


def _odd(value: Any, chance: Random, share: float) -> Any:
    """With a share of its values replaced and of its fields left out."""
    if chance.random() < share:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {name: _odd(each, chance, share) for name, each in value.items() if chance.random() >= share / 2}
    return [_odd(each, chance, share) for each in value] if isinstance(value, list) else value


def _write(path: Path, records: list[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    is_list = path.name in ("users.json", "channels.json", "dms.json") or path.parent.name == "general"
    path.write_text(json.dumps(records) if is_list else "\n".join(json.dumps(record) for record in records))


def _is_whole(entry: NeutralEntry) -> bool:
    """Whether the entry has what its types promise, and can be rendered."""
    texts = [entry.room, entry.source_id, entry.author_id, entry.author_name, entry.text, entry.place]
    texts += [text for each in entry.reactions for text in (each.emoji, each.author_id, each.author_name)]
    texts += [each.name for each in entry.attachments]
    assert all(isinstance(text, str) for text in texts)
    assert isinstance(entry.moment, int)
    assert all(each.size is None or isinstance(each.size, int) for each in entry.attachments)
    assert entry.author_id
    assert entry.author_name
    render(entry.text)
    return True
