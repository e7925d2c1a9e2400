"""Assigns ids to the drafts of a batch, finds repeats of stored ones, and checks amendments.

Pure: the same in every backend.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

import msgspec

from chat.storage import AppendOutcome, Draft, IdTaken, Record, Refusal
from chat.storage.folding import MAX_REACTION_KINDS, MessageState
from chat.storage.records import AMENDMENTS, FIELD_GETTERS, ROOM_RECORD_ID, record_from_draft
from chat.storage.timestamps import now


class Setting(NamedTuple):
    """The topic or the name of a room, and the id of the event that set it."""

    value: str
    id: int = ROOM_RECORD_ID


class Stored(Protocol):
    """What a backend knows of a room, in front of the next batch."""

    last_id: int
    settings: dict[str, Setting]  # by the type of the event that sets them

    def find(self, author: str, client_id: str) -> Record | None:
        """The record that is stored with this client_id."""

    def state(self, message_id: int) -> MessageState | None:
        """A message with its amendments, also if it is deleted; None if there is none. `assign_ids` changes it."""

    def is_other(self, record_id: int) -> bool:
        """Whether this is the id of a stored record that is no message."""


def assign_ids(drafts: Sequence[Draft], stored: Stored) -> tuple[list[AppendOutcome], list[Record]]:
    """The outcome of each draft, in order, and the records to write. Raises `IdTaken`.

    The states that `stored` has given are changed already: forget them if the records are not stored.
    """
    batch = _Batch(stored)
    return [batch.add(draft) for draft in drafts], batch.records


class _Batch:
    def __init__(self, stored: Stored) -> None:
        self.records: list[Record] = []
        self._stored = stored
        self._timestamp = now()
        self._batch_id = stored.last_id + 1
        self._last_id = stored.last_id
        self._by_client_id: dict[tuple[str, str], Record] = {}
        self._states: dict[int, MessageState] = {}  # of messages that this batch adds or amends
        self._settings = stored.settings

    def add(self, draft: Draft) -> AppendOutcome:
        """Take the next draft in, or say why it is no new record."""
        if draft.client_id is not None:
            author, client_id = draft.author, draft.client_id
            record = self._by_client_id.get((author, client_id)) or self._stored.find(author, client_id)
            if record is not None:
                return AppendOutcome(self._repeated(record, client_id), True)
        if draft.type not in FIELD_GETTERS or None in FIELD_GETTERS[draft.type](draft):
            raise ValueError(f"not a draft of a stored type with all of its fields: {draft}")
        if draft.type in AMENDMENTS:
            return self._add_amendment(draft)
        if draft.type in self._settings:
            return self._add_setting(draft)
        if draft.reply_to is not None and draft.id is None and not self._may_be_message(draft.reply_to):
            return _refused(Refusal.NOT_FOUND)
        return AppendOutcome(self._record(draft), False)

    def _record(self, draft: Draft) -> Record:
        record_id = self._last_id + 1 if draft.id is None else _chosen_id(draft.id, self._last_id)
        record = record_from_draft(draft, record_id, self._batch_id, self._timestamp)
        self._last_id = record_id
        self.records.append(record)
        if draft.client_id is not None:
            self._by_client_id[draft.author, draft.client_id] = record
        return record

    def _repeated(self, record: Record, client_id: str) -> Record:
        """What a repeat is answered with: what was stored, or the delete of its message."""
        if record.type not in {"message", "edit"}:
            return record
        state = self._state(record.id if record.type == "message" else record.target or 0)
        if state is None or state.deletion is None:
            return record
        return msgspec.structs.replace(state.deletion, client_id=client_id)

    # Amendments and settings

    def _add_amendment(self, draft: Draft) -> AppendOutcome:
        state = self._state(draft.target or 0)
        if state is None or state.deletion is not None:
            return _refused(Refusal.NOT_FOUND)
        if (refusal := _CHECKS[draft.type](draft, state)) is not None:
            return _refused(refusal)
        if _changes_nothing(draft, state):
            return self._no_event(draft, state.rev)
        record = self._record(draft)
        state.apply(record)
        return AppendOutcome(record, False)

    def _add_setting(self, draft: Draft) -> AppendOutcome:
        current, value = self._settings[draft.type], draft.topic if draft.type == "topic" else draft.name
        if value is None or value == current.value:
            return self._no_event(draft, current.id)
        record = self._record(draft)
        self._settings = {**self._settings, draft.type: Setting(value, record.id)}
        return AppendOutcome(record, False)

    def _no_event(self, draft: Draft, record_id: int) -> AppendOutcome:
        """The outcome of a draft that changes nothing: an event that its sender knows already. It is not stored."""
        return AppendOutcome(record_from_draft(draft, record_id, self._batch_id, self._timestamp), True)

    # Targets

    def _may_be_message(self, record_id: int) -> bool:
        """Whether this may be the id of a message; of one that was removed nobody knows."""
        if record_id <= ROOM_RECORD_ID:
            return False
        if record_id > self._stored.last_id:
            return (record := self._in_batch(record_id)) is not None and record.type == "message"
        return not self._stored.is_other(record_id)

    def _state(self, message_id: int) -> MessageState | None:
        if message_id not in self._states:
            find = self._stored.state if message_id <= self._stored.last_id else self._new_state
            state = find(message_id)
            if state is None:
                return None
            self._states[message_id] = state
        return self._states[message_id]

    def _new_state(self, message_id: int) -> MessageState | None:
        record = self._in_batch(message_id)
        return None if record is None or record.type != "message" else MessageState(record)

    def _in_batch(self, record_id: int) -> Record | None:
        place = bisect_left(self.records, record_id, key=attrgetter("id"))
        found = self.records[place : place + 1]
        return found[0] if found and found[0].id == record_id else None


def _refused(refusal: Refusal) -> AppendOutcome:
    return AppendOutcome(None, False, refusal)


def _check_author(draft: Draft, state: MessageState) -> Refusal | None:
    return None if draft.author == state.record.author else Refusal.NOT_ALLOWED


def _check_kinds(draft: Draft, state: MessageState) -> Refusal | None:
    is_full = draft.on and draft.emoji not in state.reactions and len(state.reactions) >= MAX_REACTION_KINDS
    return Refusal.TOO_MANY_REACTIONS if is_full else None


_CHECKS: dict[str, Callable[[Draft, MessageState], Refusal | None]] = {
    "edit": _check_author,
    "delete": _check_author,
    "reaction": _check_kinds,
}


def _changes_nothing(draft: Draft, state: MessageState) -> bool:
    if draft.type == "reaction":
        return (draft.author in state.reactions.get(draft.emoji or "", {})) == draft.on
    # An export has the newest text of a message alone, and when it was edited: its edit has that text too.
    return draft.type == "edit" and draft.message == state.record.message and draft.timestamp is None


def _chosen_id(chosen: int, last: int) -> int:
    if chosen <= last:
        raise IdTaken(f"a draft asks for id {chosen}, and ids up to {last} are given")
    return chosen
