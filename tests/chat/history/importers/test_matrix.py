"""Matrix: one test for each trap of Element's export."""

from pathlib import Path
from typing import Any

import pytest

from chat.history.importers.matrix import READER
from chat.history.importers.report import SourceRoom
from chat.history.importers.source import Source
from tests.support.core.imports import Reading, read_all, write_files, write_zip

HTML = "org.matrix.custom.html"


def event(number: int, content: dict[str, Any], kind: str = "m.room.message", **changes: Any) -> dict[str, Any]:
    return {
        "content": content,
        "event_id": f"$e{number}",
        "origin_server_ts": 1795962364000 + number,
        "sender": "@nina:example.org",
        "type": kind,
        "unsigned": {"age": 1},
        "room_id": "!room:example.org",
        **changes,
    }


def text(number: int, body: str, **content: Any) -> dict[str, Any]:
    return event(number, {"msgtype": "m.text", "body": body, **content})


def member(number: int, user: str, name: str | None, membership: str = "join", **changes: Any) -> dict[str, Any]:
    content = {"membership": membership, **({"displayname": name} if name else {})}
    return event(number, content, "m.room.member", state_key=user, sender=user, **changes)


def export(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "room_name": "Allotment",
        "room_creator": "Ola",
        "topic": "Seeds & <soil>",
        "export_date": "11/29/2026",
        "exported_by": "Ola",
        "messages": list(events),
    }


def room_of(tmp_path: Path, *events: dict[str, Any]) -> Reading:
    return read_all(READER, write_files(tmp_path, {"matrix - Allotment - Chat Export.json": export(*events)}))


def text_of(tmp_path: Path, content: dict[str, Any], **changes: Any) -> str:
    return room_of(tmp_path, event(1, {"msgtype": "m.text", **content}, **changes)).texts[0]


def test_the_room_has_its_name_its_topic_and_the_id_of_matrix(tmp_path: Path) -> None:
    found = room_of(tmp_path, text(1, "a"))
    assert found.report.rooms == {"!room:example.org": SourceRoom("!room:example.org", "Allotment", "Seeds & <soil>")}
    assert (found.entries[0].source_id, found.entries[0].moment) == ("$e1", 1795962364001)


def test_a_room_of_two_is_direct_if_its_invitation_says_so(tmp_path: Path) -> None:
    invitation = event(1, {"membership": "invite", "is_direct": True}, "m.room.member", state_key="@ola:example.org")
    assert room_of(tmp_path, invitation, text(2, "a")).report.rooms["!room:example.org"].direct


def test_a_room_of_two_that_nobody_has_named_is_direct(tmp_path: Path) -> None:
    """Regression: it became a room that everybody reads, if the export begins behind the invitation."""
    ola, nina = "@ola:example.org", "@nina:example.org"
    named = event(3, {"name": "Allotment"}, "m.room.name", state_key="")
    third = text(4, "c") | {"sender": "@tom:example.org"}

    def is_direct(name: str, *more: dict[str, Any]) -> bool:
        content = export(member(1, nina, "Nina"), text(2, "a") | {"sender": ola}, *more)
        path = write_files(tmp_path, {"x.json": {**content, "room_name": name, "topic": ""}})
        return next(iter(read_all(READER, path).report.rooms.values())).direct

    assert (is_direct("Nina"), is_direct(ola), is_direct("Nina", named)) == (True, True, True)
    assert (is_direct("Allotment", named), is_direct("Nina and 2 others", third)) == (False, False)


def test_names_are_those_of_the_time_and_one_id_is_one_person(tmp_path: Path) -> None:
    found = room_of(
        tmp_path,
        member(1, "@nina:example.org", "Nina"),
        text(2, "a"),
        member(3, "@nina:example.org", "Nina Lund"),
        text(4, "b"),
        member(5, "@nina:example.org", None, "leave"),
        text(6, "c"),
    )
    assert [entry.author_name for entry in found.entries] == ["Nina", "Nina Lund", "Nina Lund"]
    assert {entry.author_id for entry in found.entries} == {"@nina:example.org"}


