"""How much of a room a clear would remove. A log is cleared from its start up to an id."""

from datetime import datetime
from typing import NamedTuple

from chat.history.reading import messages
from chat.storage import RoomLog
from chat.storage.timestamps import parse_timestamp


class ClearPlan(NamedTuple):
    """Up to which id, and how many messages of how many.

    `out_of_reach` messages are older than the date too, but follow newer ones, and stay.
    """

    room: str
    epoch: str
    through: int
    cleared: int
    total: int
    out_of_reach: int


def plan_clear(log: RoomLog, before: datetime | None) -> ClearPlan:
    """A plan for every message that is stored now, or for those before a moment. Raises `StorageError`."""
    if before is None:
        count = sum(1 for _ in messages(log))
        return ClearPlan(log.room, log.epoch, log.last_id, count, count, 0)
    through = cleared = total = older = 0
    for message in messages(log):
        total += 1
        older += _is_older(message.timestamp, before)
        if older == total:
            through, cleared = message.id, total
    return ClearPlan(log.room, log.epoch, through, cleared, total, older - cleared)


def _is_older(timestamp: str, before: datetime) -> bool:
    """A timestamp that cannot be parsed is not older: in doubt a message stays."""
    moment = parse_timestamp(timestamp)
    return moment is not None and moment < before
