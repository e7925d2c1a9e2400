"""The kinds of records: one byte of each in the index."""

from collections.abc import Sequence
from typing import Protocol

MESSAGE, BLANKED_MESSAGE, EDIT, BLANKED_EDIT, DELETE, REACTION, TOPIC, ROOM_NAME, OTHER = range(9)
OF_TYPE = {
    "message": MESSAGE,  # 0, so that `bytes(n)` are the kinds of n messages
    "edit": EDIT,
    "delete": DELETE,
    "reaction": REACTION,
    "topic": TOPIC,
    "room_name": ROOM_NAME,
    "clear": OTHER,
    "room": OTHER,
}  # and of every unknown type: OTHER
ONLY_MESSAGE = bytes([MESSAGE])  # and not a blanked one
EDITS = bytes([EDIT, BLANKED_EDIT])
MESSAGES = bytes([MESSAGE, BLANKED_MESSAGE])
AMENDMENTS = bytes([EDIT, BLANKED_EDIT, DELETE, REACTION])
ITEMS = bytes([MESSAGE, TOPIC, ROOM_NAME, OTHER])  # what a folded page holds
BLANKED = {MESSAGE: BLANKED_MESSAGE, EDIT: BLANKED_EDIT}  # what a delete makes of the message and of its edits

# Tables for `translate`: 1 for some kinds, 0 for the others.
IS_AMENDMENT = bytes(kind in AMENDMENTS for kind in range(256))
IS_ITEM = bytes(kind in ITEMS for kind in range(256))
IS_EVENT = bytes(kind not in BLANKED.values() for kind in range(256))  # what is still to be sent


class HasType(Protocol):
    """A record, or a part of it."""

    @property
    def type(self) -> str: ...


class HasTarget(Protocol):
    """A record, or a part of it."""

    @property
    def id(self) -> int: ...

    @property
    def target(self) -> int | None: ...


def kinds_of(records: Sequence[HasType]) -> bytes:
    """The kinds of records, before any of them is deleted."""
    types = [record.type for record in records]
    try:
        return bytes(map(OF_TYPE.__getitem__, types))
    except KeyError:
        return bytes([OF_TYPE.get(each, OTHER) for each in types])


def count_others(kinds_of_records: bytes | bytearray) -> int:
    """How many of these are no messages."""
    return len(kinds_of_records.translate(None, MESSAGES))
