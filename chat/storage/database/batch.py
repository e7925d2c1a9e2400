"""One batch: what its drafts are checked against, and how its records are written."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from chat.storage import Draft, Record
from chat.storage.database.connections import HERE, Connections, Row, Statement, Transaction
from chat.storage.database.reading import select_deletes, select_states, states_of
from chat.storage.database.room_row import ROOM_NAME, TOPIC, RoomRow
from chat.storage.database.rows import COLUMNS, INSERT, ROW_BYTES, payload, record_of
from chat.storage.database.search_texts import searched_text
from chat.storage.folding import MessageState
from chat.storage.records import AMENDMENTS, AnyRecord


class StoredRoom:
    """A room in front of a batch (chat/storage/numbering.py), under its lock.

    What the drafts name is read with one round trip; the rest, which is rare, when it is asked for.
    """

    def __init__(self, connections: Connections, transaction: Transaction, row: RoomRow) -> None:
        self.last_id = row.last_id
        self.settings = row.settings
        self._connections = connections
        self._transaction = transaction
        self._room = row.slug
        self._repeats: dict[tuple[str | None, str | None], Record] = {}
        self._states: dict[int, MessageState | None] = {}
        self._types: dict[int, str] = {}
        self._reacting: set[str] = set()  # authors

    def take_repeats(self, rows: Iterable[Row]) -> None:
        """Note what is stored with the client_ids of the batch: the rows of `select_repeats`."""
        self._repeats = {(row[2], row[6]): record_of(row) for row in rows}

    def look_for(self, drafts: Sequence[Draft | AnyRecord]) -> None:
        """Read what the drafts amend and answer."""
        targets = {each.target for each in drafts if each.type in AMENDMENTS and each.target}
        self._reacting = {each.author for each in drafts if each.type == "reaction" and each.author}
        answered = {each.reply_to for each in drafts if each.reply_to}
        if targets or answered:
            types = self._connections.sql(
                "select e.id, e.type from {events_e}",
                self._connections.dialect.list_of(sorted(answered)),
                self._room,
            )
            *found, rows = self._transaction.run(*self._of_states(targets), types)
            self._note_states(targets, found)
            self._types = dict(rows)

    def find(self, author: str, client_id: str) -> Record | None:
        """The record that is stored with this client_id."""
        return self._repeats.get((author, client_id)) if self._repeats else None

    def state(self, message_id: int) -> MessageState | None:
        """A message with its amendments, also if it is deleted."""
        if message_id not in self._states:
            self._note_states({message_id}, self._transaction.run(*self._of_states({message_id})))
        return self._states[message_id]

    def is_other(self, record_id: int) -> bool:
        """Whether this is the id of a record that is no message."""
        return self._types.get(record_id, "message") != "message"

    def _of_states(self, ids: Iterable[int]) -> list[Statement]:
        targets, here = sorted(ids), (self._connections, self._room)
        reactions = _select_kinds(*here, targets, sorted(self._reacting))
        return [select_states(*here, targets, with_reactions=False), reactions, select_deletes(*here, targets)]

    def _note_states(self, ids: Iterable[int], found: Sequence[Sequence[Row]]) -> None:
        messages, reactions, deletes = found
        self._states.update(dict.fromkeys(ids))
        self._states.update(states_of(messages, deletes))
        for target, emoji, author, username in reactions:
            if (state := self._states.get(target)) is not None:
                state.reactions.setdefault(emoji, {})[author] = username

    def username_of(self, message_id: int) -> str | None:
        """The author's name of a message that was read."""
        state = self._states.get(message_id)
        return None if state is None else state.record.username


def select_repeats(connections: Connections, room: str, drafts: Iterable[Draft]) -> list[Statement]:
    """What is stored with the client_ids of drafts; no statement if there are none."""
    keys = [{"author": each.author, "client_id": each.client_id} for each in drafts if each.client_id is not None]
    if not keys:
        return []
    return [connections.sql(f"select {COLUMNS} from {{repeats}}", msgspec.json.encode(keys).decode(), room)]


