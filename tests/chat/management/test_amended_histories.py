"""Exports and imports of rooms with edits, deletes, reactions, replies and topics."""

import csv
import io
import json
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chat.history.reading import entries
from chat.storage import Draft
from tests.support.core.command_rooms import Call, Rooms

ADA = {"author": "a1", "username": "ada"}
BEA = {"author": "b2", "username": "bea"}
SECRET = "x-mark of a password"


def at(minute: int) -> str:
    return f"2026-11-01T10:{minute:02}:00.000Z"


def talk(rooms: Rooms, room: str = "lobby", *, with_client_ids: bool = True) -> None:
    """Ids 2 to 13. Message 3 is deleted, 2 is edited twice, and 4 answers it."""
    drafts = [
        Draft(**ADA, message="helo", id=2, timestamp=at(2)),
        Draft(**ADA, message=SECRET, id=3, timestamp=at(3)),
        Draft(**BEA, message="hi, *ada*", reply_to=2, id=4, timestamp=at(4)),
        Draft(**ADA, type="edit", target=2, message="helllo", id=5, timestamp=at(5)),
        Draft(**ADA, type="edit", target=2, message="hello", id=6, timestamp=at(6)),
        Draft(**BEA, type="reaction", target=2, emoji="👍", on=True, id=7, timestamp=at(7)),
        Draft(**ADA, type="reaction", target=2, emoji="👍", on=True, id=8, timestamp=at(8)),
        Draft(**ADA, type="reaction", target=4, emoji="🎉", on=True, id=9, timestamp=at(9)),
        Draft(**ADA, type="reaction", target=4, emoji="🎉", on=False, id=10, timestamp=at(10)),
        Draft(**ADA, type="delete", target=3, id=11, timestamp=at(11)),
        Draft(**BEA, type="topic", topic="Greetings", id=12, timestamp=at(12)),
        Draft(**BEA, message="to nobody", reply_to=3, id=13, timestamp=at(13)),
    ]
    if with_client_ids:
        drafts = [Draft(**{**fields(draft), "client_id": f"c{draft.id}"}) for draft in drafts]
    rooms.append(room, drafts)


def fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in draft.__struct_fields__}


def folded(rooms: Rooms, room: str = "lobby") -> list[tuple[Any, ...]]:
    """What a reader of the room sees, without ids."""
    with closing(rooms.store.open(room)) as log:
        shown = list(entries(log))
        assert "message" not in {type(entry).__name__ for entry in shown}
    return [
        tuple(getattr(entry, name, None) for name in ("username", "message", "edited", "reactions"))
        + (getattr(getattr(entry, "reply", None), "excerpt", None), getattr(entry, "sentence", None))
        for entry in shown
    ]


def records(rooms: Rooms, room: str = "lobby") -> list[Any]:
    with closing(rooms.store.open(room)) as log:
        return log.page(limit=10**6).records


def export(call: Call, tmp_path: Path, *arguments: str) -> str:
    """A file with what `export_history` writes."""
    path = tmp_path / ("export.jsonl" if "jsonl" in arguments else "export.json")
    path.write_text(call("export_history", *arguments).out)
    return str(path)


KINDS = [[], ["--format", "jsonl"], ["--events"], ["--events", "--format", "jsonl"], ["copy"]]
every_kind = pytest.mark.parametrize("arguments", KINDS, ids=" ".join)


def file_of(rooms: Rooms, call: Call, tmp_path: Path, arguments: list[str]) -> str:
    if arguments != ["copy"]:
        return export(call, tmp_path, *arguments)
    text = rooms.path("lobby").read_text()
    blanked = re.sub(rf'"username":"ada","message":"{SECRET}",|,"crc":"\w+"', "", text)  # as an older copy may have it
    (tmp_path / "lobby.json").write_text(blanked)
    return str(tmp_path / "lobby.json")


def remove(rooms: Rooms) -> None:
    with closing(rooms.store.open("lobby")) as log:
        assert rooms.store.remove("lobby", log.epoch, log.last_id)


# Export


