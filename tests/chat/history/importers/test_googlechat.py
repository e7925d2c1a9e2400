"""Google Chat: one test for each trap of Takeout."""

from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.googlechat import READER
from chat.history.importers.source import Source
from chat.history.importers.text.googlechat import text_of_message
from tests.support.core.imports import Reading, read_all, write_files, write_zip
from tests.support.core.rendered_html import block_html

ADA = {"name": "Ada", "email": "ada@example.org", "user_type": "Human"}
BOB = {"name": "Bob Berg", "email": "bob@example.org", "user_type": "Human"}
GROUPS = "Takeout/Google Chat/Groups"


def message(number: int, text: str | None, **changes: Any) -> dict[str, Any]:
    said = {} if text is None else {"text": text}
    return {
        "creator": ADA,
        "created_date": f"Thursday, November 3, 2016 at 11:59:{number:02}\u202fAM UTC",
        **said,
        "topic_id": f"t{number}",
        "message_id": f"AAAA/t{number}/t{number}",
        **changes,
    }


def space_of(tmp_path: Path, *messages: dict[str, Any], **files: Any) -> Reading:
    written = {
        f"{GROUPS}/Space AAAA/group_info.json": {"name": "Garden", "members": [ADA, BOB]},
        f"{GROUPS}/Space AAAA/messages.json": {"messages": list(messages)},
        **{f"{GROUPS}/Space AAAA/{name}": content for name, content in files.items()},
    }
    return read_all(READER, write_zip(tmp_path / "takeout.zip", written))


def test_a_direct_message_is_named_after_the_other_one_and_a_space_by_its_name(tmp_path: Path) -> None:
    files = {
        "Google Chat/Groups/DM BBBB/group_info.json": {"members": [ADA, BOB]},
        "Google Chat/Groups/DM BBBB/messages.json": {"messages": [message(1, "a")]},
        "Google Chat/Groups/Space AAAA/group_info.json": {"name": "Garden", "members": [ADA, BOB]},
        "Google Chat/Groups/Space AAAA/messages.json": {"messages": [message(1, "a")]},
        "Google Chat/Users/User 1/user_info.json": {"user": ADA},
    }
    found = read_all(READER, write_files(tmp_path, files))
    assert [(room.key, room.name, room.direct) for room in found.report.rooms.values()] == [
        ("DM BBBB", "Bob Berg", True),
        ("Space AAAA", "Garden", False),
    ]


@pytest.mark.parametrize(
    ("folder", "info", "is_direct"),
    [
        ("Space AAAA", {"name": "Group Chat", "members": [ADA, BOB]}, True),  # as exports call groups without a name
        ("Space AAAA", {"members": [ADA, BOB]}, True),
        ("bob", {"members": [ADA, BOB]}, True),
        ("bob", None, True),
        ("Space AAAA", None, False),
        ("garden", {"name": "Garden", "members": [ADA, BOB]}, False),
    ],
)
def test_what_has_no_name_is_a_direct_message_whatever_its_folder_is_called(
    tmp_path: Path, folder: str, info: dict[str, Any] | None, is_direct: bool
) -> None:
    """Regression: groups without a name, and folders that were renamed, became rooms that everybody reads."""
    files = {f"{folder}/messages.json": {"messages": [message(1, "a")]}}
    found = read_all(READER, write_files(tmp_path, files | ({f"{folder}/group_info.json": info} if info else {})))
    assert [room.direct for room in found.report.rooms.values()] == [is_direct]


def test_an_edited_message_has_its_time_in_its_first_version(tmp_path: Path) -> None:
    edited = message(1, "new", updated_date="Thursday, November 3, 2016 at 12:05:00 PM UTC")
    del edited["created_date"]
    versions = [{"created_date": "Thursday, November 3, 2016 at 11:59:01 AM UTC", "text": "old"}]
    found = space_of(tmp_path, edited | {"previous_message_versions": versions}).entries[0]
    assert (found.text, found.moment, found.edited) == ("new", 1478174341000, 1478174700000)


def test_a_deleted_message_has_no_creator_and_no_time(tmp_path: Path) -> None:
    deleted = {"topic_id": "t1", "message_id": "AAAA/t1/t1"}
    marked = message(2, None, message_state="DELETED", deletion_metadata={"deletion_type": "CREATOR"})
    found = space_of(tmp_path, deleted, marked, message(3, None))
    assert found.entries == []
    assert found.report.skipped == {"deleted messages": 2, "messages without content": 1}


