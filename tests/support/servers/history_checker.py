"""Compares what clients sent and received with what is stored of the room, its file. Pure.

A message or amendment that is lost, invented, duplicated, out of order, or received by some clients only: each is a
violation, in one sentence. One that is stored and was never acknowledged is none: a server may die between the two.

What was deleted, dropped by a compaction, or is about a cleared message, may be missing everywhere. Who was reset
misses what came before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

AMENDMENTS = {"edit", "delete", "reaction"}
Content = tuple[str | None, int | None, str | None, bool | None]  # text, target, emoji, on
ROOM_RECORD = 1  # the id of a file's first record, which is no event
RESET = "reset"  # the type of what a history has in the place of a welcome with `reset`: its id is the last one
PLACEHOLDER = "unknown"  # the type of what live clients receive in the place of an event that is gone


class Event(NamedTuple):
    """The fields in which clients and file must agree."""

    id: int
    type: str
    author: str | None
    client_id: str | None
    message: str | None
    target: int | None = None
    emoji: str | None = None
    on: bool | None = None

    @classmethod
    def of(cls, frame: Mapping[str, Any]) -> "Event":
        """From a frame of the wire or a record of the file."""
        return cls(*map(frame.get, cls._fields))

    @property
    def content(self) -> "Content":
        """What its author chose."""
        return (self.message, *((self.target, self.emoji, self.on) if self.type in AMENDMENTS else (None,) * 3))


@dataclass
class ClientHistory:
    """One client, over all its connections."""

    name: str
    start_id: int = ROOM_RECORD  # it receives every event after this one
    sent: dict[str, str | Content] = field(default_factory=dict)  # client_id -> text of a message, or the whole
    acknowledged: dict[str, int] = field(default_factory=dict)  # client_id -> id
    received: list[Event] = field(default_factory=list)
    answers: list[Event] = field(default_factory=list)  # that it alone received, out of the order
    sends_only: bool = False  # it receives nothing: a command, for example

    @property
    def last_id(self) -> int:
        """The id up to which it has received everything."""
        return self.received[-1].id if self.received else self.start_id


def violations(histories: Sequence[ClientHistory], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that is wrong, after all clients have received everything: no history ends before the file does."""
    stored = [Event.of(record) for record in records if record["type"] != "room"]
    compacted = max((record.get("compacted", 0) for record in records), default=0)
    known = known_events(histories, stored)
    gone = _gone(known, compacted)
    stored = [event for event in _as_sent(stored, histories, known, compacted) if event.id not in gone]
    cleared = cleared_id(known)
    wrong = [*_in_the_file(stored, cleared, gone, histories), *_between_clients(stored, cleared, gone, histories)]
    for history in histories:
        wrong += [f"{history.name}: {what}" for what in _in_a_history(history, stored, cleared, gone)]
    return wrong


def known_events(histories: Sequence[ClientHistory], stored: Iterable[Event]) -> list[Event]:
    """Each event that is stored, or that somebody has received, in order."""
    received = [event for history in histories for event in (*history.answers, *history.received)]
    known = {event.id: event for event in (*received, *stored) if event.type not in {RESET, PLACEHOLDER}}
    return [known[number] for number in sorted(known)]


def cleared_id(known: Iterable[Event]) -> int:
    """The id up to which the room was cleared."""
    return max((event.target or 0 for event in known if event.type == "clear"), default=ROOM_RECORD)


def deleted_ids(known: Sequence[Event]) -> set[int]:
    """Those of deleted messages and of their edits: their words are gone at once."""
    messages = {event.target for event in known if event.type == "delete"}
    edits = {event.id for event in known if event.type == "edit" and event.target in messages}
    return edits | {target for target in messages if target is not None}


def about_cleared_ids(known: Sequence[Event]) -> set[int]:
    """Those of amendments of cleared messages: they go with these, and are newer."""
    cleared = cleared_id(known)
    return {event.id for event in known if event.type in AMENDMENTS and (event.target or 0) <= cleared}