def test_an_export_has_messages_as_they_are_now(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    lobby = json.loads(call("export_history").out)["rooms"][0]["events"]
    assert [event["id"] for event in lobby] == [2, 4, 12, 13]
    people = [{"author": "b2", "username": "bea"}, {"author": "a1", "username": "ada"}]
    assert (lobby[0]["message"], lobby[0]["edited"]) == ("hello", at(6))
    assert lobby[0]["reactions"] == [{"emoji": "👍", "people": people}]
    assert lobby[1]["reply"] == {"id": 2, "username": "ada", "excerpt": "hello"}, "without what is not so"
    assert "reactions" not in lobby[1]
    assert (lobby[2]["type"], lobby[2]["topic"]) == ("topic", "Greetings")
    assert lobby[3]["reply"] == {"id": 3, "deleted": True}


def test_events_are_exported_as_they_were_stored_but_for_what_is_deleted(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    events = [json.loads(line) for line in call("export_history", "--events", "--format", "jsonl").lines]
    assert [event["id"] for event in events] == [2, *range(4, 14)]
    assert [event["message"] for event in events if event["type"] == "edit"] == ["helllo", "hello"]
    assert {"batch", "crc"} & {name for event in events for name in event} == set()
    assert call("export_history", "--events", "--format", "csv").code == 2


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "html", "md", "txt"])
def test_no_export_has_what_was_deleted(rooms: Rooms, call: Call, format_: str) -> None:
    talk(rooms)
    for arguments in ([], ["--events"] if format_.startswith("json") else []):
        out = call("export_history", "--format", format_, *arguments).out
        assert SECRET not in out
        assert ("helllo" in out) == bool(arguments), "an earlier text"