def images(*numbers: int) -> list[dict[str, Any]]:
    file = {"original_name": "image.png", "export_name": "File-image.png"}
    return [message(number, None, attached_files=[file]) for number in numbers]


def test_files_of_one_name_have_numbers_on_the_disk_and_none_in_the_messages(tmp_path: Path) -> None:
    on_disk = {"File-image.png": "1", "File-image(1).png": "22", "File-image(2).png": "333"}
    found = space_of(tmp_path, *images(3, 1, 2), **on_disk)
    paths = [(file.name, file.size, file.path) for entry in found.entries for file in entry.attachments]
    assert paths == [
        ("image.png", 1, f"{GROUPS}/Space AAAA/File-image.png"),
        ("image.png", 2, f"{GROUPS}/Space AAAA/File-image(1).png"),
        ("image.png", 3, f"{GROUPS}/Space AAAA/File-image(2).png"),
    ]


@pytest.mark.parametrize("on_disk", [[""], ["", "(1)", "(2)"]], ids=["one is missing", "one is of a deleted message"])
def test_files_of_one_name_are_not_guessed(tmp_path: Path, on_disk: list[str]) -> None:
    found = space_of(tmp_path, *images(1, 2), **{f"File-image{number}.png": "1" for number in on_disk})
    assert [file.path for entry in found.entries for file in entry.attachments] == [None, None]
    assert found.report.notes == [
        f"{GROUPS}/Space AAAA/messages.json: nothing tells whose the files like File-image.png are"
    ]


def test_a_quoted_message_may_be_a_file_alone(tmp_path: Path) -> None:
    quoted = {"creator": BOB, "attached_files": [{"original_name": "plan.png", "export_name": "File-p.png"}]}
    assert space_of(tmp_path, message(1, "nice", quoted_message_metadata=quoted)).texts == [
        "> **Bob Berg**\n> [plan.png]\nnice"
    ]


def test_calls_are_no_messages_without_content(tmp_path: Path) -> None:
    call = {"start_index": 0, "length": 0, "gsuite_integration_metadata": {"call_data": {"call_status": "CALL_ENDED"}}}
    assert space_of(tmp_path, message(1, None, annotations=[call])).report.skipped == {"calls": 1}


def test_files_have_other_signs_in_their_names_on_the_disk(tmp_path: Path) -> None:
    files = [
        {"original_name": "plan.png", "export_name": "File-plan.png?account_id=1"},
        {"export_name": "File-gone.png"},
    ]
    found = space_of(tmp_path, message(1, None, attached_files=files), **{"File-plan.png_account_id=1": "1234567"})
    assert [(each.name, each.size, each.path) for each in found.entries[0].attachments] == [
        ("plan.png", 7, f"{GROUPS}/Space AAAA/File-plan.png_account_id=1"),
        ("File-gone.png", None, None),
    ]


def test_a_topic_is_a_thread_and_its_first_message_answers_nothing(tmp_path: Path) -> None:
    answer = message(2, "b", topic_id="t1", message_id="AAAA/t1/m2")
    old = [message(number, "x", topic_id="old", message_id=f"id{number}") for number in (3, 4)]
    found = space_of(tmp_path, message(1, "a"), answer, *old)
    assert [entry.reply_to for entry in found.entries] == [None, "AAAA/t1/t1", None, "id3"]


def test_a_quoted_message_is_answered_if_it_has_an_id_and_shown_if_not(tmp_path: Path) -> None:
    found = space_of(
        tmp_path,
        message(1, "a", quoted_message_metadata={"message_id": "AAAA/t0/t0", "creator": BOB, "text": "why?"}),
        message(2, "b", quoted_message_metadata={"creator": BOB, "text": "why?"}),
    )
    assert [(entry.text, entry.reply_to) for entry in found.entries] == [
        ("a", "AAAA/t0/t0"),
        ("> **Bob Berg**\n> why?\nb", None),
    ]


def test_people_are_their_addresses_and_those_who_left_have_none(tmp_path: Path) -> None:
    found = space_of(
        tmp_path,
        message(1, "a", creator={"email": "bob@example.org"}),
        message(2, "b", creator={"name": "Builder", "user_type": "Bot"}),
        message(3, "c", creator=None),
    )
    assert [(entry.author_id, entry.author_name) for entry in found.entries] == [
        ("bob@example.org", "Bob Berg"),
        ("Builder", "Builder"),
        ("unknown", "Unknown"),
    ]


