"""What is searched of the messages of a room: a table of its own, which is filled when somebody searches the room.

To keep the index of trigrams costs more than to store the message. So the path of a message does not wait for it: the
table is continued in pieces, like the search cache of a JSON file. An edit changes the row that is there, a delete
removes it, both in their own transaction. Whoever continues the table locks the messages of its piece against these.

The index (pg_trgm) knows trigrams. A Chinese word of two characters has none; so every character of a script without
blanks between its words is written twice, here and in what is looked for. Then two characters have two trigrams.
"""

import re
from collections.abc import Sequence

import msgspec

from chat.storage.database.connections import HERE, Connections, Statement, Transaction
from chat.storage.database.reading import WITH_EDIT
from chat.text.folding import fold

PIECE_MESSAGES = 300
INDEX = "chat_search_text_trigrams"
_TEXTS = "e.id, coalesce(x.message, e.message), e.username, e.timestamp"
_PIECE = (
    "where e.room_id = %s and e.id > %s and e.id <= %s and e.type = 'message' and e.message is not null"
    f" order by e.id limit {PIECE_MESSAGES}"
)
_unspaced = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)


def searched_text(message: str, username: str | None) -> str:
    """The row of a message: its folded text, and its author's folded name on a line below."""
    return f"{doubled(fold(message))}\n{doubled(fold(username or ''))}\n"


def doubled(folded: str) -> str:
    """A folded text with every character of a script without blanks written twice."""
    return folded if folded.isascii() else _unspaced.sub(r"\g<0>\g<0>", folded)


class SearchTexts:
    """The table for one room. Thread-safe. Methods raise `StorageError`."""

    def __init__(self, connections: Connections, room: str) -> None:
        self._connections = connections
        self._room = room

    def has_index(self) -> bool:
        """Whether an index finds what `contains` asks for, if it has three characters. The owner may make it later."""
        if not self._connections.dialect.has_trigrams:
            return False
        return bool(self._connections.read(self._room, Statement(f"select to_regclass('{INDEX}')"))[0][0][0])

    def contains(self, text: str) -> Statement:
        """The condition that a row contains a text."""
        return self._connections.sql("{contains}", self._connections.dialect.pattern(text))

    def matching(self, conditions: Sequence[Statement], first: int, below: int, limit: int) -> list[int]:
        """The ids of messages from one id to another whose rows meet all conditions, falling."""
        where = "".join(f" and {each.sql}" for each in conditions)
        sql = (
            f"select t.id from chat_search_text t where t.room_id = {HERE} and t.id >= %s and t.id < %s{where}"
            f" order by t.id desc limit {limit}"
        )
        values = [value for each in conditions for value in each.values]
        statement = Statement(sql, (self._room, first, below, *values), is_planned_anew=True)
        return [row[0] for row in self._connections.read(self._room, statement)[0]]

    def advance(self) -> int:
        """Fill the next piece; returns the id up to which the table is filled by now."""
        return self._connections.write(self._room, self._advance, may_repeat=True)

    def _advance(self, transaction: Transaction) -> int:
        _, place = transaction.run(
            Statement(
                "insert into chat_searched_room (room_id, through) select id, 1 from chat_room where slug = %s"
                " on conflict (room_id) do nothing",
                (self._room,),
            ),
            self._connections.sql(
                "select s.room_id, s.through, r.last_id from chat_searched_room s join chat_room r on r.id = s.room_id"
                " where r.slug = %s {update_s}",
                self._room,
            ),
        )
        if not place:
            return 0
        room, through, last_id = map(int, place[0])
        if through >= last_id:
            return through
        # The locks first, in a statement of their own: one that has waited for an edit does not see its text.
        selects = (f"e.id from chat_event e {_PIECE} {{share_e}}", f"{_TEXTS} from {WITH_EDIT} {_PIECE}")
        _, rows = transaction.run(
            *(self._connections.sql(f"select {each}", room, through, last_id) for each in selects)
        )
        through = int(rows[-1][0]) if len(rows) == PIECE_MESSAGES else last_id
        texts = [
            {"id": record_id, "search": searched_text(message, username), "timestamp": timestamp}
            for record_id, message, username, timestamp in rows
        ]
        transaction.commit(
            self._connections.sql(
                "insert into chat_search_text (room_id, id, search, timestamp)"
                " select %s, t.id, t.search, t.timestamp from {texts}",
                *(room, msgspec.json.encode(texts).decode()),
            ),
            Statement("update chat_searched_room set through = %s where room_id = %s", (through, room)),
        )
        return through
