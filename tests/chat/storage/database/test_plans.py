"""What PostgreSQL plans while a room is empty finds one event by its key, also when the room has grown."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from chat.storage import Draft
from chat.storage.database.connections import Statement
from chat.storage.database.log import DatabaseLog
from tests.support.servers.postgres_server import PostgresServer
from tests.support.storage.databases import database_store
from tests.support.storage.expected_history import said

ROUNDS = 8  # psycopg prepares a statement when it comes for the fifth time
_whole_room = re.compile(
    r"on chat_event\b.*(\n.*Cond.*)*\n.*Filter: .*\b(id|target|author|client_id) = |Seq Scan on chat_event"
)


@pytest.fixture
def log(postgres: PostgresServer, tmp_path: Path) -> Iterator[DatabaseLog]:
    store = database_store(postgres.new_database(), tmp_path)
    yield store.open("lobby")
    store.close()


def _talk(log: DatabaseLog, number: int) -> None:
    [first, second] = log.append([said(f"{number}", f"{number} 1"), said(f"{number}", f"{number} 2")])
    assert first.record, "it is stored"
    assert second.record, "it is stored"
    edit = Draft(type="edit", author="alice", username="alice", target=first.record.id, message="edited")
    reaction = msgspec.structs.replace(edit, type="reaction", message=None, emoji="👍", on=True)
    answer = Draft(author="alice", username="alice", message="an answer", reply_to=second.record.id)
    delete = msgspec.structs.replace(edit, type="delete", message=None)
    for place, draft in enumerate((edit, reaction, answer, delete)):
        log.append([msgspec.structs.replace(draft, client_id=f"{number} {place} later")])
    log.items()
    log.items(before=5)
    log.page(after=2)
    log.message(second.record.id)
    log.texts(second.record.id)


def _plans(log: DatabaseLog) -> dict[str, str]:
    """Of each statement that is prepared, for any values."""
    connection = log._connections._idle.get_nowait()._connection  # type: ignore[attr-defined]
    connection.execute("set plan_cache_mode = force_generic_plan")
    found = connection.execute("select name, statement, cardinality(parameter_types) from pg_prepared_statements")
    plans = {}
    for name, statement, count in found.fetchall():
        if "chat_event" in statement:
            values = f"({', '.join(['null'] * count)})" if count else ""
            plans[statement] = "\n".join(row[0] for row in connection.execute(f"explain execute {name}{values}"))
    connection.close()
    return plans


@pytest.mark.parametrize("analyzed_with", [None, 60])
def test_an_event_is_found_by_its_key_by_a_plan_for_an_empty_room(log: DatabaseLog, analyzed_with: int | None) -> None:
    """Regression: an edit read its whole room several times until the tables were analyzed, at most a minute later."""
    if analyzed_with:
        log.append([said("early", f"early {number}") for number in range(analyzed_with)])
        log._connections.read("lobby", Statement("vacuum analyze"))
    for number in range(ROUNDS):
        _talk(log, number)
    plans = _plans(log)
    assert len(plans) > 8
    assert {each: plan for each, plan in plans.items() if _whole_room.search(plan)} == {}
