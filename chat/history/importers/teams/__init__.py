"""Microsoft Teams: messages as Microsoft Graph has them, in one file or in folders of teams and users.

Exports write the fields of Graph with a capital or a small first letter; both are read. A chat is in the file of each
of its members; the first copy of a message counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.teams.directory import Directory
from chat.history.importers.teams.files import graph_records, message_files
from chat.history.importers.text.teams import Body, body_of
from chat.history.importers.times import moment_of, utc_time

_dotnet_date = re.compile(r"/Date\((-?\d+)[^)]*\)/")
_emoji = {"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😠"}


@dataclass(frozen=True)
class TeamsReader:
    """Reads messages of Microsoft Graph."""

    name: str = "teams"
    title: str = "Microsoft Teams"

    def recognizes(self, source: Source) -> bool:
        return bool(message_files(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = message_files(source)
        directory = Directory(source, report)
        for name in names:
            for _, message in graph_records(source, name, report):
                directory.add_message(message, name)
        chats = _Chats()
        for name in names:
            for place, message in graph_records(source, name, None):
                if chats.have(message):
                    continue
                try:
                    if (entry := _entry(message, place, directory, report)) is not None:
                        yield entry
                except ValueError as error:
                    report.problem(place, str(error))


READER = TeamsReader()


class _Chats:
    """The messages of chats that were read: each member's file has them again. Ids are times, so numbers."""

    def __init__(self) -> None:
        self._ids: dict[str, set[int]] = {}

    def have(self, message: Record) -> bool:
        """Whether a message of a chat was read before. From now on it was."""
        chat, message_id = string(message, "chatId"), string(message, "id")
        if not chat or not message_id.isdecimal():
            return False
        ids = self._ids.setdefault(chat, set())
        count = len(ids)
        ids.add(int(message_id))
        return len(ids) == count


def _entry(message: Record, place: str, directory: Directory, report: Report) -> NeutralEntry | None:
    """What a message says; None if it is not imported. Raises ValueError."""
    body = body_of(message)
    if (reason := _reason_to_skip(message, body)) is not None:
        report.skip(reason)
        return None
    author_id, author_name = directory.author(message)
    return NeutralEntry(
        room=directory.room(message, report),
        source_id=string(message, "id"),
        author_id=author_id,
        author_name=author_name,
        moment=_moment(message, "createdDateTime"),
        text=body.text,
        place=place,
        reply_to=string(message, "replyToId") or body.reply_to,
        edited=_moment(message, "lastEditedDateTime") if message.get("lastEditedDateTime") else None,
        reactions=tuple(_reactions(message, directory)),
        attachments=body.attachments,
    )


def _reason_to_skip(message: Record, body: Body) -> str | None:
    if string(message, "messageType") not in ("", "message"):
        return "system messages"
    if message.get("deletedDateTime"):
        return DELETED
    return None if body.text.strip() or body.attachments else EMPTY


def _reactions(message: Record, directory: Directory) -> Iterator[NeutralReaction]:
    """The reactions that are there now: the history of the message has those that were taken back too."""
    for reaction in mappings(message, "reactions"):
        kind = string(reaction, "reactionType")
        emoji = string(reaction, "displayName") or kind if kind == "custom" else _emoji.get(kind, kind)
        if emoji:
            yield NeutralReaction(emoji, *directory.person(mapping(mapping(reaction, "user"), "user")))


def _moment(message: Record, key: str) -> int:
    """A time of Graph, which is UTC even where it does not say so. Raises ValueError."""
    text = string(message, key)
    if found := _dotnet_date.search(text):
        return int(found[1])
    if not text and key == "createdDateTime" and string(message, "id").isdecimal():
        return int(string(message, "id"))
    return moment_of(utc_time(text))
