"""Drafts become records: each gets an id, and every field is stored, whatever the type."""

import json
import re
from operator import attrgetter
from pathlib import Path

import pytest

from chat.storage import Draft, Record
from chat.storage.json_files.store import JsonFileStore
from chat.storage.numbering import assign_ids
from chat.storage.quota import Quota
from chat.storage.records import FIELD_GETTERS, RECORD_TYPES
from tests.support.live_server import PROJECT
from tests.support.storage.expected_history import said
from tests.support.storage.memory_store import MemoryLog

FULL = Draft(
    type="message",
    author="a",
    username="ada",
    message="hi",
    client_id="c-1",
    reply_to=7,
    target=6,
    emoji="\N{WAVING HAND SIGN}",
    on=True,
    topic="tea",
    name="Tea Room",
    id=9,
    timestamp="2026-11-23T17:30:00.000Z",
)


def records_of(*drafts: Draft) -> list[Record]:
    log = MemoryLog("lobby", Quota())
    log.last_id = 7
    return assign_ids(drafts, log)[1]


def test_everything_that_a_draft_carries_is_in_its_record() -> None:
    (record,) = records_of(FULL)
    carried = attrgetter(*Draft.__struct_fields__)
    assert None not in carried(FULL), "a new field of drafts belongs into this test"
    assert carried(record) == carried(FULL)
    assert record.batch == 8


def test_a_new_type_needs_a_line_in_the_table_and_nothing_else(
    store: JsonFileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FIELD_GETTERS, "poll", attrgetter("author", "message", "target"))
    poll = Draft(type="poll", author="alice", username="alice", message="hello", target=2, client_id="c-2")
    log = store.open("lobby")
    log.append([said("hallo", "c-1"), poll])
    assert log.append([poll])[0].repeated
    (_, record) = store.open("lobby").page().records
    assert (record.id, record.type, record.target, record.message) == (3, "poll", 2, "hello")


def test_every_record_that_is_written_has_the_fields_of_its_type(store: JsonFileStore, folder: Path) -> None:
    log = store.open("lobby")
    log.append([said("one"), said("two"), said("three")])
    person = {"author": "alice", "username": "alice"}
    log.append(
        [
            Draft(type="edit", target=4, message="drei", **person),
            Draft(type="reaction", target=4, emoji="\N{WAVING HAND SIGN}", on=True, **person),
            Draft(type="delete", target=3, **person),  # the message loses its fields, and is compacted away
            Draft(type="topic", topic="tea", **person),
            Draft(type="room_name", name="Tea Room", **person),
        ]
    )
    log.clear(2)
    log.compact()
    records = json.loads((folder / "lobby.json").read_bytes())
    assert {record["type"] for record in records} == set(RECORD_TYPES)
    for record in records:
        assert set(RECORD_TYPES[record["type"]].fields) <= set(record)


def test_the_documentation_names_the_stored_types() -> None:
    (row,) = re.findall(r"^\| `type` \|.*", (PROJECT / "docs/storage.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) - {"type"} == set(RECORD_TYPES)
