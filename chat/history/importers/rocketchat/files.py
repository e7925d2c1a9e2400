"""The files of an export of Rocket.Chat: which hold messages, rooms and users, and their records."""

import re
from collections.abc import Iterator

from chat.history.importers.fields import Record
from chat.history.importers.records import record_lines, records
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.typed_records import BadRecord, parse_json

_text_export = re.compile(rb'\s*\{"(?:msg|username)":.*"ts":', re.S)
_parts_of_message = [re.compile(rb'"%s"\s*:' % name) for name in (b"msg", b"rid", b"u", b"ts")]
ROOM_HEAD = re.compile(rb'"(?:usersCount|msgs)"\s*:')
USER_HEAD = re.compile(rb'"(?:services|statusConnection|roles)"\s*:')


def message_files(source: Source) -> Iterator[str]:
    """The files with records of messages."""
    for name in source.names():
        if name.endswith((".json", ".jsonl")) and "assets/" not in name:
            head = source.head(name)
            if _text_export.match(head) or has_messages(head):
                yield name


def has_messages(head: bytes) -> bool:
    """Whether records of messages with ids begin here. A room has its last message in it."""
    return all(part.search(head) for part in _parts_of_message) and not ROOM_HEAD.search(head)


def file_records(source: Source, name: str, report: Report) -> Iterator[tuple[str, Record]]:
    """Records of lines, of a list, or of the list in an answer of the API."""
    if not _is_lines(source.head(name)):
        yield from records(source, name, report, "messages")
        return
    for place, line in record_lines(source, name):
        try:
            record = parse_json(line)
        except BadRecord as error:
            report.problem(place, str(error))
            continue
        if isinstance(record, dict):
            yield place, record
        else:
            report.problem(place, "no object")


def _is_lines(head: bytes) -> bool:
    first = head.strip().partition(b"\n")[0]
    try:
        record = parse_json(first)
    except BadRecord:
        return first.startswith(b'{"') and b'"messages"' not in first[:200] and b"\n" in head
    return isinstance(record, dict) and "messages" not in record
