"""How much of a room a clear would take. A log is cleared from its beginning up to an id."""

from datetime import datetime
from typing import NamedTuple

from chat.history.reading import messages
from chat.storage import RoomLog
from chat.storage.timestamps import parse_timestamp


class Plan(NamedTuple):
    """Up to which id, how many messages of how many; `out_of_reach` are older, but stand behind newer ones."""

    room: str
    epoch: str
    through: int
    cleared: int
    total: int
    out_of_reach: int


def plan(log: RoomLog, before: datetime | None) -> Plan:
    """Every message that there is now, or those before a moment."""
    if before is None:
        count = sum(1 for _ in messages(log))
        return Plan(log.room, log.epoch, log.last_id, count, count, 0)
    through = cleared = total = older = 0
    for said in messages(log):
        total += 1
        older += _is_older(said.timestamp, before)
        if older == total:
            through, cleared = said.id, total
    return Plan(log.room, log.epoch, through, cleared, total, older - cleared)


def _is_older(timestamp: str, before: datetime) -> bool:
    """A time that cannot be read is not older: when in doubt a message stays."""
    moment = parse_timestamp(timestamp)
    return moment is not None and moment < before
