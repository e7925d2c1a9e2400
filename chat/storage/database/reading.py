"""Statements that read events as they were stored, and messages as they are now."""

from collections.abc import Iterable, Sequence

import msgspec

from chat.storage import FoldedMessage, HistoryPage, Item, Record, RecordPage, Reply
from chat.storage.database.connections import HERE, Connections, Row, Statement
from chat.storage.database.rows import COLUMNS, WIDTH, record_of
from chat.storage.folding import EXCERPT_CHARACTERS, MessageState, reply_to
from chat.storage.records import MAX_ID

MAX_PAGE_BYTES = 2**19  # of the texts in one page, with `RECORD_BYTES` for each
RECORD_BYTES = 200
_EVENTS = "(e.message is not null or e.type not in ('message', 'edit'))"  # and not what is deleted
_ITEMS = "e.type not in ('edit', 'delete', 'reaction') and (e.message is not null or e.type <> 'message')"
# A message with its newest text and its time, and its reactions, behind `COLUMNS`. All in one statement, which is one
# snapshot: a reaction that is newer than `rev` would be counted twice by clients.
_STATE = f"{COLUMNS}, e.rev, x.message as newest, x.timestamp as edited, {{reactions}} as reactions"
_STATE_LENGTH = "{length}(coalesce(newest, '')) + {length}(coalesce(reactions, ''))"
WITH_EDIT = "chat_event e {edit_x}"
_reactions = msgspec.json.Decoder(list[tuple[str, str, str]])  # emoji, author and username, in the order to show them


class Reader:
    """Reads one room. Methods raise `StorageError`."""

    def __init__(self, connections: Connections, room: str) -> None:
        self._connections = connections
        self._room = room

    def page(self, before: int | None, after: int | None, limit: int) -> RecordPage:
        """At most `limit` events next to an id, or the newest; fewer if they are long, but at least one."""
        rows = self._read(self.page_statement(before, after, limit))
        found, complete = _that_fit(rows, limit, newest=after is None)
        return RecordPage([record_of(row) for row in found], complete)

    def page_statement(self, before: int | None, after: int | None, limit: int) -> Statement:
        """What `page` reads."""
        return self._part(COLUMNS, "", "0", _EVENTS, before, after, limit)

    def items(self, before: int | None, after: int | None, limit: int) -> HistoryPage:
        """At most `limit` messages as they are now, and other events."""
        rows = self._read(self._part(_STATE, "{edit_x}", _STATE_LENGTH, _ITEMS, before, after, limit))
        found, complete = _that_fit(rows, limit, newest=after is None)
        return HistoryPage(self._items(found), complete)

    def message(self, message_id: int) -> FoldedMessage | None:
        """One message as it is now."""
        items = self._items(self._read(select_states(self._connections, self._room, [message_id])))
        return next((item for item in items if isinstance(item, FoldedMessage)), None)

    def texts(self, message_id: int) -> list[Record]:
        """A message and its edits, as they were stored; the newest of them if they are long."""
        length = f"{RECORD_BYTES} + {{length}}(e.message)"
        edits = (
            f"select * from (select {COLUMNS}, {length} as own, sum({length}) over (order by e.id desc) as total"
            f" from chat_event e where e.room_id = {HERE} and e.target = %s and e.type = 'edit'"
            f" and e.message is not null) part where total = own or total <= {MAX_PAGE_BYTES} order by id"
        )
        message = f"select {COLUMNS}, {length} from {{events_e}} where e.type = 'message' and e.message is not null"
        sql, ids = self._connections.sql, self._connections.dialect.list_of([message_id])
        messages, later = self._connections.read(
            self._room, sql(message, ids, self._room), sql(edits, self._room, message_id)
        )
        if messages and later and messages[0][-1] + later[0][-1] > MAX_PAGE_BYTES:
            return [record_of(row) for row in later]
        return [record_of(row) for row in (*messages, *later)] if messages else []

    def _read(self, statement: Statement) -> list[Row]:
        return self._connections.read(self._room, statement)[0]

    def _part(
        self, columns: str, join: str, length: str, condition: str, before: int | None, after: int | None, limit: int
    ) -> Statement:
        """Rows next to an id, one more than `limit` or than are to fit; the last column is their length together."""
        order = "desc" if after is None else "asc"
        bounds = {sign: _bound(at) for sign, at in (("<", before), (">", after)) if at is not None}
        in_bounds = " ".join(f"and e.id {sign} %s" for sign in bounds)
        own = f"{RECORD_BYTES} + {{length}}(coalesce(message, '')) + {length}"
        # The limit is in the innermost part: so the rows are found by their key, also without statistics of the table.
        # That around it keeps PostgreSQL from computing a column for each place that names it.
        sql = (
            f"select * from (select found.*, {own} as own, sum({own}) over (order by id {order}) as total from"
            f" (select {columns} from (select * from chat_event e where e.room_id = {HERE} {in_bounds} and {condition}"
            f" order by e.id {order} limit {limit + 1}) e {join} limit {limit + 1}) found) part"
            f" where total - own < {MAX_PAGE_BYTES} order by part.id {order}"
        )
        return self._connections.sql(sql, self._room, *bounds.values())

    # Messages as they are now

    def _items(self, rows: Sequence[Row]) -> list[Item]:
        """The items of rows of messages and other events, in their order."""
        states = states_of((row for row in rows if row[1] == "message"), ())
        messages = {each: folded for each, state in states.items() if (folded := state.folded()) is not None}
        shown = {**messages, **self._with_replies(messages)}
        items = (shown.get(row[0]) if row[1] == "message" else record_of(row) for row in rows)
        return [item for item in items if item is not None]

    def _with_replies(self, messages: dict[int, FoldedMessage]) -> dict[int, FoldedMessage]:
        """Those of these messages that answer others, with what is shown of these."""
        answers = {each: it.record.reply_to for each, it in messages.items() if it.record.reply_to is not None}
        replies = self._replies(set(answers.values())) if answers else {}
        return {each: msgspec.structs.replace(messages[each], reply=replies[to]) for each, to in answers.items()}

    def _replies(self, targets: Iterable[int]) -> dict[int, Reply]:
        found = {target: reply_to(target, None) for target in targets}
        sql = (
            f"select {COLUMNS}, substr(coalesce(x.message, e.message), 1, {EXCERPT_CHARACTERS}) from {{events_e}}"
            " {edit_x} where e.type = 'message'"
        )
        ids = self._connections.dialect.list_of(sorted(found))
        for row in self._read(self._connections.sql(sql, ids, self._room)):
            record = msgspec.structs.replace(record_of(row), message=row[WIDTH])
            found[record.id] = reply_to(record.id, record)
        return found


