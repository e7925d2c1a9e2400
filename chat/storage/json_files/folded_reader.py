"""Reads messages as they are now: with their amendments folded in, few reads for a page, and none of them twice."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from chat.storage import FoldedMessage, HistoryPage, Item, Record, Reply
from chat.storage.folding import MessageState, fold, reply_to
from chat.storage.json_files import kinds
from chat.storage.json_files.amendments import positions
from chat.storage.json_files.index import Index
from chat.storage.json_files.reader import MAX_PAGE_BYTES, CacheUnfit, RecordReader
from chat.storage.records import AMENDMENTS

TEXTS_AT_ONCE = 16  # messages that are read together for the excerpts of replies: their texts may be long


class FoldedReader:
    """Reads one file by one index. Methods raise as those of `RecordReader`."""

    def __init__(self, reader: RecordReader, index: Index) -> None:
        self._reader = reader
        self._index = index

    def items(self, before: int | None, after: int | None, limit: int) -> HistoryPage:
        """A page of messages and of events that amend none; at least one of them, if there is any."""
        start, stop = self._reader.bounds(before, after)
        found = self._index.select(kinds.items, start, stop, limit + 1, newest=after is None)
        chosen = self._that_fit(found[-limit:] if after is None else found[:limit], newest=after is None)
        return HistoryPage(self._items(chosen), complete=len(chosen) == len(found))

    def message(self, message_id: int) -> FoldedMessage | None:
        """The message with this id; None if there is none, or if it is deleted."""
        position = self._index.message(message_id)
        items = [] if position is None else self._items([position])
        return next((item for item in items if isinstance(item, FoldedMessage)), None)

    def texts(self, message_id: int) -> list[Record]:
        """The record of a message and its edits; the newest of them if they do not fit on a page."""
        position = self._index.message(message_id)
        if position is None or self._index.kinds[position] != kinds.MESSAGE:
            return []
        chosen = [position, *self._edits(position)]
        return self._reader.records(chosen[-self._count_that_fit(map(self._size, reversed(chosen))) :])

    # Pages

    def _that_fit(self, chosen: list[int], *, newest: bool) -> list[int]:
        """The last or first of these positions, as many as fit on a page with what is read for them."""
        count = self._count_that_fit(map(self._cost, reversed(chosen) if newest else chosen))
        return chosen[len(chosen) - count :] if newest else chosen[:count]

    def _count_that_fit(self, sizes: Iterable[int]) -> int:
        """How many of these sizes fit on a page; one in any case."""
        left, count = MAX_PAGE_BYTES, 0
        for size in sizes:
            left -= size
            if left < 0 and count:
                break
            count += 1
        return count

    def _cost(self, position: int) -> int:
        """Bytes that an item takes on a page, or that are read for it."""
        state = self._index.states.get(position)
        kept = 0 if state is None else len(state.record.message or "")
        return kept + sum(map(self._size, self._unread(position, state)))

    def _size(self, position: int) -> int:
        return self._reader.end_of(position) - self._index.offsets[position]

    def _items(self, chosen: Sequence[int]) -> list[Item]:
        """The items at these positions, without those that are deleted or cannot be read."""
        is_message = {position: self._index.kinds[position] in kinds.MESSAGES for position in chosen}
        others = self._reader.by_position([position for position in chosen if not is_message[position]])
        states = self.states([position for position in chosen if is_message[position]])
        folded = {position: message for position, state in states.items() if (message := state.folded()) is not None}
        replies = self._replies({message.record.reply_to for message in folded.values()} - {None}, folded)
        for position, message in folded.items():
            if message.record.reply_to is not None:
                folded[position] = msgspec.structs.replace(message, reply=replies[message.record.reply_to])
        return [each for position in chosen if (each := folded.get(position) or others.get(position)) is not None]

    # Replies

    def _replies(self, targets: Iterable[int | None], folded: Mapping[int, FoldedMessage]) -> dict[int, Reply]:
        """What is shown of the messages that are answered, by their ids."""
        places = {target: self._index.message(target) for target in targets if target is not None}
        shown = {place: reply_to(message.record.id, message.record) for place, message in folded.items()}
        unread = sorted({place for place in places.values() if place is not None and place not in shown})
        for start in range(0, len(unread), TEXTS_AT_ONCE):
            for place, record in self._newest_texts(unread[start : start + TEXTS_AT_ONCE]).items():
                shown[place] = reply_to(record.id, record)
        return {
            target: reply_to(target, None) if place is None or place not in shown else shown[place]
            for target, place in places.items()
        }

    def _newest_texts(self, messages: Sequence[int]) -> dict[int, Record]:
        """The records of messages with their newest texts, without those that are deleted."""
        present = [message for message in messages if self._index.kinds[message] == kinds.MESSAGE]
        newest = {message: self._edits(message)[-1:] for message in present}
        records = self._reader.by_position(sorted([*present, *(edit for edits in newest.values() for edit in edits)]))
        return {
            message: _with_text(records[message], [records[edit] for edit in newest[message] if edit in records])
            for message in present
            if message in records
        }

    # One message

    def states(self, messages: Sequence[int]) -> dict[int, MessageState]:
        """The messages at these rising positions, also deleted ones; without those that cannot be read."""
        cached = {message: self._index.states.get(message) for message in messages}
        unread = {message: self._unread(message, state) for message, state in cached.items()}
        records = self._reader.by_position(sorted(position for each in unread.values() for position in each))
        found = {}
        for message in messages:
            state = cached[message] or self._state(message, records)
            if state is not None:
                self._apply(state, message, [records[each] for each in unread[message] if each in records])
                found[message] = state
        return found

    def _unread(self, message: int, state: MessageState | None) -> list[int]:
        """What is to be read of a message that was folded so far."""
        if state is None:
            return [message, *self._needed(positions(self._index.amendments.after(message)))]
        known = self._index.count_through(state.rev) - 1
        return self._needed(positions(self._index.amendments.after(message, known)))

    def _needed(self, amendments: list[int]) -> list[int]:
        """Those of the amendments of one message that tell what it is now: not the edits in front of the last one."""
        if not amendments:
            return amendments
        of_each = bytes(map(self._index.kinds.__getitem__, amendments))
        if (delete := of_each.find(kinds.DELETE)) >= 0:
            return [amendments[delete]]
        newest = of_each.rfind(kinds.EDIT)
        return [each for place, each in enumerate(amendments) if of_each[place] != kinds.EDIT or place == newest]

    def _edits(self, message: int) -> list[int]:
        amendments = positions(self._index.amendments.after(message))
        return [position for position in amendments if self._index.kinds[position] == kinds.EDIT]

    def _state(self, message: int, records: Mapping[int, Record]) -> MessageState | None:
        record = records.get(message)
        if record is not None and record.type != "message":
            raise CacheUnfit  # only a wrong cache says so
        return None if record is None else MessageState(record)

    def _apply(self, state: MessageState, message: int, records: Sequence[Record]) -> None:
        amendments = [record for record in records if record.id != state.record.id]
        for record in amendments:
            if record.type not in AMENDMENTS or record.target != state.record.id:
                raise CacheUnfit
            state.apply(record)
        if amendments and state.deletion is None:
            self._index.states.put(message, state)


def _with_text(message: Record, edits: Iterable[Record]) -> Record:
    folded = fold(message, edits)
    return message if folded is None else folded.record
