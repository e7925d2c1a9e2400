"""A room of another store becomes one of the database: the same epoch, ids and times, a part in each transaction."""

import uuid
from collections.abc import Iterable, Iterator
from functools import partial

from chat.storage import ROOM_RECORD_ID, Record, StorageUnavailable, Tally
from chat.storage.database import owner
from chat.storage.database.batch import StoredRoom, insert, row_after
from chat.storage.database.connections import Connections, Statement, Transaction
from chat.storage.database.room_row import RoomRow, create_row, lock_row, new_row, update_row
from chat.storage.quota import Quota
from chat.storage.records import AMENDMENTS, AnyRecord

PART_EVENTS = 2000  # stored in one transaction
PART_CHARACTERS = 2**21  # of their texts


def receive(
    connections: Connections, room: str, head: Record, tally: Tally, events: Iterable[Record], *, after: int
) -> None:
    """See `ReceivingStore.receive`."""
    epoch = head.epoch or ""
    if not after:
        connections.write(room, lambda transaction: _begin(connections, transaction, room, head))
        after = ROOM_RECORD_ID
    for part in _parts(event for event in events if event.id > after):
        connections.write(room, partial(_add, connections, room=room, epoch=epoch, part=part))
    connections.write(room, lambda transaction: _finish(connections, transaction, room, head, tally))
    _analyze(connections, room)


def fill(connections: Connections, room: str, name: str, topic: str, events: Iterable[AnyRecord]) -> bool:
    """See `ReceivingStore.fill`. An interrupted one leaves the parts that were stored."""
    row = new_row(room, name, uuid.uuid4().hex)._replace(topic=topic)

    def create(transaction: Transaction) -> bool:
        is_new = create_row(connections, transaction, row, Quota())
        transaction.commit()
        return is_new

    if not connections.write(room, create):
        return False
    for part in _parts(events):
        connections.write(room, partial(_add, connections, room=room, epoch=row.epoch, part=part))
    _analyze(connections, room)
    return True


def _analyze(connections: Connections, room: str) -> None:
    # Until the database has looked at its tables, a page of a room that was just filled takes ten times as long.
    connections.write(room, _analyze_tables, may_repeat=True)


def _begin(connections: Connections, transaction: Transaction, room: str, head: Record) -> None:
    """An empty room under the epoch of the other store."""
    transaction.wait_longer()
    [rows] = transaction.run(lock_row(connections, room))
    if rows:
        transaction.run(*owner.removal(rows[0][0]))
    row = new_row(room, head.name or room, head.epoch or "")
    create_row(connections, transaction, row._replace(topic=head.topic or "", created=head.timestamp), Quota())
    transaction.commit()


def _parts(events: Iterable[AnyRecord]) -> Iterator[list[AnyRecord]]:
    part: list[AnyRecord] = []
    characters = 0
    for event in events:
        part.append(event)
        characters += len(event.message or "")
        if len(part) >= PART_EVENTS or characters >= PART_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _add(connections: Connections, transaction: Transaction, *, room: str, epoch: str, part: list[AnyRecord]) -> None:
    row = _locked(connections, transaction, room, epoch)
    if part[0].id <= row.last_id:
        raise StorageUnavailable(room, "somebody else stores events in this room", connections.dialect.location)
    stored = StoredRoom(connections, transaction, row)
    stored.look_for([event for event in part if event.type in AMENDMENTS])
    row = row_after(row, part)
    transaction.commit(*insert(connections, row, part, stored), update_row(connections, row))


def _finish(connections: Connections, transaction: Transaction, room: str, head: Record, tally: Tally) -> None:
    row = _locked(connections, transaction, room, head.epoch or "")
    row = row._replace(compacted_id=head.compacted or 0, messages=tally.messages, cleared=tally.cleared)
    transaction.commit(update_row(connections, row))


def _analyze_tables(transaction: Transaction) -> None:
    transaction.wait_longer()
    transaction.commit(*(Statement(f"analyze {table}") for table in ("chat_room", "chat_event", "chat_reaction")))


def _locked(connections: Connections, transaction: Transaction, room: str, epoch: str) -> RoomRow:
    transaction.wait_longer()
    [rows] = transaction.run(lock_row(connections, room))
    if not rows or RoomRow(*rows[0]).epoch != epoch:
        raise StorageUnavailable(room, "another room has taken its place", connections.dialect.location)
    return RoomRow(*rows[0])