def removed_texts(histories: Sequence[ClientHistory], records: Iterable[Mapping[str, Any]]) -> set[str]:
    """What the clients wrote, and was deleted or cleared."""
    known = known_events(histories, map(Event.of, records))
    cleared, removed = cleared_id(known), deleted_ids(known) | about_cleared_ids(known)
    return {
        _content(history.sent[client_id])[0] or ""
        for history in histories
        for client_id, number in history.acknowledged.items()
        if number <= cleared or number in removed
    } - {""}


def _gone(known: Sequence[Event], compacted: int) -> set[int]:
    """The ids of what may be missing. `compacted`: the last id at the last compaction that dropped anything."""
    gone, counts = deleted_ids(known) | about_cleared_ids(known), dict[tuple[object, ...], int]()
    before = [event for event in known if event.id <= compacted]
    deleted = {event.target for event in before if event.type == "delete"}
    for event in before:
        if event.type == "reaction" and (event.target in deleted or not event.on):
            gone.add(event.id)
        if event.type in {"edit", "reaction"}:  # the newest of these counts
            key = (event.type, event.target, event.author, event.emoji)
            gone |= {counts[key]} if key in counts else set()
            counts[key] = event.id
    return gone


def _as_sent(
    stored: Iterable[Event], histories: Sequence[ClientHistory], known: Iterable[Event], compacted: int
) -> Iterator[Event]:
    """Messages that were compacted have their newest text: it is taken for the text with which they were sent."""
    sent = {client_id: _content(sent)[0] for history in histories for client_id, sent in history.sent.items()}
    newest = {event.target: event.message for event in known if event.type == "edit" and event.id <= compacted}
    for event in stored:
        is_compacted = event.type == "message" and event.message == newest.get(event.id, "")
        yield event._replace(message=sent.get(event.client_id or "")) if is_compacted else event


def _in_the_file(
    stored: list[Event], cleared: int, gone: set[int], histories: Sequence[ClientHistory]
) -> Iterator[str]:
    sent = {client_id: _content(sent) for history in histories for client_id, sent in history.sent.items()}
    first: dict[str, int] = {}
    expected = stored[0].id if stored and stored[0].id <= cleared + 1 else cleared + 1
    for event in stored:
        expected = _next(expected, gone)
        if event.id != expected:
            yield f"the file goes from {expected - 1} to {event.id}"
        expected = event.id + 1
        if event.type not in {"message", *AMENDMENTS} or event.client_id is None:
            continue
        if sent.get(event.client_id) != event.content:
            yield f"no client sent what the file holds as {event.id}"
        if first.setdefault(event.client_id, event.id) != event.id:
            yield f"the file holds {event.client_id} as {first[event.client_id]} and as {event.id}"


def _between_clients(
    stored: list[Event], cleared: int, gone: set[int], histories: Sequence[ClientHistory]
) -> Iterator[str]:
    """The file decides what an event is; if it was cleared, the first client that received it does.

    Who receives a message after its delete receives a placeholder.
    """
    known = {event.id: event for event in stored}
    for history in histories:
        for event in history.received:
            if event.type == RESET or (event.type == PLACEHOLDER and (event.id <= cleared or event.id in gone)):
                continue
            if known.setdefault(event.id, event) != event:
                yield f"{history.name} received {event}, which is {known[event.id]}"


def _in_a_history(history: ClientHistory, stored: list[Event], cleared: int, gone: set[int]) -> Iterator[str]:
    client_ids = {event.id: event.client_id for event in stored}
    for client_id, number in history.acknowledged.items():
        if client_ids.get(number) != client_id and number > cleared and number not in gone:
            yield f"{client_id} was acknowledged as {number}, and is not there"
    last = history.start_id
    for event in history.received:
        if event.type == RESET:
            if event.id < last:
                yield f"was reset to {event.id} after {last}"
        elif event.id <= last:
            yield f"received {event.id} after {last}"
        elif event.id > _next(max(last, cleared) + 1, gone):
            yield f"missed what is between {last} and {event.id}"
        last = max(last, event.id)
    if stored and last != stored[-1].id and not history.sends_only:
        yield f"received nothing after {last}, and the file ends with {stored[-1].id}"


def _next(number: int, gone: set[int]) -> int:
    """The first id from here on that must be there."""
    while number in gone:
        number += 1
    return number


def _content(sent: str | Content) -> Content:
    return (sent, None, None, None) if isinstance(sent, str) else sent
