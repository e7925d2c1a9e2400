"""The kinds of records: one byte of each in the index."""

import re
from collections.abc import Iterable
from typing import Protocol

MESSAGE, BLANKED_MESSAGE, EDIT, BLANKED_EDIT, DELETE, REACTION, TOPIC, ROOM_NAME, OTHER = range(9)
OF_TYPE = {
    "message": MESSAGE,  # 0, so that `bytes(n)` are the kinds of n messages
    "edit": EDIT,
    "delete": DELETE,
    "reaction": REACTION,
    "topic": TOPIC,
    "room_name": ROOM_NAME,
}  # every other type (room, clear, unknown ones): OTHER
EDITS = bytes([EDIT, BLANKED_EDIT])
MESSAGES = bytes([MESSAGE, BLANKED_MESSAGE])
AMENDMENTS = bytes([EDIT, BLANKED_EDIT, DELETE, REACTION])
BLANKED = {MESSAGE: BLANKED_MESSAGE, EDIT: BLANKED_EDIT}  # what a delete makes of the message and of its edits
items = re.compile(b"[%b]" % re.escape(bytes([MESSAGE, TOPIC, ROOM_NAME, OTHER])))  # what a folded page holds
events = re.compile(b"[^%b]" % re.escape(bytes([BLANKED_MESSAGE, BLANKED_EDIT])))  # what is still to be sent


class HasType(Protocol):
    """A record, or a part of it."""

    @property
    def type(self) -> str: ...


class HasTarget(Protocol):
    """A record, or a part of it."""

    @property
    def target(self) -> int | None: ...


def kinds_of(records: Iterable[HasType]) -> bytes:
    """The kinds of records, before any of them is deleted."""
    return bytes([OF_TYPE.get(record.type, OTHER) for record in records])
