"""Slack's export of a workspace: a zip or a folder with a folder of day files for each channel.

Days are read one by one. A reply stands in the file of its own day and names its parent by the id.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.notes import private_room
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.slack.messages import Messages
from chat.history.importers.slack.records import SlackMessage
from chat.history.importers.slack.workspace import KNOWN_FILES, Workspace, layout
from chat.history.importers.source import BadSource, Source
from chat.history.importers.tolerant import BadRecord, decode_records

_slack_time = re.compile(rb'"ts"\s*:\s*"\d{9,11}\.\d{6}"')


@dataclass(frozen=True)
class SlackReader:
    """Reads Slack's export. Messages without an export around them, in files of their own, are one room."""

    name: str = "slack"
    title: str = "Slack"

    def recognizes(self, source: Source) -> bool:
        days = layout(source).days
        if days and any(name.rpartition("/")[2] in KNOWN_FILES for name in source.names()):
            return any(_is_slack(source, name) for _, name in days[:20])
        names = [name for _, name in days] or _loose(source)
        return bool(names) and _is_slack(source, names[0])

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        found = layout(source)
        files = found.days or [(source.name.removesuffix(".json"), name) for name in _loose(source)]
        if not files:
            raise BadSource(f"{source.name} has no messages of Slack: name the zip that Slack made, or its folder")
        workspace = Workspace(source, found.prefix, report)
        folder, messages = "", None
        for folder_of_day, name in files:
            if messages is None or folder_of_day != folder:
                folder = folder_of_day
                messages = _enter(folder, workspace, report)
            yield from _day(source, name, messages, report)


READER = SlackReader()


def _loose(source: Source) -> list[str]:
    """Files of messages that lie in no folder of a channel."""
    return [name for name in source.names() if name.endswith(".json") and "/" not in name and name not in KNOWN_FILES]


def _is_slack(source: Source, name: str) -> bool:
    return _slack_time.search(source.head(name)) is not None


def _enter(folder: str, workspace: Workspace, report: Report) -> Messages:
    room = workspace.conversation(folder)
    report.room(room.key, room.name, topic=room.topic, direct=room.is_direct)
    if room.is_private:
        report.note(private_room(room.name, READER.title))
    return Messages(room.key, workspace, report)


def _day(source: Source, name: str, messages: Messages, report: Report) -> Iterator[NeutralEntry]:
    with source.open(name) as file:
        data = file.read()
    try:
        for number, message in enumerate(decode_records(data, SlackMessage), 1):
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