def test_reactions_have_addresses(tmp_path: Path) -> None:
    reactions = [
        {"emoji": {"unicode": "👍"}, "reactor_emails": ["bob@example.org", "eve@example.org"]},
        {"emoji": {"custom_emoji": {"shortcode": ":party:"}}, "reactor_emails": ["bob@example.org"]},
    ]
    found = space_of(tmp_path, message(1, "a", reactions=reactions)).entries[0]
    assert [(each.emoji, each.author_name) for each in found.reactions] == [
        ("👍", "Bob Berg"),
        ("👍", "eve"),
        ("party", "Bob Berg"),
    ]


def styled(text: str, *spans: tuple[int, int, str]) -> str:
    annotations = [
        {"start_index": start, "length": length, "format_metadata": {"format_type": kind}}
        for start, length, kind in spans
    ]
    return block_html(text_of_message({"text": text, "annotations": annotations}))


def test_styles_are_annotations_that_count_an_emoji_as_two() -> None:
    assert styled("🎉 so it is", (3, 2, "BOLD"), (6, 2, "ITALIC")) == "<p>🎉 <strong>so</strong> <em>it</em> is</p>"
    assert styled("a b c", (0, 99, "STRIKE"), (2, 1, "MONOSPACE"), (9, 9, "BOLD")).count("<del>") > 0
    assert styled("a b", (0, 2, "HIDDEN")) == "<p>b</p>"
    assert styled("see\nx = 1\nok", (4, 5, "MONOSPACE_BLOCK")) == "<p>see</p><pre><code>x = 1</code></pre><p>ok</p>"
    assert styled("a\nb\nc", (0, 1, "BULLETED_LIST_ITEM"), (2, 1, "BULLETED_LIST_ITEM")).startswith("<ul><li>a")


def test_text_without_annotations_is_literal() -> None:
    assert block_html(text_of_message({"text": "*so* <b>\n- x"})) == "<p>*so* &lt;b&gt;<br>- x</p>"


def url(address: str, **changes: Any) -> dict[str, Any]:
    return {
        "url_metadata": {"title": "T", "url": {"private_do_not_access_or_else_safe_url_wrapped_value": address}},
        **changes,
    }


@pytest.mark.parametrize(
    ("text", "annotation", "expected"),
    [
        ("the plan", url("https://example.org/p", start_index=4, length=4), "the [plan](https://example.org/p)"),
        ("https://example.org/p", url("https://example.org/p", start_index=0, length=21), "https://example.org/p"),
        ("a", url("https://example.org/p", start_index=0, length=0), "a"),
        ("@Bob Berg hi", {"start_index": 0, "length": 9, "user_mention_metadata": {"user": BOB}}, '@"Bob Berg" hi'),
        (None, {"drive_metadata": {"id": "x1", "title": "Plan"}}, "[Plan](https://drive.google.com/open?id=x1)"),
        (
            None,
            {"video_call_metadata": {"meeting_space": {"meeting_url": "https://meet.example.org/x"}}},
            "https://meet.example.org/x",
        ),
        (None, {"gsuite_integration_metadata": {"tasks_data": {"task_properties": {"title": "Water"}}}}, "Water"),
    ],
)
def test_links_mentions_and_what_only_annotations_tell(
    text: str | None, annotation: dict[str, Any], expected: str
) -> None:
    assert text_of_message({"text": text, "annotations": [annotation]}) == expected


def test_a_date_that_is_not_understood_is_named(tmp_path: Path) -> None:
    found = space_of(tmp_path, message(1, "a", created_date="soon"), message(2, "b"))
    assert found.texts == ["b"]
    assert found.report.problems[0].place == f"{GROUPS}/Space AAAA/messages.json, record 1"
    assert "soon" in found.report.problems[0].text


def test_one_file_of_a_conversation_is_enough_and_other_json_is_not_taken(tmp_path: Path) -> None:
    path = write_files(tmp_path / "a", {"messages.json": {"messages": [message(1, "a")]}}) / "messages.json"
    assert read_all(READER, path).texts == ["a"]
    with Source(write_files(tmp_path / "b", {"x/messages.json": {"messages": [{"text": "a"}]}})) as source:
        assert not READER.recognizes(source)


def test_a_space_without_its_information_is_told(tmp_path: Path) -> None:
    files = {f"{GROUPS}/{name}/messages.json": {"messages": [message(1, "a")]} for name in ("Space AAAA", "DM BBBB")}
    found = read_all(READER, write_files(tmp_path, files)).report
    assert (found.lacking, found.unnamed) == ({"rooms": "group_info.json is missing"}, {"rooms": {"Space AAAA"}})
