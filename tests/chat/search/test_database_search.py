"""Search finds the same in the database as in the JSON files, for any texts and queries."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chat.search import room_search
from chat.search.budget import Budget
from chat.search.database import index
from chat.search.query import Query, QueryError, parse_query
from chat.search.room_search import RoomSearch, find
from chat.storage import Draft, RoomLog
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from tests.support.storage.clocks import impatient

PARTS = [
    "deploy",
    "Müller",
    "ﬁne",
    "明天",
    "早上",
    "明",
    "がぎ",
    "가나",
    "ไทย",
    "100%",
    "_x_",
    "\\",
    "'",
    "`c`",
    "a\nb",
    "é",
    "ada",
]
PARTS += ["https://example.org/?q=1", "me@example.org", "www.", "x", "tex", "text", "🎉", "ß", "İ", "—"]
FILTERS = [
    "from:ada",
    "from:Ödön",
    "has:link",
    "has:code",
    "before:2026-11-20",
    "after:2026-11-10",
    "from:明天",
    '"a b"',
]
NAMES = ["ada", "Ödön", "明天"]
MESSAGES, QUERIES = 200, 80


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_search, "MIN_CACHED", 0)
    monkeypatch.setattr(index, "FIRST_SPAN", 7)
    monkeypatch.setattr(index, "IDS_AT_A_TIME", 3)


def test_search_finds_the_same_as_in_json_files(database: DatabaseStore, tmp_path: Path) -> None:
    chance = random.Random(7)
    logs = [database.open("lobby"), JsonFileStore(tmp_path / "storage", clock=impatient()).open("lobby")]
    while logs[0].last_id < MESSAGES:
        drafts = [draft(chance, logs[0].last_id) for _ in range(20)]
        for log in logs:
            log.append(drafts)
    searches = [RoomSearch(log) for log in logs]
    found = 0
    for _ in range(QUERIES):
        query = random_query(chance)
        ours, json = (hits(search, query) for search in searches)
        assert ours == json == naive(logs[0], query), query
        found += len(ours)
    assert found > QUERIES, "most queries find something"


def draft(chance: random.Random, last_id: int) -> Draft:
    name = chance.choice(NAMES)
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(hours=last_id)
    timestamp = chance.choice([moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), moment.isoformat()])
    said = {"author": name, "username": name, "timestamp": timestamp}
    if last_id > 5 and chance.random() < 0.3:
        target = chance.randrange(2, last_id)
        if chance.random() < 0.3:
            return Draft(type="delete", target=target, **said)
        return Draft(type="edit", target=target, message=text(chance), **said)
    return Draft(message=text(chance), **said)


def text(chance: random.Random) -> str:
    return chance.choice(["", " "]).join(chance.choice(PARTS) for _ in range(chance.randrange(1, 6)))


def random_query(chance: random.Random) -> Query:
    while True:
        said = text(chance)
        start = chance.randrange(len(said))
        words = [said[start : start + chance.randrange(1, 8)], *chance.sample(FILTERS, chance.choice([0, 0, 1, 2]))]
        try:
            query = parse_query(" ".join(words[chance.choice([0, 0, 0, 1]) :]))
        except QueryError:
            continue
        if not query.is_empty:
            return query


def hits(search: RoomSearch, query: Query) -> list[int]:
    """Page by page, each with a small budget of its own."""
    while search.advance():
        pass
    ids: list[int] = []
    below: int | None = None
    while below != 0:
        snapshot = search.snapshot()
        assert snapshot is not None
        found = find(snapshot, query, below, Budget(1), 4)
        snapshot.close()
        below = found.below
        ids += [each.record.id for each in search.verified(query, found.ids)]
    return ids


def naive(log: RoomLog, query: Query) -> list[int]:
    search = RoomSearch(log)
    ids: list[int] = []
    below: int | None = None
    while below != 0:
        found = search.read(query, below, Budget(), 10_000)
        ids, below = ids + found.ids, found.below
    return ids
