"""Slack's export of a workspace: a zip or a folder with a folder of day files for each channel.

Days are read one by one. A reply stands in the file of its own day and names its parent by the id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.fields import mappings
from chat.history.importers.reader import Options
from chat.history.importers.report import ROOMS, Report
from chat.history.importers.slack.messages import Messages
from chat.history.importers.slack.records import SlackMessage
from chat.history.importers.slack.workspace import (
    KNOWN_FILES,
    Workspace,
    dumped,
    has_messages,
    is_slack,
    is_upload,
    layout,
)
from chat.history.importers.source import BadSource, Source, only_one
from chat.history.importers.typed_records import BadRecord, decode_records, parse_json


@dataclass(frozen=True)
class SlackReader:
    """Reads Slack's export. Messages without an export around them, in files of their own, are one room."""

    name: str = "slack"
    title: str = "Slack"

    def recognizes(self, source: Source) -> bool:
        days = layout(source).days
        if days and any(name.rpartition("/")[2] in KNOWN_FILES for name in source.names()):
            return has_messages(source, days)
        return has_messages(source, days) or bool(_loose(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        found = layout(source)
        if found.roots:
            only_one(source, self.title, found.roots)
        files = found.days or _loose(source)
        if not files:
            raise BadSource(f"{source.name} has no messages of Slack: name the zip that Slack made, or its folder")
        if found.days:
            for _, name in _loose(source, besides=found.days):
                report.note(f"{name} has messages of Slack too, and is not read: name it alone")
        workspace = Workspace(source, found.prefix, report)
        folder, messages = "", None
        for folder_of_day, name in files:
            if not found.days and (dump := dumped(source.head(name))) is not None:
                workspace.add_dump(dump)
            if messages is None or folder_of_day != folder:
                folder = folder_of_day
                messages = _enter(folder, workspace, report)
            yield from _day(source, name, messages, report)
        for room in workspace.channels():
            report.room(room.key, room.name, topic=room.topic)


READER = SlackReader()


def _loose(source: Source, besides: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """Files of messages without an export around them: a room is the channel they name, their folder, or the source."""
    days = {name for _, name in besides}
    names = (name for name in source.names() if name.endswith(".json") and not is_upload(name) and name not in days)
    heads = ((name, source.head(name)) for name in names if name.rpartition("/")[2] not in KNOWN_FILES)
    return [(_folder(name, head) or source.stem, name) for name, head in heads if is_slack(head)]


def _folder(name: str, head: bytes) -> str:
    dump = dumped(head)
    return dump.id if dump else name.rpartition("/")[0]


def _enter(folder: str, workspace: Workspace, report: Report) -> Messages:
    room = workspace.conversation(folder)
    report.room(
        room.key,
        room.name,
        topic=room.topic,
        direct=room.is_direct,
        private=room.is_private,
        has_telling_ids=True,
    )
    if not (room.is_listed or room.is_direct):
        report.has_no_name(ROOMS, room.name)
    return Messages(room.key, workspace, report)


def _day(source: Source, name: str, messages: Messages, report: Report) -> Iterator[NeutralEntry]:
    data = source.read(name)
    try:
        for number, message in enumerate(decode_records(_listed(data), SlackMessage), 1):
            place = f"{name}, message {number}"
            try:
                if isinstance(message, BadRecord):
                    raise message
                if (entry := messages.entry(message, place)) is not None:
                    yield entry
            except BadRecord as error:
                report.problem(place, str(error))
    except BadRecord as error:
        report.problem(name, str(error))


def _listed(data: bytes) -> bytes:
    """The list of messages, also of an answer of Slack's API and of slackdump, in which they are a field."""
    if data[:1] != b"{":
        return data
    value = parse_json(data)
    listed = mappings(value, "messages") if isinstance(value, dict) else []
    replies = [reply for message in listed for reply in mappings(message, "slackdump_thread_replies")]
    return msgspec.json.encode([*listed, *replies]) if listed else data
