"""Microsoft Teams: one test for each trap of its exports."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.source import Source
from chat.history.importers.teams import READER
from tests.support.core.imports import Reading, read_all, write_files, write_zip
from tests.support.core.rendered_html import block_html

ADA = {"Id": "u-ada", "DisplayName": "Ada Lovelace"}
BOB = {"Id": "u-bob", "DisplayName": "Bob"}
CHANNEL = {"ChannelId": "19:abc@thread.tacv2", "TeamId": "team-1"}


def message(number: int, html: str, **changes: Any) -> dict[str, Any]:
    """A message as exports have it, with all the fields that are null in most."""
    return {
        "Id": str(1758810000000 + number),
        "Body": {"ContentType": "html", "Content": html},
        "CreatedDateTime": f"2025-09-25T14:20:{number:02}.36+00:00",
        "LastModifiedDateTime": "2025-09-26T09:00:00+00:00",
        "LastEditedDateTime": None,
        "DeletedDateTime": None,
        "Subject": None,
        "ReplyToId": None,
        "From": {"Application": None, "Device": None, "User": ADA},
        "Attachments": [],
        "Mentions": [],
        "Reactions": [],
        "MessageHistory": None,
        "MessageType": "message",
        "ChannelIdentity": CHANNEL,
        "ChatId": None,
        **changes,
    }


def in_chat(number: int, html: str, **changes: Any) -> dict[str, Any]:
    return message(number, html, ChannelIdentity=None, ChatId="19:chat@thread.v2", **changes)


def team_of(tmp_path: Path, *messages: dict[str, Any]) -> Reading:
    return read_all(READER, write_files(tmp_path, {"teams/team-1/messages_team-1.json": list(messages)}))


def text_of(tmp_path: Path, html: str, **changes: Any) -> str:
    return team_of(tmp_path, message(0, html, **changes)).texts[0]


def test_a_chat_is_in_the_file_of_each_member_and_its_messages_are_read_once(tmp_path: Path) -> None:
    messages = [in_chat(1, "<p>hi</p>"), in_chat(2, "<p>hello</p>", From={"User": BOB})]
    found = read_all(
        READER,
        write_zip(
            tmp_path / "e.zip",
            {
                "export/users/u-ada/messages_u-ada.json": messages,
                "export/users/u-bob/messages_u-bob.json": messages[::-1],
                "export/users/usersList.json": [ADA, BOB],
            },
        ),
    )
    assert [(entry.room, entry.source_id) for entry in found.entries] == [
        ("19:chat@thread.v2", "1758810000001"),
        ("19:chat@thread.v2", "1758810000002"),
    ]
    room = found.report.rooms["19:chat@thread.v2"]
    assert room.direct
    assert room.name == "Ada Lovelace, Bob"


def test_a_channel_is_named_after_its_team_and_general_is_the_team(tmp_path: Path) -> None:
    design = {"ChannelId": "19:def@thread.tacv2", "TeamId": "team-1"}
    files = {
        "teams/teamsSettings.json": [{"Id": "team-1", "DisplayName": "Garden"}],
        "teams/team-1/channels_team-1.json": [
            {"Id": "19:abc@thread.tacv2", "DisplayName": "General"},
            {"Id": "19:def@thread.tacv2", "DisplayName": "Design", "MembershipType": "private", "Description": "Ideas"},
        ],
        "teams/team-1/messages_team-1.json": [message(1, "a"), message(2, "b", ChannelIdentity=design)],
    }
    report = read_all(READER, write_files(tmp_path, files)).report
    assert [(room.name, room.topic, room.direct) for room in report.rooms.values()] == [
        ("Garden", "", False),
        ("Garden: Design", "Ideas", False),
    ]
    assert [note.partition(" was ")[0] for note in report.notes] == ["Garden: Design"]


def test_a_chat_of_two_has_their_ids_in_its_own_and_is_named_after_both(tmp_path: Path) -> None:
    ada, bob = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "ab")
    users = [{"Id": ada, "DisplayName": "Ada"}, {"Id": bob, "DisplayName": "Bob"}]
    said = message(1, "a", ChannelIdentity=None, ChatId=f"19:{ada}_{bob}@unq.gbl.spaces", From={"User": users[0]})
    files = {"users/usersList.json": users, f"users/{ada}/messages_{ada}.json": [said]}
    assert [room.name for room in read_all(READER, write_files(tmp_path, files)).report.rooms.values()] == ["Ada, Bob"]


def test_a_private_team_is_told_and_its_first_channel_has_its_name(tmp_path: Path) -> None:
    settings = {"Id": "team-1", "DisplayName": "Core", "InternalId": "19:abc@thread.tacv2", "Visibility": "private"}
    files = {"teams/teamsSettings.json": [settings], "teams/team-1/messages_team-1.json": [message(1, "a")]}
    report = read_all(READER, write_files(tmp_path, files)).report
    assert [room.name for room in report.rooms.values()] == ["Core"]
    assert report.notes == ["Core was a private room: here everybody reads it who can open the site"]


def test_the_time_is_that_of_the_message_and_not_of_the_file_order(tmp_path: Path) -> None:
    found = team_of(tmp_path, message(9, "later"), message(3, "earlier"))
    assert [entry.moment for entry in found.entries] == [1758810009360, 1758810003360]


def test_a_reaction_changes_last_modified_and_is_no_edit(tmp_path: Path) -> None:
    found = team_of(tmp_path, message(1, "a"), message(2, "b", LastEditedDateTime="2025-09-25T14:30:00Z"))
    assert [entry.edited for entry in found.entries] == [None, 1758810600000]


def test_reactions_are_the_present_ones_and_not_those_of_the_history(tmp_path: Path) -> None:
    taken_back = {"Actions": "reactionRemoved", "Reaction": {"ReactionType": "😮", "User": {"User": ADA}}}
    reactions = [
        {"ReactionType": "like", "User": {"User": BOB}},
        {"ReactionType": "🎉", "User": {"User": {"Id": "u-gone", "DisplayName": None}}},
    ]
    found = team_of(tmp_path, message(1, "a", Reactions=reactions, MessageHistory=[taken_back])).entries[0]
    assert [(each.emoji, each.author_id) for each in found.reactions] == [("👍", "u-bob"), ("🎉", "u-gone")]


def test_the_words_of_one_mention_are_joined_and_those_of_two_are_not(tmp_path: Path) -> None:
    mentions = [
        {"Id": 0, "Mentioned": {"User": ADA}},
        {"Id": 1, "Mentioned": {"User": ADA}},
        {"Id": 2, "Mentioned": {"User": BOB}},
        {"Id": 3, "Mentioned": {"User": None, "Conversation": {"DisplayName": "Everyone"}}},
    ]
    html = "&nbsp;".join(
        f'<at id="{number}">{word}</at>' for number, word in enumerate(["Ada", "Lovelace", "Bob", "Everyone"])
    )
    assert text_of(tmp_path, f"<p>{html} x</p>", Mentions=mentions) == '@"Ada Lovelace" @Bob @Everyone x'


def test_an_emoji_has_its_text_in_alt(tmp_path: Path) -> None:
    assert text_of(tmp_path, '<p>so <emoji id="idcard" alt="🪪" title="ID card"></emoji>!</p>') == "so 🪪!"
    assert text_of(tmp_path, '<p>so <emoji alt="🪪"/>! <customemoji alt="party" /> x</p>') == "so 🪪! party x"


def test_paragraphs_are_lines_and_the_last_empty_one_is_nothing(tmp_path: Path) -> None:
    assert text_of(tmp_path, "<p>a&nbsp;b</p>\n<p>c</p>\n<p>&nbsp;</p>") == "a b\nc"


def test_plain_text_stays_as_it_is(tmp_path: Path) -> None:
    text = text_of(tmp_path, "", Body={"ContentType": "text", "Content": "<b> & *so*\n- x"})
    assert block_html(text) == "<p>&lt;b&gt; &amp; *so*<br>- x</p>"


def test_a_subject_stands_outside_of_the_body(tmp_path: Path) -> None:
    assert text_of(tmp_path, "<p>all</p>", Subject="welcome!") == "**welcome!**\nall"


def test_system_events_and_deleted_and_empty_messages_are_counted(tmp_path: Path) -> None:
    event = {"From": None, "MessageType": "unknownFutureValue", "EventDetail": {"Initiator": {"User": ADA}}}
    found = team_of(
        tmp_path,
        message(1, "<systemEventMessage/>", **event),
        message(2, "", DeletedDateTime="2025-09-25T15:00:00Z"),
        message(3, "<p>&nbsp;</p>"),
        message(4, "<systemEventMessage/>", MessageType="systemEventMessage"),
    )
    assert found.entries == []
    assert found.report.skipped == {"system messages": 2, "deleted messages": 1, "messages without content": 1}


def test_a_bot_and_somebody_who_has_left_are_people_too(tmp_path: Path) -> None:
    bot = {"Application": {"Id": "app-1", "DisplayName": "Builder"}, "User": None}
    gone = {"User": {"Id": "0000-abcd1234", "DisplayName": None}}
    found = team_of(tmp_path, message(1, "a", From=bot), message(2, "b", From=gone), message(3, "c", From=None))
    assert [(entry.author_id, entry.author_name) for entry in found.entries] == [
        ("app-1", "Builder"),
        ("0000-abcd1234", "Unknown abcd1234"),
        ("unknown", "Unknown"),
    ]


def test_missing_lists_of_people_and_channels_are_told(tmp_path: Path) -> None:
    nobody = message(1, "hi", From={"User": {"Id": "u-12345678", "DisplayName": None}})
    found = team_of(tmp_path, nobody).report
    assert found.unnamed == {"people": {"12345678"}, "rooms": {"Channel 19abc"}}
    assert found.lacking == {
        "people": "UsersList.json is missing",
        "rooms": "the list of teams and channels is missing",
    }


def test_a_name_that_is_null_is_the_one_of_the_list_of_users(tmp_path: Path) -> None:
    files = {
        "users/usersList.json": [ADA],
        "users/u-ada/messages_u-ada.json": [in_chat(1, "a", From={"User": {"Id": "u-ada", "DisplayName": None}})],
    }
    assert read_all(READER, write_files(tmp_path, files)).entries[0].author_name == "Ada Lovelace"


def test_somebody_who_reacts_without_a_name_is_known_by_a_mention(tmp_path: Path) -> None:
    user = {"Id": "u7", "DisplayName": "Bo Lind"}
    mentions = [{"Id": 0, "MentionText": "Bo", "Mentioned": {"User": user}}]
    reactions = [{"ReactionType": "like", "User": {"User": {"Id": "u7", "DisplayName": None}}}]
    found = team_of(tmp_path, message(1, '<at id="0">Bo</at>', Mentions=mentions, Reactions=reactions))
    assert [reaction.author_name for reaction in found.entries[0].reactions] == ["Bo Lind"]


def test_files_and_images_are_attachments_and_a_forwarded_message_is_a_quote(tmp_path: Path) -> None:
    forwarded = {
        "originalMessageContent": "\n<p>funny <b>cat</b></p>\n",
        "originalMessageSender": {"user": {"displayName": "Bob"}},
    }
    attachments = [
        {"Id": "1", "ContentType": "reference", "ContentUrl": "https://example.org/d/plan.docx", "Name": "plan.docx"},
        {"Id": "2", "ContentType": "forwardedMessageReference", "Content": json.dumps(forwarded), "Name": None},
        {"Id": "3", "ContentType": "image/png", "ContentUrl": "https://example.org/a%20b.png", "Name": None},
    ]
    html = '<p>see</p><attachment id="2"></attachment><p>and</p><attachment id="1"></attachment>'
    found = team_of(tmp_path, message(1, html, Attachments=attachments)).entries[0]
    assert found.text == "see\n> **Bob**\n> funny **cat**\nand"
    assert [(each.name, each.url) for each in found.attachments] == [
        ("plan.docx", "https://example.org/d/plan.docx"),
        ("a b.png", "https://example.org/a%20b.png"),
    ]


def test_an_answer_in_a_channel_and_one_in_a_chat(tmp_path: Path) -> None:
    reference = {"Id": "77", "ContentType": "messageReference", "Content": json.dumps({"messageId": "77"})}
    skype = '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="66"><p>x</p></blockquote><p>c</p>'
    found = team_of(
        tmp_path,
        message(1, "<p>a</p>", ReplyToId="55"),
        in_chat(2, '<attachment id="77"></attachment><p>b</p>', Attachments=[reference]),
        in_chat(3, skype),
    )
    assert [(entry.text, entry.reply_to) for entry in found.entries] == [("a", "55"), ("b", "77"), ("c", "66")]


def test_an_announcement_is_a_title(tmp_path: Path) -> None:
    kind = "application/vnd.microsoft.teams.messaging-announcementBanner"
    attachment = {"Id": "b", "ContentType": kind, "Content": '{"title":"Harvest!","cardImageType":"colorTheme"}'}
    text = text_of(tmp_path, '<attachment id="b"></attachment><p>all</p>', Attachments=[attachment], Subject="x")
    assert text == "**x**\n**Harvest!**\nall"


def test_the_words_of_a_card_are_shown(tmp_path: Path) -> None:
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "TextBlock", "text": "Build 12 **passed** of 2 * 3 * 4"},
            {"type": "FactSet", "facts": [{"title": "Time", "value": "3 min"}]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://example.org"}],
    }
    attachment = {"Id": "c", "ContentType": "application/vnd.microsoft.card.adaptive", "Content": json.dumps(card)}
    text = text_of(tmp_path, '<attachment id="c"></attachment>', Attachments=[attachment])
    assert block_html(text) == (
        "<blockquote><p>Build 12 <strong>passed</strong> of 2 * 3 * 4<br>Time 3 min<br>"
        '<a href="https://example.org">Open</a></p></blockquote>'
    )


def test_answers_of_graph_have_small_letters_pages_and_replies_inside(tmp_path: Path) -> None:
    reply = {key[0].lower() + key[1:]: value for key, value in message(2, "<p>b</p>", ReplyToId="1").items()}
    first = {key[0].lower() + key[1:]: value for key, value in message(1, "<p>a</p>").items()}
    for each in (first, reply):
        each["body"] = {"contentType": "html", "content": each["body"]["Content"]}
    page = {"@odata.context": "x", "value": [{**first, "replies": [reply]}], "@odata.nextLink": "y"}
    found = read_all(READER, write_files(tmp_path, {"page 1.json": page}))
    assert [(entry.text, entry.reply_to) for entry in found.entries] == [("a", None), ("b", "1")]


def test_pages_that_were_put_into_one_list_are_read_one_after_the_other(tmp_path: Path) -> None:
    """Regression: a page in a list was taken for a message without content."""
    pages = [{"@odata.nextLink": "y", "value": [message(1, "a"), message(2, "b")]}, {"value": [message(3, "c")]}]
    assert read_all(READER, write_files(tmp_path, {"all.json": pages})).texts == ["a", "b", "c"]


def test_files_as_scripts_put_them_together_are_read_to_their_end(tmp_path: Path) -> None:
    """Regression: what stood behind the first page was left out without a word, and so was a file of lines."""
    first, second = message(1, "a"), message(2, "b")
    forms = {
        "pages.json": json.dumps({"value": [first]}) + "\n" + json.dumps({"value": [second]}),
        "lists.json": json.dumps([first], indent=1) + json.dumps([second]),
        "lines.json": f"{json.dumps(first)}\n\n{json.dumps(second)}\n",
        "lines.jsonl": f"{json.dumps(first)}\r\n{json.dumps(second)}",
        "powershell.json": json.dumps([first, second], indent=4).encode("utf-16"),
    }
    for name, content in forms.items():
        assert read_all(READER, write_files(tmp_path / name, {name: content})).texts == ["a", "b"], name


def test_a_line_that_is_no_json_is_named_and_a_file_without_a_list_is_told(tmp_path: Path) -> None:
    found = read_all(READER, write_files(tmp_path / "a", {"x.jsonl": f"{json.dumps(message(1, 'a'))}\n{{half\n[]\n"}))
    assert (found.texts, [problem.place for problem in found.report.problems]) == (
        ["a"],
        ["x.jsonl, line 2", "x.jsonl, line 3"],
    )
    alone = read_all(READER, write_files(tmp_path / "b", {"x.json": json.dumps(message(1, "a"), indent=1)})).report
    assert alone.notes == ["x.json has no list of records, which would be under value or Value or messages"]


@pytest.mark.parametrize("time", ["/Date(1758810001360)/", "2025-09-25T14:20:01.3600000Z", "2025-09-25T14:20:01.36"])
def test_times_as_powershell_writes_them(tmp_path: Path, time: str) -> None:
    assert team_of(tmp_path, message(1, "a", CreatedDateTime=time)).entries[0].moment == 1758810001360


def test_broken_records_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    found = team_of(
        tmp_path,
        message(1, "a", CreatedDateTime="yesterday"),
        ["x-mark"],  # type: ignore[arg-type]
        message(2, "b", ChannelIdentity=None),
        message(3, "c", Mentions=None, Attachments=None, Reactions=None, Subject=7),
    )
    assert found.texts == ["**7**\nc"]
    places = [problem.place for problem in found.report.problems]
    assert sorted(places) == [f"teams/team-1/messages_team-1.json, record {number}" for number in (1, 2, 3)]


def test_other_json_is_not_taken_for_messages_of_teams(tmp_path: Path) -> None:
    with Source(write_files(tmp_path, {"messages.json": {"messages": [{"text": "a"}]}, "users.json": [ADA]})) as source:
        assert not READER.recognizes(source)


def test_loop_components_are_links(tmp_path: Path) -> None:
    content = {"componentUrl": "https://x.example/loop", "sourceType": "Compose"}
    card = {"Id": "l", "ContentType": "application/vnd.microsoft.card.fluidEmbedCard"}
    linked = "[Loop component](https://x.example/loop)"
    for written in (json.dumps(content), content):
        attachments = [{**card, "Content": written}]
        assert text_of(tmp_path, '<p>a</p><attachment id="l"></attachment>', Attachments=attachments) == f"a\n{linked}"


def test_a_link_without_words_is_its_address(tmp_path: Path) -> None:
    embedded = '<a href="https://x.example/loop" itemtype="http://schema.skype.com/FluidAutoEmbedLink"></a>'
    assert text_of(tmp_path, f"<p>see {embedded}</p>") == "see https://x.example/loop"
