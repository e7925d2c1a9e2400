"""The first pass of an import: every line is checked and counted before anything is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from chat.history import source
from chat.history.entry import BadEntry, Entry, decode, draft_of
from chat.storage import Draft
from chat.text.names import ROOM_SLUG_RULE, is_room_slug

MAX_PROBLEMS_SHOWN = 10  # the others are counted


@dataclass
class RoomSurvey:
    """One room of the file: its name for people and its epoch, how many messages it has, and how they are numbered."""

    name: str | None = None
    epoch: str | None = None
    message_count: int = 0
    other_count: int = 0  # of clears, and of events that this version does not import
    numbered: bool = True  # every message has an id
    first_id: int = 0
    last_id: int = 0


@dataclass
class Survey:
    """What a file holds: its rooms in order (None: a room that it does not name), and what is wrong with it."""

    rooms: dict[str | None, RoomSurvey] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0
    notes: list[str] = field(default_factory=list)  # what was unusual about the file, and was read

    def add_problem(self, text: str) -> None:
        """Note a problem; many are only counted."""
        if len(self.problems) < MAX_PROBLEMS_SHOWN:
            self.problems.append(text)
        else:
            self.more_problems += 1


class ImportedMessage(NamedTuple):
    """A message of the file, and its room there."""

    room: str | None
    draft: Draft


def survey_file(file: IO[bytes], on_line: Callable[[], None]) -> Survey:
    """Check every line. `on_line` is called once for each."""
    survey = Survey()
    try:
        for line in source.lines(file, survey.notes.append):
            on_line()
            try:
                _count_line(survey, line)
            except BadEntry as error:
                survey.add_problem(f"{line.place}: {error}")
    except source.BadFile as error:
        survey.add_problem(str(error))
    return survey


def messages(file: IO[bytes]) -> Iterator[ImportedMessage]:
    """The second pass: every message of a file without problems."""
    for line in source.lines(file):
        entry = decode(line.body)
        if entry.type == "message":
            yield ImportedMessage(line.room or entry.room, draft_of(entry))


def _count_line(survey: Survey, line: source.Line) -> None:
    entry = decode(line.body)
    room = line.room or entry.room
    if room is not None and not is_room_slug(room):
        raise BadEntry(f"{room!r} cannot be a room: {ROOM_SLUG_RULE}")
    found = survey.rooms.setdefault(room, RoomSurvey())
    match entry.type:
        case "message":
            _count_message(found, entry)
        case "room":
            found.name, found.epoch = entry.name, entry.epoch
        case _:
            found.other_count += 1


def _count_message(found: RoomSurvey, entry: Entry) -> None:
    draft = draft_of(entry)
    if draft.id is None:
        found.numbered = False
    elif draft.id <= found.last_id:
        raise BadEntry(f"id {draft.id} stands behind id {found.last_id}: ids have to rise")
    else:
        found.first_id = found.first_id or draft.id
        found.last_id = draft.id
    found.message_count += 1
