"""Compares what clients sent and received with what is stored of the room, its file. Pure.

A message or amendment that is lost, invented, duplicated, out of order, or received by some clients only: each is a
violation, in one sentence. One that is stored and was never acknowledged is none: a server may die between the two.

What was deleted may be missing everywhere. Clients delete only what nobody edits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

AMENDMENTS = {"edit", "delete", "reaction"}
Content = tuple[str | None, int | None, str | None, bool | None]  # text, target, emoji, on
ROOM_RECORD = 1  # the id of a file's first record, which is no event


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
    sends_only: bool = False  # it receives nothing: a command, for example

    @property
    def last_id(self) -> int:
        """The id up to which it has received everything."""
        return self.received[-1].id if self.received else self.start_id


def violations(histories: Sequence[ClientHistory], records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Everything that is wrong, after all clients have received everything: no history ends before the file does."""
    stored = [Event.of(record) for record in records if record["type"] != "room"]
    deleted = {record["target"] for record in records if record["type"] == "delete"}
    cleared = max((record["target"] for record in records if record["type"] == "clear"), default=ROOM_RECORD)
    stored = [event for event in stored if event.id not in deleted]
    wrong = [*_in_the_file(stored, cleared, deleted, histories), *_between_clients(stored, deleted, histories)]
    for history in histories:
        wrong += [f"{history.name}: {what}" for what in _in_a_history(history, stored, cleared, deleted)]
    return wrong


def _in_the_file(
    stored: list[Event], cleared: int, deleted: set[int], histories: Sequence[ClientHistory]
) -> Iterator[str]:
    sent = {client_id: _content(sent) for history in histories for client_id, sent in history.sent.items()}
    first: dict[str, int] = {}
    expected = stored[0].id if stored and stored[0].id <= cleared + 1 else cleared + 1
    for event in stored:
        expected = _next(expected, deleted)
        if event.id != expected:
            yield f"the file goes from {expected - 1} to {event.id}"
        expected = event.id + 1
        if event.type not in {"message", *AMENDMENTS} or event.client_id is None:
            continue
        if sent.get(event.client_id) != event.content:
            yield f"no client sent what the file holds as {event.id}"
        if first.setdefault(event.client_id, event.id) != event.id:
            yield f"the file holds {event.client_id} as {first[event.client_id]} and as {event.id}"


def _between_clients(stored: list[Event], deleted: set[int], histories: Sequence[ClientHistory]) -> Iterator[str]:
    """The file decides what an event is; if it was cleared, the first client that received it does.

    Who receives a message after its delete receives an event of the type `unknown` in its place.
    """
    known = {event.id: event for event in stored}
    for history in histories:
        for event in history.received:
            if event.id in deleted and event.type == "unknown":
                continue
            if known.setdefault(event.id, event) != event:
                yield f"{history.name} received {event}, which is {known[event.id]}"


def _in_a_history(history: ClientHistory, stored: list[Event], cleared: int, deleted: set[int]) -> Iterator[str]:
    client_ids = {event.id: event.client_id for event in stored}
    for client_id, number in history.acknowledged.items():
        if client_ids.get(number) != client_id and number > cleared and number not in deleted:
            yield f"{client_id} was acknowledged as {number}, and is not there"
    last = history.start_id
    for event in history.received:
        if event.id <= last:
            yield f"received {event.id} after {last}"
        elif event.id > _next(max(last, cleared) + 1, deleted):
            yield f"missed what is between {last} and {event.id}"
        last = max(last, event.id)
    if stored and last != stored[-1].id and not history.sends_only:
        yield f"received nothing after {last}, and the file ends with {stored[-1].id}"


def _next(number: int, deleted: set[int]) -> int:
    """The first id from here on that must be there."""
    while number in deleted:
        number += 1
    return number


def _content(sent: str | Content) -> Content:
    return (sent, None, None, None) if isinstance(sent, str) else sent
