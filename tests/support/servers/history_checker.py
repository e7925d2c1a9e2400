"""What everybody said and heard, held against what the room's file keeps. Pure.

Lost, invented, doubled, out of order, shown to one and not to another: each is a violation, said in one line. What was
stored and never acknowledged is none: a server may die between the two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ROOM_RECORD = 1  # the id of a file's first record, which is no event


class Event(NamedTuple):
    """What two parties must agree on."""

    id: int
    type: str
    author: str | None
    client_id: str | None
    message: str | None

    @classmethod
    def of(cls, frame: Mapping[str, Any]) -> "Event":
        """From a frame of the wire or a record of the file."""
        return cls(frame["id"], frame["type"], *(frame.get(name) for name in ("author", "client_id", "message")))


@dataclass
class Story:
    """One client, over all its connections."""

    name: str
    begun: int = ROOM_RECORD  # it hears everything later than this
    said: dict[str, str] = field(default_factory=dict)  # client_id -> text
    acknowledged: dict[str, int] = field(default_factory=dict)  # client_id -> id
    heard: list[Event] = field(default_factory=list)
    deaf: bool = False  # it only says things: a command, say

    @property
    def last(self) -> int:
        """The id up to which it has heard everything."""
        return self.heard[-1].id if self.heard else self.begun


def violations(stories: Sequence[Story], records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Everything that is wrong when nobody is under way any more: no story is to end before the file does."""
    kept = [Event.of(record) for record in records if record["type"] != "room"]
    cleared = max((record["target"] for record in records if record["type"] == "clear"), default=ROOM_RECORD)
    wrong = [*_in_the_file(kept, cleared, stories), *_in_what_is_shown(kept, stories)]
    for story in stories:
        wrong += [f"{story.name}: {what}" for what in _in_a_story(story, kept, cleared)]
    return wrong


def _in_the_file(kept: list[Event], cleared: int, stories: Sequence[Story]) -> Iterator[str]:
    said = {client_id: text for story in stories for client_id, text in story.said.items()}
    first: dict[str, int] = {}
    expected = kept[0].id if kept and kept[0].id <= cleared + 1 else cleared + 1
    for event in kept:
        if event.id != expected:
            yield f"the file goes from {expected - 1} to {event.id}"
        expected = event.id + 1
        if event.type != "message" or event.client_id is None:
            continue
        if said.get(event.client_id) != event.message:
            yield f"nobody said what the file keeps as {event.id}"
        if first.setdefault(event.client_id, event.id) != event.id:
            yield f"the file keeps {event.client_id} as {first[event.client_id]} and as {event.id}"


def _in_what_is_shown(kept: list[Event], stories: Sequence[Story]) -> Iterator[str]:
    """The file knows best; what was cleared from it is what the first who heard it says it is."""
    known = {event.id: event for event in kept}
    for story in stories:
        for event in story.heard:
            if known.setdefault(event.id, event) != event:
                yield f"{story.name} heard {event}, which is {known[event.id]}"


def _in_a_story(story: Story, kept: list[Event], cleared: int) -> Iterator[str]:
    stored = {event.id: event.client_id for event in kept}
    for client_id, number in story.acknowledged.items():
        if stored.get(number) != client_id and number > cleared:
            yield f"{client_id} was acknowledged as {number}, and is not there"
    last = story.begun
    for event in story.heard:
        if event.id <= last:
            yield f"heard {event.id} after {last}"
        elif event.id > max(last, cleared) + 1:
            yield f"missed what is between {last} and {event.id}"
        last = max(last, event.id)
    if kept and last != kept[-1].id and not story.deaf:
        yield f"heard nothing after {last}, and the file ends with {kept[-1].id}"
