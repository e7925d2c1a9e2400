"""The first pass of an import: every line is checked and counted before anything is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from chat.history import source
from chat.history.drafts import DRAFTS, draft_of, folded_drafts
from chat.history.entry import BadEntry, Entry, decode
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
    numbered: bool = True  # every event has an id
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


class Imported(NamedTuple):
    """An event of the file, and its room there. `folded`: the edit and the reactions that are part of a message.

    Of a message that was deleted only `blanked` is known.
    """

    room: str | None
    draft: Draft | None
    folded: list[Draft] = []
    blanked: Entry | None = None


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


def events(file: IO[bytes]) -> Iterator[Imported]:
    """The second pass: every event of a file without problems."""
    for line in source.lines(file):
        entry = decode(line.body)
        room = line.room or entry.room
        if entry.is_blanked:
            yield Imported(room, None, blanked=entry)
        elif entry.type in DRAFTS:
            draft = draft_of(entry)
            yield Imported(room, draft, folded_drafts(entry, draft))


def _count_line(survey: Survey, line: source.Line) -> None:
    entry = decode(line.body)
    room = line.room or entry.room
    if room is not None and not is_room_slug(room):
        raise BadEntry(f"{room!r} cannot be a room: {ROOM_SLUG_RULE}")
    found = survey.rooms.setdefault(room, RoomSurvey())
    if entry.type == "room":
        found.name, found.epoch = entry.name, entry.epoch
    elif entry.is_blanked:
        pass
    elif entry.type in DRAFTS:
        _count_event(found, entry)
    else:
        found.other_count += 1


def _count_event(found: RoomSurvey, entry: Entry) -> None:
    draft = draft_of(entry)
    folded_drafts(entry, draft)
    if draft.type == "room_name":
        found.name = draft.name
    if draft.id is None:
        found.numbered = False
    elif draft.id <= found.last_id:
        raise BadEntry(f"id {draft.id} stands behind id {found.last_id}: ids have to rise")
    else:
        found.first_id = found.first_id or draft.id
        found.last_id = draft.id
    found.message_count += draft.type == "message"
