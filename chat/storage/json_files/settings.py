"""The topic and the name of a room: of the newest events that set them, or of the room's own record."""

import contextlib
from collections.abc import Iterable, Mapping

from chat.storage.json_files import kinds
from chat.storage.json_files.index import Index
from chat.storage.json_files.lines import BadRecord, ReadAt, record_at
from chat.storage.numbering import Setting
from chat.storage.records import ROOM_RECORD_ID, Record

TOPIC, ROOM_NAME = "topic", "room_name"
SETTINGS = {TOPIC: "topic", ROOM_NAME: "name"}  # by the type of the event: the member that holds the value


def settings_of(records: Iterable[Record]) -> dict[str, Setting]:
    """By type of event: what the last of these set."""
    return {record.type: _setting(record) for record in records if record.type in SETTINGS}


def _setting(record: Record) -> Setting:
    return Setting((record.topic if record.type == TOPIC else record.name) or "", record.id)


def stored_settings(read: ReadAt, index: Index) -> dict[str, Setting]:
    """By type of event: what the newest ones set. Raises OSError."""
    found = {}
    for kind in SETTINGS:
        position = index.kinds.rfind(kinds.OF_TYPE[kind])
        if position >= 0:
            with contextlib.suppress(BadRecord):  # it changed since the scan; the next look sees that
                found[kind] = _setting(record_at(read, index.offsets[position]))
    return found


def settings_through(settings: Mapping[str, Setting], through: int) -> dict[str, str]:
    """What events up to an id have set, as members of the room's own record: it stays when they are removed."""
    return {SETTINGS[kind]: value for kind, (value, set_by) in settings.items() if ROOM_RECORD_ID < set_by <= through}
