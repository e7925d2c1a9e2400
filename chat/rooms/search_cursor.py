"""Where a search in all rooms goes on. Pure.

Rooms are searched in groups, in the order of their slugs: as many as the work of one request allows. Within a group the
messages of all rooms are in one order, newest first.
"""

import re
from typing import NamedTuple

from chat.storage.records import MAX_ID

_pattern = re.compile(r"([a-z0-9-]{0,64})\.([a-z0-9-]{0,64})\.([0-9]{0,16})\.([a-z0-9-]{0,64})\.([0-9]{1,16})")


class Place(NamedTuple):
    """The place of a message among those of all rooms: its time in milliseconds, its room, its id."""

    time: int
    room: str
    id: int

    @property
    def rank(self) -> tuple[int, str, int]:
        """Less for what comes first: the newest."""
        return -self.time, self.room, -self.id


class Cursor(NamedTuple):
    """The group, and what was shown of it.

    `first`, `last`: its rooms; without a `last` the group is not known yet. `shown`: the last message that was shown.
    `below`: a group of one room goes on in front of this id, whether or not anything was shown of it.
    """

    first: str = ""
    last: str = ""
    shown: Place | None = None
    below: int | None = None

    def __str__(self) -> str:
        time, room, shown_id = self.shown or ("", "", 0)
        return f"{self.first}.{self.last}.{time}.{room}.{self.below or shown_id}"


def parse_cursor(text: str) -> Cursor:
    """The cursor of a text. Raises ValueError."""
    found = _pattern.fullmatch(text)
    if found is None or int(found[5]) > MAX_ID:
        raise ValueError(text)
    first, last, time, room, number = found.groups()
    if time:
        return Cursor(first, last, Place(int(time), room, int(number)))
    return Cursor(first, last, below=int(number) or None)