def test_an_export_of_the_last_messages_has_the_name_from_before(tmp_path: Path) -> None:
    renamed = member(2, "@nina:example.org", "Nina Lund", unsigned={"prev_content": {"displayname": "Nina"}})
    found = room_of(
        tmp_path, text(1, "a"), renamed, event(3, {"body": "b", "msgtype": "m.text"}, sender="@x:example.org")
    )
    assert [entry.author_name for entry in found.entries] == ["Nina", "x"]


def test_html_wins_over_the_body_and_a_body_alone_is_literal(tmp_path: Path) -> None:
    found = room_of(
        tmp_path,
        text(1, "**bold** & <b>", format=HTML, formatted_body="<strong>bold</strong> &amp; &lt;b&gt;"),
        text(2, "\\*so\\* <b>&amp;</b>"),
        text(3, "x", formatted_body="<b>y</b>"),
    )
    assert found.texts[0] == "**bold** & <b>"
    assert "&amp;" in found.texts[1]
    assert found.texts[2] == "x"


@pytest.mark.parametrize(
    "content",
    [
        {"body": "> <@ola:example.org> hello\n> more\n\nwelcome back"},
        {"body": "> * <@ola:example.org> waves\n\nwelcome back"},
        {
            "body": "> x",
            "format": HTML,
            "formatted_body": "<mx-reply><blockquote><a>In reply to</a><br>x</blockquote></mx-reply>welcome back",
        },
        {"body": "welcome back"},
    ],
)
def test_what_a_reply_repeats_is_dropped(tmp_path: Path, content: dict[str, Any]) -> None:
    answered = {"m.relates_to": {"m.in_reply_to": {"event_id": "$e0"}}}
    found = room_of(tmp_path, event(1, {"msgtype": "m.text", **content, **answered}))
    assert [(entry.text, entry.reply_to) for entry in found.entries] == [("welcome back", "$e0")]


def test_a_quote_that_somebody_typed_stays(tmp_path: Path) -> None:
    assert "hello" in text_of(tmp_path, {"body": "> <@ola:example.org> hello\n\nx"})


def test_a_message_in_a_thread_answers_its_first_one_and_not_the_last(tmp_path: Path) -> None:
    thread = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    found = room_of(
        tmp_path,
        text(1, "a", **{"m.relates_to": {**thread, "is_falling_back": True}}),
        text(2, "b", **{"m.relates_to": {**thread, "is_falling_back": False}}),
    )
    assert [entry.reply_to for entry in found.entries] == ["$root", "$last"]


def test_an_edit_that_is_folded_keeps_its_time(tmp_path: Path) -> None:
    new = {"body": "the seeds are in", "msgtype": "m.text"}
    edit = event(9, {"body": " * the seeds are in", "msgtype": "m.text", "m.new_content": new})
    found = room_of(tmp_path, text(1, "the seeds") | {"unsigned": {"m.relations": {"m.replace": edit}}})
    assert [(entry.text, entry.edited) for entry in found.entries] == [("the seeds are in", 1795962364009)]


def test_an_edit_beside_its_message_is_folded_if_it_is_of_the_same_person(tmp_path: Path) -> None:
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$e1"}}
    edits = [
        event(number, {"body": f" * {body}", "m.new_content": {"body": body, "msgtype": "m.text"}, **relation})
        for number, body in ((3, "third"), (2, "second"))
    ]
    foreign = edits[0] | {"sender": "@eve:example.org"}
    assert room_of(tmp_path / "a", text(1, "first"), *edits).texts == ["third"]
    assert room_of(tmp_path / "b", text(1, "first"), foreign).texts == ["first"]


