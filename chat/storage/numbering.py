"""Assigns ids to the drafts of a batch, finds repeats of stored ones, and checks amendments.

Pure: the same in every backend.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

import msgspec

from chat.storage import AppendOutcome, Draft, IdTaken, Record, Refusal
from chat.storage.folding import MAX_KINDS_BY_AUTHOR, MAX_REACTION_KINDS, MessageState
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
        self._find = stored.find
        self._timestamp = now()
        self._batch_id = stored.last_id + 1
        self._last_id = stored.last_id
        self._by_client_id: dict[tuple[str, str], Record] = {}
        self._states: dict[int, MessageState] = {}  # of messages that this batch adds or amends
        self._settings = stored.settings

    def add(self, draft: Draft) -> AppendOutcome:
        """Take the next draft in, or say why it is no new record."""
        author, client_id = draft.author, draft.client_id
        if client_id is not None:
            stored = self._by_client_id.get((author, client_id)) or self._find(author, client_id)
            if stored is not None:
                return AppendOutcome(self._repeated(stored, client_id), True)
        if draft.type not in FIELD_GETTERS or None in FIELD_GETTERS[draft.type](draft):
            raise ValueError(f"not a draft of a stored type with all of its fields: {draft}")
        is_plain = draft.type == "message" and draft.reply_to is None  # nearly always
        if not is_plain and (outcome := self._check(draft)) is not None:
            return outcome
        self._last_id = record_id = self._last_id + 1 if draft.id is None else _chosen_id(draft.id, self._last_id)
        record = record_from_draft(draft, record_id, self._batch_id, self._timestamp)
        self.records.append(record)
        if client_id is not None:
            self._by_client_id[author, client_id] = record
        if not is_plain:
            self._apply(record)
        return AppendOutcome(record, False)

    def _repeated(self, record: Record, client_id: str) -> Record:
        """What a repeat is answered with: what was stored, or the delete of its message."""
        if record.type not in {"message", "edit"}:
            return record
        state = self._state(record.id if record.type == "message" else record.target or 0)
        if state is None or state.deletion is None:
            return record
        return msgspec.structs.replace(state.deletion, client_id=client_id)

    # Replies, amendments and settings

    def _check(self, draft: Draft) -> AppendOutcome | None:
        """The outcome of a draft that is refused or changes nothing; None if it becomes a record."""
        if draft.type in AMENDMENTS:
            return self._check_amendment(draft)
        if draft.type in self._settings:
            current, value = self._settings[draft.type], _setting_in(draft)
            return self._no_event(draft, current.id) if value == current.value else None
        is_answer = draft.reply_to is not None and draft.id is None
        return _refused(Refusal.NOT_FOUND) if is_answer and not self._may_be_message(draft.reply_to or 0) else None

    def _check_amendment(self, draft: Draft) -> AppendOutcome | None:
        state = self._state(draft.target or 0)
        if state is None or state.deletion is not None:
            return _refused(Refusal.NOT_FOUND)
        if (refusal := _CHECKS[draft.type](draft, state)) is not None:
            return _refused(refusal)
        return self._no_event(draft, state.rev) if _changes_nothing(draft, state) else None

    def _no_event(self, draft: Draft, record_id: int) -> AppendOutcome:
        """The outcome of a draft that changes nothing: an event that its sender knows already. It is not stored."""
        return AppendOutcome(record_from_draft(draft, record_id, self._batch_id, self._timestamp), True)

    def _apply(self, record: Record) -> None:
        """The drafts behind this record are checked against it, too."""
        if record.type in AMENDMENTS:
            self._states[record.target or 0].apply(record)
        elif record.type in self._settings:
            self._settings = {**self._settings, record.type: Setting(_setting_in(record) or "", record.id)}

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


def _setting_in(of: Draft | Record) -> str | None:
    return of.topic if of.type == "topic" else of.name


def _check_author(draft: Draft, state: MessageState) -> Refusal | None:
    return None if draft.author == state.record.author else Refusal.NOT_ALLOWED


def _check_kinds(draft: Draft, state: MessageState) -> Refusal | None:
    if not draft.on or draft.author in (people := state.reactions.get(draft.emoji or "", {})):
        return None
    by_author = sum(draft.author in each for each in state.reactions.values())
    is_imported = draft.timestamp is not None  # it was accepted once, perhaps by a version without this limit
    is_full = not people and len(state.reactions) >= MAX_REACTION_KINDS
    return Refusal.TOO_MANY_REACTIONS if is_full or (by_author >= MAX_KINDS_BY_AUTHOR and not is_imported) else None


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