def select_states(connections: Connections, room: str, ids: Sequence[int], *, with_reactions: bool = True) -> Statement:
    """Messages with what `states_of` needs, also deleted ones."""
    columns = _STATE if with_reactions else _STATE.format_map({"reactions": "null"})
    return connections.sql(
        f"select {columns} from {{events_e}} {{edit_x}} where e.type = 'message'",
        connections.dialect.list_of(ids),
        room,
    )


def select_deletes(connections: Connections, room: str, messages: Sequence[int]) -> Statement:
    """The deletes of those of these messages that are stored; a compaction drops the message, and keeps its delete."""
    return connections.sql(
        f"select {COLUMNS.replace('e.', 'd.')} from {{events_e}} {{delete_d}}",
        connections.dialect.list_of(messages),
        room,
    )


def states_of(messages: Iterable[Row], deletes: Iterable[Row]) -> dict[int, MessageState]:
    """Messages with their amendments, by id. The deletes are of these messages."""
    states = {row[0]: _state_of(row) for row in messages}
    for row in deletes:
        delete = record_of(row)
        states[delete.target or 0].deletion = delete
    return states


def _state_of(row: Row) -> MessageState:
    record, (rev, text, edited, reactions) = record_of(row), row[WIDTH : WIDTH + 4]
    state = MessageState(record if text is None else msgspec.structs.replace(record, message=text))
    state.rev, state.edited = rev or record.id, edited
    for emoji, author, username in _reactions.decode(reactions) if reactions else ():
        state.reactions.setdefault(emoji, {})[author] = username
    return state


def _that_fit(rows: Sequence[Row], limit: int, *, newest: bool) -> tuple[Sequence[Row], bool]:
    """Those of the rows of a part that fit on a page, in the order of their ids, and whether these are all."""
    fitting = [row for place, row in enumerate(rows[:limit]) if not place or row[-1] <= MAX_PAGE_BYTES]
    return (fitting[::-1] if newest else fitting), len(fitting) == len(rows)


def _bound(number: int) -> int:
    """The same border, as a number that every database takes."""
    return max(-1, min(number, MAX_ID + 1))