def test_what_was_redacted_has_no_content_and_is_counted(tmp_path: Path) -> None:
    redacted = event(1, {}, unsigned={"redacted_because": {"type": "m.room.redaction"}})
    beside = event(4, {}, "m.room.redaction", redacts="$e3")
    found = room_of(tmp_path, redacted, event(2, {}), text(3, "x-mark"), beside)
    assert found.entries == []
    assert found.report.skipped == {"deleted messages": 3}


def test_messages_that_could_not_be_decrypted_are_counted(tmp_path: Path) -> None:
    found = room_of(
        tmp_path,
        event(1, {"msgtype": "m.bad.encrypted", "body": "** Unable to decrypt: x **"}),
        event(2, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}, "m.room.encrypted"),
    )
    assert found.report.skipped == {"messages that could not be decrypted": 2}


def test_everything_that_is_no_message_is_counted(tmp_path: Path) -> None:
    found = room_of(
        tmp_path,
        member(1, "@nina:example.org", "Nina"),
        event(2, {"name": "Allotment"}, "m.room.name", state_key=""),
        event(3, {}, "m.call.invite"),
        event(4, {"org.matrix.msc3381.poll.response": {"answers": ["1"]}}, "org.matrix.msc3381.poll.response"),
        text(5, ""),
    )
    assert found.entries == []
    assert found.report.skipped == {
        "joins, leaves and changed names": 1,
        "changes of the room": 1,
        "events of other kinds": 1,
        "votes in polls": 1,
        "messages without content": 1,
    }


def test_an_event_of_an_unknown_kind_that_has_words_is_a_message(tmp_path: Path) -> None:
    found = room_of(tmp_path, event(1, {"m.text": [{"body": "hello"}]}, "m.message"), text(2, "a", msgtype="x.custom"))
    assert found.texts == ["hello", "a"]


def test_an_action_names_the_person_and_a_notice_is_a_message(tmp_path: Path) -> None:
    found = room_of(tmp_path, text(1, "waves", msgtype="m.emote"), text(2, "build 12 passed", msgtype="m.notice"))
    assert found.texts == ["*nina waves*", "build 12 passed"]


def test_the_body_of_a_file_is_a_caption_if_the_file_has_another_name(tmp_path: Path) -> None:
    image = {"msgtype": "m.image", "url": "mxc://example.org/x", "info": {"size": 7}}
    found = room_of(
        tmp_path,
        event(1, {**image, "body": "IMG.jpg"}),
        event(2, {**image, "body": "my plot", "filename": "IMG.jpg"}),
        event(3, {**image, "body": "IMG.jpg", "file": {"url": "mxc://example.org/y"}, "url": None, "info": None}),
        event(4, {"body": "wave", "url": "mxc://example.org/z", "info": {}}, "m.sticker"),
    )
    assert found.texts == ["", "my plot", "", ""]
    assert [(entry.attachments[0].name, entry.attachments[0].size) for entry in found.entries] == [
        ("IMG.jpg", 7),
        ("IMG.jpg", 7),
        ("IMG.jpg", None),
        ("wave", None),
    ]


def test_a_zip_brings_the_files_along(tmp_path: Path) -> None:
    image = {"msgtype": "m.image", "body": "plot.jpg"}
    files = {
        "export.json": export(event(1, image), event(2, {"msgtype": "m.file", "body": "list"})),
        "images/plot-2026-11-29 at 14-26-05.jpg": b"x",
        "images/plot2-2026-11-29 at 14-26-05.jpg": b"x",
        "files/other-2026-11-29 at 14-26-05": b"x",
    }
    found = read_all(READER, write_zip(tmp_path / "matrix-export.zip", files))
    assert [entry.attachments[0].path for entry in found.entries] == ["images/plot-2026-11-29 at 14-26-05.jpg", None]