def _select_kinds(connections: Connections, room: str, messages: Sequence[int], authors: Sequence[str]) -> Statement:
    """The reactions of some authors, and of somebody else for each emoji: a message may have ten thousands.

    The emoji are found one after the other, each by a step in the primary key.
    """
    of_message = f"from chat_reaction r where r.room_id = {HERE} and r.target ="
    sql = f"""
        with recursive kinds(target, emoji) as (
            select e.id, (select min(r.emoji) {of_message} e.id)
            from {{events_e}}
            union all
            select k.target, (select min(r.emoji) {of_message} k.target and r.emoji > k.emoji)
            from kinds k where k.emoji is not null
        ), found(target, emoji, author) as (
            select k.target, k.emoji, r.author from kinds k join chat_reaction r
            on r.room_id = {HERE} and r.target = k.target and r.emoji = k.emoji and r.author {{among}}
            union all
            select k.target, k.emoji,
                (select min(r.author) {of_message} k.target and r.emoji = k.emoji and not r.author {{among}})
            from kinds k where k.emoji is not null
        )
        select target, emoji, author, '' from found where author is not null
    """
    its, theirs = connections.dialect.list_of(messages), connections.dialect.list_of(authors)
    return connections.sql(sql, room, its, room, room, room, theirs, room, theirs)


def insert(connections: Connections, row: RoomRow, records: Sequence[AnyRecord], stored: StoredRoom) -> list[Statement]:
    """The statements that add records and fold amendments in; what is deleted loses its words."""
    usernames = {each.id: each.username for each in records if each.type == "message"}
    statements = [connections.sql(INSERT, row.key, payload(records))]
    # In the order of their rows, as search_texts.py locks these: otherwise each could wait for the other.
    amendments = [
        each for each in records if isinstance(each, Record) and each.type in AMENDMENTS and not _is_blank(each)
    ]
    for record in sorted(amendments, key=lambda it: it.target or 0):
        target = record.target or 0
        username = usernames[target] if target in usernames else stored.username_of(target)
        statements += [connections.sql(sql, *values) for sql, values in _AMEND[record.type](row.key, record, username)]
    return statements


def _is_blank(record: AnyRecord) -> bool:
    """Whether this is what is left of the edit of a deleted message."""
    return record.type == "edit" and record.message is None


def row_after(row: RoomRow, records: Sequence[AnyRecord]) -> RoomRow:
    """The room's row behind these records."""
    for record in records:
        if record.type == TOPIC:
            row = row._replace(topic=record.topic or "", topic_id=record.id)
        elif record.type == ROOM_NAME:
            row = row._replace(name=record.name or "", name_id=record.id)
    messages = sum(record.type == "message" for record in records)
    size = sum(ROW_BYTES + len((record.message or "").encode()) for record in records)
    return row._replace(last_id=records[-1].id, messages=row.messages + messages, size=row.size + size)


Changes = list[tuple[str, tuple[object, ...]]]


def _edit(room: int, edit: Record, username: str | None) -> Changes:
    here = (room, edit.target)
    searched = searched_text(edit.message or "", username)
    return [
        ("update chat_event set rev = %s, edit = %s where room_id = %s and id = %s", (edit.id, edit.id, *here)),
        ("update chat_search_text set search = %s where room_id = %s and id = %s", (searched, *here)),
    ]


def _delete(room: int, delete: Record, username: str | None) -> Changes:
    here = (room, delete.target)
    without_words = "update chat_event set username = null, message = null"
    return [
        (f"{without_words} where room_id = %s and target = %s and type = 'edit'", here),
        (
            f"{without_words}, edit = null, rev = %s, deletion = %s where room_id = %s and id = %s",
            (delete.id, delete.id, *here),
        ),
        ("delete from chat_reaction where room_id = %s and target = %s", here),
        ("delete from chat_search_text where room_id = %s and id = %s", here),
    ]


def _react(room: int, reaction: Record, username: str | None) -> Changes:
    of_emoji = "from chat_reaction where room_id = %s and target = %s and emoji = %s"  # all with the same `since`
    key = (room, reaction.target, reaction.emoji)
    add = (
        "insert into chat_reaction (room_id, target, emoji, author, username, id, since)"
        f" values (%s, %s, %s, %s, %s, %s, coalesce((select since {of_emoji} limit 1), %s)) on conflict do nothing",
        (*key, reaction.author, reaction.username, reaction.id, *key, reaction.id),
    )
    remove = (f"delete {of_emoji} and author = %s", (*key, reaction.author))
    rev = "update chat_event set rev = %s where room_id = %s and id = %s"
    return [add if reaction.on else remove, (rev, (reaction.id, room, reaction.target))]


_AMEND: Mapping[str, Callable[[int, Record, str | None], Changes]] = {
    "edit": _edit,
    "delete": _delete,
    "reaction": _react,
}