def test_exports_for_people_have_edits_reactions_replies_and_topics(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    rows = list(csv.DictReader(io.StringIO(call("export_history", "--format", "csv").out, newline="")))
    assert [(row["type"], row["message"], row["edited"], row["reactions"]) for row in rows] == [
        ("message", "hello", at(6), "👍 bea, ada"),
        ("message", "hi, *ada*", "", ""),
        ("topic", "Greetings", "", ""),
        ("message", "to nobody", "", ""),
    ]
    page = call("export_history", "--format", "html").out
    for part in (
        '(edited <time datetime="2026-11-01T10:06:00.000Z">1 November 2026, 10:06</time>)',
        '<p class="reactions"><bdi>👍 bea, ada</bdi></p>',
        '<a href="#lobby:2">in reply to <bdi>ada</bdi>: <bdi>hello</bdi></a>',
        "in reply to a message that was deleted",
        '<p class="notice" id="lobby:12"><bdi class="name">bea</bdi> <bdi>set the topic: Greetings</bdi>',
    ):
        assert part in page, part
    markdown = call("export_history", "--format", "md").out
    for part in (
        "(no. 2, edited)",
        "👍 bea, ada",
        "(no. 4, in reply to ada, no. 2)",
        "**bea** 10:12 set the topic: Gr",
    ):
        assert part in markdown, part
    assert call("export_history", "--format", "txt").lines[4:] == [
        "[2026-11-01 10:02] ada (edited): hello",
        "    👍 bea, ada",
        "[2026-11-01 10:04] bea (to ada): hi, *ada*",
        "[2026-11-01 10:12] * bea set the topic: Greetings",
        "[2026-11-01 10:13] bea (in reply): to nobody",
    ]


def test_a_period_is_that_of_the_messages(rooms: Rooms, call: Call) -> None:
    talk(rooms)
    out = call("export_history", "--until", at(4), "--format", "txt").out
    assert "ada (edited): hello" in out
    assert "bea" not in out.replace("👍 bea, ada", "")


# Import


@every_kind
@pytest.mark.parametrize("with_client_ids", [True, False])
def test_what_was_exported_comes_back(
    rooms: Rooms, call: Call, tmp_path: Path, arguments: list[str], with_client_ids: bool
) -> None:
    talk(rooms, with_client_ids=with_client_ids)
    before, stored = folded(rooms), records(rooms)
    file = file_of(rooms, call, tmp_path, arguments)
    remove(rooms)
    done = call("import_history", file)
    assert done.code == 0, done.err
    after = folded(rooms)
    assert [each[:-2] + each[-1:] for each in after] == [each[:-2] + each[-1:] for each in before]
    assert SECRET not in rooms.path("lobby").read_text()
    if "--events" in arguments:
        assert [record.id for record in records(rooms)] == [each.id for each in stored if each.type != "delete"]
    again = records(rooms)
    assert call("import_history", file).code == 0
    assert records(rooms) == again, "a second import changes nothing"


@every_kind
@pytest.mark.parametrize("with_client_ids", [True, False])
def test_into_a_room_with_history_amendments_are_about_the_new_ids(
    rooms: Rooms, call: Call, tmp_path: Path, arguments: list[str], with_client_ids: bool
) -> None:
    talk(rooms, with_client_ids=with_client_ids)
    before = [each for each in folded(rooms) if each[-1] is None]
    file = file_of(rooms, call, tmp_path, arguments)
    remove(rooms)
    rooms.say("lobby", "here", "before")
    for _ in range(2):
        done = call("import_history", file, "--room", "lobby")
        assert done.code == 0, done.err
        after = folded(rooms)
        assert [each[1] for each in after[:2]] == ["here", "before"]
        assert [each[:4] for each in after[2:]] == [each[:4] for each in before], "and the topic stays the room's own"
        assert after[3][4] == "hello", "the reply is to the imported message"


def test_a_delete_in_the_file_deletes_the_message_here(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    """The message was copied to another site, and deleted on the first one later."""
    talk(rooms)
    (tmp_path / "other").mkdir()
    other = Rooms(tmp_path / "other")
    other.say("lobby", "something else")
    other.append(
        "lobby",
        [
            Draft(**ADA, message=SECRET, client_id="c3", timestamp=at(3)),
            Draft(**ADA, message="helo", client_id="c2", timestamp=at(2)),
        ],
    )
    file = file_of(rooms, call, tmp_path, ["copy"])
    shutil.copy(other.path("lobby"), rooms.path("lobby"))
    assert call("import_history", file, "--room", "lobby").code == 0
    texts = [each[1] for each in folded(rooms)]
    assert texts == ["something else", "hello", "hi, *ada*", "to nobody"]


def test_an_older_export_does_not_undo_a_newer_edit(rooms: Rooms, call: Call, tmp_path: Path) -> None:
    talk(rooms)
    files = [Path(file_of(rooms, call, tmp_path, arguments)).read_bytes() for arguments in KINDS[:2] + KINDS[2:4]]
    rooms.append("lobby", [Draft(**ADA, type="edit", target=2, message="hello!", timestamp=at(30))])
    before = records(rooms)
    for content in files:
        (tmp_path / "old").write_bytes(content)
        assert call("import_history", str(tmp_path / "old")).code == 0
        assert records(rooms) == before


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"type": "edit", "message": "x"}, '"target"'),
        ({"type": "edit", "target": 2, "message": " "}, '"message"'),
        ({"type": "delete", "target": 0}, '"target"'),
        ({"type": "reaction", "target": 2, "emoji": "x-mark", "on": True}, '"emoji"'),
        ({"type": "reaction", "target": 2, "emoji": "👍"}, '"on"'),
        ({"type": "topic"}, '"topic"'),
        ({"type": "topic", "topic": "a\x1b"}, '"topic"'),
        ({"type": "topic", "topic": "x" * 251}, "topic"),
        ({"type": "room_name", "name": " "}, '"name"'),
        ({"message": "x", "edited": "yesterday"}, '"edited"'),
        ({"message": "x", "reactions": [{"emoji": "no", "people": []}]}, '"emoji"'),
        ({"message": "x", "reactions": [{"emoji": "👍", "people": [{"author": "", "username": "x"}]}]}, '"author"'),
    ],
)
def test_a_bad_amendment_is_named_and_nothing_is_imported(
    rooms: Rooms, call: Call, tmp_path: Path, members: dict[str, Any], reason: str
) -> None:
    good = {"room": "lobby", **ADA, "message": "hi", "timestamp": at(1)}
    bad = {"room": "lobby", **ADA, "timestamp": at(2), **members}
    (tmp_path / "file.jsonl").write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    done = call("import_history", str(tmp_path / "file.jsonl"))
    assert (done.code, rooms.snapshot()) == (1, {})
    assert "line 2: " in done.err
    assert reason in done.err


def test_an_export_is_a_list_of_messages_for_a_reader_that_knows_no_amendments(rooms: Rooms, call: Call) -> None:
    """Version 1 of the document, as the first chatsite read it: lines with these fields, others ignored."""
    talk(rooms)
    document = json.loads(call("export_history").out)
    assert document["chatsite"] == 1
    for event in document["rooms"][0]["events"]:
        assert event["type"] != "message" or {"id", "author", "username", "message", "timestamp"} <= event.keys()