@pytest.mark.parametrize("key", ["m.poll.start", "org.matrix.msc3381.poll.start"])
def test_a_poll_of_both_generations_is_its_question_and_answers(tmp_path: Path, key: str) -> None:
    said = "m.text" if key.startswith("m.") else "org.matrix.msc1767.text"
    words = (lambda words: [{"body": words}]) if said == "m.text" else (lambda words: words)
    poll = {"question": {said: words("Which day?")}, "answers": [{said: words("Sat")}, {said: words("*Sun*")}]}
    content = {"m.poll" if said == "m.text" else key: poll}
    assert room_of(tmp_path, event(1, content, key)).texts == ["**Which day?**\n- Sat\n- \\*Sun\\*"]


def test_a_pill_is_a_mention_and_a_link_to_a_room_is_its_name(tmp_path: Path) -> None:
    html = (
        '<a href="https://matrix.to/#/@nina:example.org">Nina Lund</a>: ask <a href="https://matrix.to/#/%40ola%3Aexample.org">'
        '@ola:example.org</a> in <a href="https://matrix.to/#/#plot:example.org">#plot</a>, '
        '<a href="https://example.org/@x:y">x</a>'
    )
    text = text_of(tmp_path, {"body": "x", "format": HTML, "formatted_body": html})
    assert text == '@"Nina Lund": ask @ola in #plot, [x](https://example.org/@x:y)'


def test_reactions_of_other_programs_are_folded_unless_they_were_taken_back(tmp_path: Path) -> None:
    def reaction(number: int, key: str, sender: str = "@ola:example.org") -> dict[str, Any]:
        relation = {"rel_type": "m.annotation", "event_id": "$e1", "key": key}
        return event(number, {"m.relates_to": relation}, "m.reaction", sender=sender)

    redaction = event(5, {}, "m.room.redaction", redacts="$e3")
    found = room_of(
        tmp_path, text(1, "a"), reaction(2, "👍"), reaction(3, "🎉"), reaction(4, "👍", "@x:example.org"), redaction
    )
    assert [(each.emoji, each.author_name) for each in found.entries[0].reactions] == [("👍", "ola"), ("👍", "x")]
    assert found.report.skipped == {}


def test_a_broken_event_is_named(tmp_path: Path) -> None:
    found = room_of(tmp_path, text(1, "a") | {"origin_server_ts": None}, text(2, "b") | {"sender": None}, text(3, "c"))
    assert found.texts == ["c"]
    places = [problem.place for problem in found.report.problems]
    assert places == [f"matrix - Allotment - Chat Export.json, record {number}" for number in (1, 2)]


def test_other_json_is_not_taken_for_an_export_of_element(tmp_path: Path) -> None:
    with Source(write_files(tmp_path, {"a.json": {"messages": [text(1, "a")]}})) as source:
        assert not READER.recognizes(source)


def test_the_end_of_a_poll_is_no_message_although_it_has_words(tmp_path: Path) -> None:
    content = {
        "org.matrix.msc3381.poll.end": {},
        "org.matrix.msc1767.text": "The poll has ended. Top answer: tea",
        "m.relates_to": {"rel_type": "m.reference", "event_id": "$e1"},
    }
    found = room_of(tmp_path, text(1, "a"), event(2, content, "org.matrix.msc3381.poll.end"))
    assert found.texts == ["a"]
    assert found.report.skipped == {"ends of polls": 1}


@pytest.mark.parametrize("kind", ["m.gallery", "dm.filament.gallery"])
def test_a_gallery_has_several_files(tmp_path: Path, kind: str) -> None:
    items = [
        {"itemtype": "m.image", "body": "a.png", "filename": "a.png", "info": {"size": 5}},
        {"itemtype": "m.video", "body": "b.mp4", "info": {"size": 6}},
        {"itemtype": "org.example.unknown", "body": "c"},
    ]
    gallery = event(1, {"msgtype": kind, "body": "our trip", "itemtypes": items})
    (entry,) = room_of(tmp_path, gallery).entries
    assert (entry.text, [(file.name, file.size) for file in entry.attachments]) == (
        "our trip",
        [("a.png", 5), ("b.mp4", 6)],
    )
