"""A room as its row has it. Whoever writes locks the row first: it is the lock of the room, and counts its ids."""

import time
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from chat.storage import ROOM_RECORD_ID, RoomInfo, Tally
from chat.storage.database.connections import Connections, Statement, Transaction
from chat.storage.errors import NameTaken, StorageFull
from chat.storage.numbering import Setting
from chat.storage.quota import Quota
from chat.storage.timestamps import now
from chat.text.confusables import is_like_room
from chat.text.names import LOBBY, confusable_room

TOPIC, ROOM_NAME = "topic", "room_name"
ROW_COLUMNS = (
    "id, slug, name, name_id, topic, topic_id, epoch, created, last_id, compacted_id, messages, cleared, size,"
    " changed_ns"
)


class RoomRow(NamedTuple):
    """One row of `chat_room`."""

    key: int
    slug: str
    name: str
    name_id: int
    topic: str
    topic_id: int
    epoch: str
    created: str
    last_id: int
    compacted_id: int
    messages: int
    cleared: int
    size: int
    changed_ns: int

    @property
    def settings(self) -> dict[str, Setting]:
        """By the type of the event that sets them."""
        return {TOPIC: Setting(self.topic, self.topic_id), ROOM_NAME: Setting(self.name, self.name_id)}

    @property
    def tally(self) -> Tally:
        """The counts of its messages."""
        return Tally(self.last_id, self.messages, self.cleared)

    @property
    def info(self) -> RoomInfo:
        """Its line in the room list."""
        return RoomInfo(self.slug, self.name, self.tally, self.changed_ns)


def new_row(slug: str, name: str, epoch: str) -> RoomRow:
    """A room that is not stored yet."""
    first = ROOM_RECORD_ID
    return RoomRow(0, slug, name, first, "", first, epoch, now(), first, 0, 0, 0, 0, time.time_ns())


def select_row(connections: Connections, slug: str) -> Statement:
    """The row of a room."""
    return connections.sql(f"select {ROW_COLUMNS} from chat_room where slug = %s", slug)


def select_all(connections: Connections) -> Statement:
    """The rows of all rooms."""
    return connections.sql(f"select {ROW_COLUMNS} from chat_room")


def lock_row(connections: Connections, slug: str) -> Statement:
    """The same, locked until the end of the transaction."""
    return connections.sql(f"select {ROW_COLUMNS} from chat_room where slug = %s {{for_update}}", slug)


def check_name(connections: Connections, transaction: Transaction, slug: str, name: str) -> None:
    """Refuse a name of a room that looks like that of another. Raises `NameTaken`.

    No other process stores a name until this transaction ends. It has the lock of the room's row, and waits for no
    other row.
    """
    _, others = transaction.run(
        connections.sql("{lock_names}"), connections.sql("select slug, name from chat_room where slug <> %s", slug)
    )
    for address, other in others:
        if is_like_room(name, address, other):
            raise NameTaken(slug, confusable_room(other))


def create_row(connections: Connections, transaction: Transaction, row: RoomRow, quota: Quota) -> bool:
    """Add a room; False if it is there, perhaps by now. Raises `StorageFull`, `NameTaken`."""
    values = ", ".join(["%s"] * (len(row) - 1))
    names = ROW_COLUMNS.removeprefix("id, ")
    [added, [(count,)]] = transaction.run(
        connections.sql(
            f"insert into chat_room ({names}) values ({values}) on conflict (slug) do nothing returning id", *row[1:]
        ),
        connections.sql("select count(*) from chat_room where slug <> %s", LOBBY),
    )
    if added and quota.max_rooms and row.slug != LOBBY and count > quota.max_rooms:
        raise StorageFull(row.slug, _("there are as many rooms as there may be"))
    if added and quota.unlike_names and row.slug != LOBBY:
        check_name(connections, transaction, row.slug, row.name)
    return bool(added)


def update_row(connections: Connections, row: RoomRow) -> Statement:
    """Store what has changed of a row, whose lock is held."""
    return connections.sql(
        "update chat_room set name = %s, name_id = %s, topic = %s, topic_id = %s, last_id = %s, compacted_id = %s,"
        " messages = %s, cleared = %s, size = %s, changed_ns = %s where id = %s",
        *(row.name, row.name_id, row.topic, row.topic_id, row.last_id, row.compacted_id),
        *(row.messages, row.cleared, row.size, time.time_ns(), row.key),
    )
