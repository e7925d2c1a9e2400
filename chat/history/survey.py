"""The first pass of an import: every line is checked, and counted, before anything is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from chat.history import source
from chat.history.entry import BadEntry, Entry, decode, draft_of
from chat.storage import Draft
from chat.text.names import is_room

SHOWN = 10  # problems that are told; the rest is counted
Tick = Callable[[], None]


@dataclass
class Found:
    """One room of the file: its name for people, its messages and how they are numbered."""

    name: str | None = None
    messages: int = 0
    others: int = 0  # clears, and kinds of events that this version does not import
    numbered: bool = True  # every message has an id
    first_id: int = 0
    last_id: int = 0


@dataclass
class Survey:
    """What a file holds: its rooms in their order (None: it does not say which), and what is wrong with it."""

    rooms: dict[str | None, Found] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0

    def complain(self, text: str) -> None:
        """Note a problem; past a screen of them they are only counted."""
        if len(self.problems) < SHOWN:
            self.problems.append(text)
        else:
            self.more_problems += 1


class Message(NamedTuple):
    """A message on its way in."""

    room: str | None
    draft: Draft


def look_through(file: IO[bytes], tick: Tick) -> Survey:
    """Check every line. `tick` is called once for each."""
    survey = Survey()
    try:
        for line in source.lines(file):
            tick()
            try:
                _note(survey, line)
            except BadEntry as error:
                survey.complain(f"{line.place}: {error}")
    except source.BadFile as error:
        survey.complain(str(error))
    return survey


def messages(file: IO[bytes]) -> Iterator[Message]:
    """The second pass: every message of a file that was found to be good."""
    for line in source.lines(file):
        entry = decode(line.body)
        if entry.type == "message":
            yield Message(line.room or entry.room, draft_of(entry))


def _note(survey: Survey, line: source.Line) -> None:
    entry = decode(line.body)
    room = line.room or entry.room
    if room is not None and not is_room(room):
        raise BadEntry(f"{room!r} cannot be a room: 1 to 64 of a-z, 0-9 and -, with a letter or digit first")
    found = survey.rooms.setdefault(room, Found())
    match entry.type:
        case "message":
            _count(found, entry)
        case "room":
            found.name = entry.name
        case _:
            found.others += 1


def _count(found: Found, entry: Entry) -> None:
    draft = draft_of(entry)
    if draft.id is None:
        found.numbered = False
    elif draft.id <= found.last_id:
        raise BadEntry(f"id {draft.id} stands behind id {found.last_id}: ids have to rise")
    else:
        found.first_id = found.first_id or draft.id
        found.last_id = draft.id
    found.messages += 1
