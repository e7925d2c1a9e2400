"""The database and the JSON files answer every call in the same way, whatever was said, amended, cleared, compacted."""

import random
from pathlib import Path

import msgspec
import pytest

from chat.storage import Draft, Record, RoomLog
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient

BATCHES = 80
AUTHORS = ("ada", "bob", "cy")
EMOJI = ("👍", "👎", "🎉")
WORDS = ("one", "Zwei", "明天早上", "x" * 300, "100%_\\", "🎉", "a\nb")


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("chat.storage.numbering", "chat.storage.json_files.log", "chat.storage.database.owner"):
        monkeypatch.setattr(f"{module}.now", lambda: "2026-11-30T12:00:00.000Z")


def test_both_answer_in_the_same_way(database: DatabaseStore, tmp_path: Path) -> None:
    chance = random.Random(16)
    ours, json = database.open("lobby"), JsonFileStore(tmp_path / "storage", clock=impatient()).open("lobby")
    for number in range(BATCHES):
        step(ours, json, chance, number)
        compare(ours, json, chance)
    assert [compare_whole(ours), database.verify("lobby").damage] == [compare_whole(json), None]
    assert database.verify("lobby").notes == []


def step(ours: RoomLog, json: RoomLog, chance: random.Random, number: int) -> None:
    if number % 40 == 25:
        through = chance.randrange(ours.last_id)
        assert ours.clear(through) == without_crc(json.clear(through))
    elif number % 40 == 35:
        assert ours.compact(dry_run=True).records == json.compact(dry_run=True).records
        assert ours.compact().records == json.compact().records
        assert ours.compacted_id == json.compacted_id
    else:
        drafts = [draft(chance, ours.last_id, number) for _ in range(chance.randrange(1, 12))]
        assert ours.append(drafts) == [
            msgspec.structs.replace(each, record=each.record and without_crc(each.record))
            for each in json.append(drafts)
        ]
    assert (ours.last_id, ours.tally, ours.topic, ours.name) == (json.last_id, json.tally, json.topic, json.name)


def draft(chance: random.Random, last_id: int, number: int) -> Draft:
    author = chance.choice(AUTHORS)
    client_id = chance.choice([None, f"c{chance.randrange(30 * (number + 1))}"])
    said = Draft(author=author, username=author.title(), client_id=client_id)
    target = max(1, last_id + 8 - chance.randrange(40))
    match chance.choice(["message"] * 5 + ["edit", "reaction", "reaction", "delete", "topic", "room_name"]):
        case "message":
            answered = chance.choice([None, None, target])
            return msgspec.structs.replace(said, message=chance.choice(WORDS), reply_to=answered)
        case "edit":
            return msgspec.structs.replace(said, type="edit", target=target, message=chance.choice(WORDS))
        case "delete":
            return msgspec.structs.replace(said, type="delete", target=target)
        case "reaction":
            on = chance.random() < 0.7
            return msgspec.structs.replace(said, type="reaction", target=target, emoji=chance.choice(EMOJI), on=on)
        case "topic":
            return msgspec.structs.replace(said, type="topic", topic=chance.choice(WORDS))
    return msgspec.structs.replace(said, type="room_name", name=chance.choice(WORDS))


def compare(ours: RoomLog, json: RoomLog, chance: random.Random) -> None:
    somewhere, limit = chance.randrange(1, ours.last_id + 3), chance.randrange(1, 20)
    for bounds in ({}, {"before": somewhere}, {"after": somewhere}, {"after": 0}):
        assert plain(ours.page(limit=limit, **bounds)) == plain(json.page(limit=limit, **bounds))
        assert plain(ours.items(limit=limit, **bounds)) == plain(json.items(limit=limit, **bounds))
    for message_id in range(somewhere, somewhere + 5):
        assert plain(ours.message(message_id)) == plain(json.message(message_id))
        assert plain(ours.texts(message_id)) == plain(json.texts(message_id))


def compare_whole(log: RoomLog) -> object:
    return [plain(log.page(limit=10_000)), plain(log.items(limit=10_000))]


def plain(value: object) -> object:
    """Without checksums, and without the fields that tell nothing."""
    return _without(msgspec.to_builtins(value))


def _without(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items() if key != "crc"}
    return [_without(each) for each in value] if isinstance(value, list | tuple) else value


def without_crc(record: Record) -> Record:
    return msgspec.structs.replace(record, crc=None)
