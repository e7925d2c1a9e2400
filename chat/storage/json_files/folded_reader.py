"""Reads messages as they are now: with their amendments folded in, few reads for a page, and none of them twice."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

import msgspec

from chat.storage import FoldedMessage, HistoryPage, Item, Record, Reply
from chat.storage.folding import MessageState, fold, reply_to
from chat.storage.json_files import kinds
from chat.storage.json_files.amendments import POSITION_MASK, entry, positions
from chat.storage.json_files.index import Index, first_or_last
from chat.storage.json_files.reader import MAX_PAGE_BYTES, CacheUnfit, RecordReader
from chat.storage.records import AMENDMENTS

AMENDMENTS_AT_ONCE = 4096  # of one message, in memory: about 4 MB. A client can react and take it back all day
FEW_AMENDMENTS = 2**12  # of all messages of a page: they are planned together, which is faster
TEXTS_AT_ONCE = 16  # messages that are read together for the excerpts of replies: their texts may be long


class _Plan(NamedTuple):
    """How to get an item: what is known of a message, and the positions to read, in order: itself, or amendments."""

    state: MessageState | None
    unread: list[int]


class FoldedReader:
    """Reads one file by one index. Methods raise as those of `RecordReader`."""

    def __init__(self, reader: RecordReader, index: Index) -> None:
        self._reader = reader
        self._index = index

    def items(self, before: int | None, after: int | None, limit: int) -> HistoryPage:
        """A page of messages and of events that amend none; at least one of them, if there is any."""
        start, stop = self._reader.bounds(before, after)
        found = self._index.select(kinds.IS_ITEM, start, stop, limit + 1, newest=after is None)
        plans = self._plans_that_fit(first_or_last(found, limit, newest=after is None), newest=after is None)
        return HistoryPage(self._items(plans), complete=len(plans) == len(found))

    def message(self, message_id: int) -> FoldedMessage | None:
        """The message with this id; None if there is none, or if it is deleted."""
        position = self._index.message(message_id)
        items = [] if position is None else self._items({position: self._plan_of(position)})
        return next((item for item in items if isinstance(item, FoldedMessage)), None)

    def state(self, message_id: int) -> MessageState | None:
        """The same to be amended, also if it is deleted."""
        position = self._index.message(message_id)
        if position is None:
            return None
        plan = self._shortened(position, self._plan_of(position))
        return self._state(position, plan, self._reader.by_position(plan.unread))

    def texts(self, message_id: int) -> list[Record]:
        """The record of a message and its edits; the newest of them if they do not fit on a page."""
        position = self._index.message(message_id)
        if position is None or self._index.kinds[position] != kinds.MESSAGE:
            return []
        chosen = [position, *self._edits(position)]
        sizes = accumulate(self._reader.size_of([each]) for each in reversed(chosen))
        count = sum(1 for _ in takewhile(lambda size: size <= MAX_PAGE_BYTES, sizes))
        return self._reader.records(chosen[-max(1, count) :])

    # What to read

    def _plans_that_fit(self, items: Sequence[int], *, newest: bool) -> dict[int, _Plan]:
        """Of the last or first of these rising positions, as many as fit on a page with all that is read for them.

        One in any case. A message may have reactions by the thousand: those that do not fit are not planned.
        """
        amendments = self._index.amendments.among(items[0], items[-1]) if items else {}
        if sum(map(len, amendments.values())) <= FEW_AMENDMENTS:
            plans = {item: self._plan(item, amendments.get(item)) for item in items}
            size = self._reader.size_of(_unread_of(plans.values())) + sum(map(_kept_bytes, plans.values()))
            if size <= MAX_PAGE_BYTES:
                return plans
        plans, size = {}, 0
        for item in reversed(items) if newest else items:
            plan = self._plan(item, amendments.get(item))
            size += self._reader.size_of(plan.unread) + _kept_bytes(plan)
            if plans and size > MAX_PAGE_BYTES:
                break
            plans[item] = plan
        return dict(sorted(plans.items()))

    def _plan_of(self, message: int) -> _Plan:
        return self._plan(message, self._index.amendments.after(message))

    def _plan(self, message: int, amendments: "array[int] | None") -> _Plan:
        if not amendments:
            return _Plan(None, [message])
        state = self._index.states.get(message)
        if state is None:
            return _Plan(None, [message, *self._needed(positions(amendments))])
        if self._index.ids[amendments[-1] & POSITION_MASK] == state.rev:
            return _Plan(state, [])
        known = self._index.count_through(state.rev) - 1
        return _Plan(state, self._needed(positions(amendments[bisect_right(amendments, entry(message, known)) :])))

    def _needed(self, amendments: list[int]) -> list[int]:
        """Those of the amendments of one message that tell what it is now: not the edits in front of the last one."""
        of_each = bytes(map(self._index.kinds.__getitem__, amendments))
        if kinds.DELETE not in of_each and of_each.count(kinds.EDIT) <= 1:
            return amendments
        if (delete := of_each.find(kinds.DELETE)) >= 0:
            return [amendments[delete]]
        newest = of_each.rfind(kinds.EDIT)
        return [each for place, each in enumerate(amendments) if of_each[place] != kinds.EDIT or place == newest]

    def _edits(self, message: int) -> list[int]:
        amendments = positions(self._index.amendments.after(message))
        return [position for position in amendments if self._index.kinds[position] == kinds.EDIT]

    # Items

    def _items(self, plans: Mapping[int, _Plan]) -> list[Item]:
        """The items at these positions, without those that are deleted or cannot be read."""
        plans = {each: self._shortened(each, plan) for each, plan in plans.items()}
        records = self._reader.by_position(_unread_of(plans.values()))
        found = {each: item for each, plan in plans.items() if (item := self._item(each, plan, records)) is not None}
        messages = {each: item for each, item in found.items() if isinstance(item, FoldedMessage)}
        return list({**found, **self._with_replies(messages)}.values())

    def _shortened(self, message: int, plan: _Plan) -> _Plan:
        """The plan for a message with so many amendments folded in that few are left to read."""
        while len(plan.unread) > AMENDMENTS_AT_ONCE:
            part, rest = plan.unread[:AMENDMENTS_AT_ONCE], plan.unread[AMENDMENTS_AT_ONCE:]
            state = self._state(message, _Plan(plan.state, part), self._reader.by_position(part))
            if state is None:
                return _Plan(None, [message])
            plan = _Plan(state, rest)
        return plan

    def _item(self, position: int, plan: _Plan, records: Mapping[int, Record]) -> Item | None:
        if self._index.kinds[position] not in kinds.MESSAGES:
            return records.get(position)
        if plan.state is None and len(plan.unread) == 1:
            record = self._message(position, records)
            return None if record is None or record.message is None else FoldedMessage(record, record.id)
        state = self._state(position, plan, records)
        return None if state is None else state.folded()

    def _message(self, position: int, records: Mapping[int, Record]) -> Record | None:
        record = records.get(position)
        if record is not None and record.type != "message":
            raise CacheUnfit  # only a wrong cache says so
        return record

    def _state(self, message: int, plan: _Plan, records: Mapping[int, Record]) -> MessageState | None:
        """A message with what was read folded in; None if it cannot be read."""
        state, unread = plan
        if state is None:
            record = self._message(message, records)
            if record is None:
                return None
            state, unread = MessageState(record), unread[1:]
        if not unread:
            return state
        amendments = [record for record in map(records.get, unread) if record is not None]
        message_id = state.record.id
        if any([each.target != message_id or each.type not in AMENDMENTS for each in amendments]):
            raise CacheUnfit
        state.apply_all(amendments)
        if amendments and state.deletion is None:
            self._index.states.put(message, state)
        return state

    # Replies

    def _with_replies(self, messages: Mapping[int, FoldedMessage]) -> dict[int, FoldedMessage]:
        """Those of these messages that answer others, with what is shown of these."""
        answers = {
            each: target for each, message in messages.items() if (target := message.record.reply_to) is not None
        }
        replies = self._replies(set(answers.values()), messages) if answers else {}
        return {
            position: msgspec.structs.replace(messages[position], reply=replies[target])
            for position, target in answers.items()
        }

    def _replies(self, targets: Iterable[int], messages: Mapping[int, FoldedMessage]) -> dict[int, Reply]:
        """What is shown of the messages with these ids."""
        found: dict[int, Reply] = {}
        unread = []
        for target in targets:
            position = self._index.message(target)
            if position is None or self._index.kinds[position] != kinds.MESSAGE:
                found[target] = reply_to(target, None)
            elif position in messages:
                found[target] = reply_to(target, messages[position].record)
            else:
                unread.append(position)
        unread.sort()
        for start in range(0, len(unread), TEXTS_AT_ONCE):
            found.update(self._read_replies(unread[start : start + TEXTS_AT_ONCE]))
        return found

    def _read_replies(self, messages: Sequence[int]) -> dict[int, Reply]:
        """What is shown of the messages at these positions; of their edits the last one is enough."""
        needed = {message: [message, *self._edits(message)[-1:]] for message in messages}
        records = self._reader.by_position(sorted(position for each in needed.values() for position in each))
        found = {}
        for message, (_, *edits) in needed.items():
            record = self._message(message, records)
            folded = None if record is None else fold(record, [records[edit] for edit in edits if edit in records])
            message_id = self._index.ids[message]
            found[message_id] = reply_to(message_id, None if folded is None else folded.record)
        return found


def _unread_of(plans: Iterable[_Plan]) -> list[int]:
    """All positions to read, in order."""
    return sorted([position for plan in plans for position in plan.unread])


def _kept_bytes(plan: _Plan) -> int:
    """How long the text in memory is."""
    return 0 if plan.state is None else len(plan.state.record.message or "")
