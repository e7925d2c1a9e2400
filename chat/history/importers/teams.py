"""Microsoft Teams: messages as Microsoft Graph has them, in one file or in folders of teams and users.

Exports write the fields of Graph with a capital or a small first letter; both are read. A chat is in the file of each
of its members; a message is yielded for each, and the writer keeps one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.reader import Options
from chat.history.importers.records import records
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.text.teams import Body, body_of
from chat.history.importers.times import moment_of

_in_folders = re.compile(r"(?:^|/)(?:teams|users)/[^/]+/messages_[^/]*\.json$", re.I)
_of_a_member = re.compile(r"(?:^|/)users/([^/]+)/[^/]*$", re.I)
_list_of_users = re.compile(r"(?:^|/)userslist\.json$", re.I)
_names_of_rooms = re.compile(r"(?:^|/)(?:teams(?:list|settings)|(?:channels|chats)_?[^/]*)\.json$", re.I)
_dotnet_date = re.compile(r"/Date\((-?\d+)[^)]*\)/")
_emoji = {"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😠"}
_head_bytes = 4096
MAX_NAMES = 4  # of people, in the name of a chat


@dataclass(frozen=True)
class TeamsReader:
    """Reads messages of Microsoft Graph."""

    name: str = "teams"
    title: str = "Microsoft Teams"

    def recognizes(self, source: Source) -> bool:
        return bool(_message_files(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = _message_files(source)
        directory = _Directory(source, report)
        for name in names:
            owner = _of_a_member.search(name)
            for _, message in _records(source, name, report):
                directory.add_people(message, owner[1] if owner else "")
        for name in names:
            for place, message in _records(source, name, None):
                try:
                    if (entry := _entry(message, place, directory, report)) is not None:
                        yield entry
                except ValueError as error:
                    report.problem(place, str(error))


READER = TeamsReader()


class _Directory:
    """Names of people, channels and chats. A chat is named after those who have written in it."""

    def __init__(self, source: Source, report: Report) -> None:
        self.people: dict[str, str] = {}
        self.rooms: dict[str, str] = {}
        self.private: set[str] = set()  # channels
        self.members: dict[str, set[str]] = {}
        for name in source.names():
            if _list_of_users.search(name):
                for _, user in _records(source, name, report):
                    self.people[string(user, "id")] = string(user, "displayName")
            elif _names_of_rooms.search(name):
                for _, room in _records(source, name, report):
                    room_id = string(room, "id") or string(room, "groupsId")
                    self.private |= {room_id} if string(room, "membershipType") == "private" else set()
                    self.rooms[room_id] = string(room, "displayName") or string(room, "topic") or string(room, "name")

    def add_people(self, message: Record, owner: str) -> None:
        """Remember who has written a message. `owner`: the member in whose file it is."""
        sender_id, name = self.sender(message)
        if name:
            self.people.setdefault(sender_id, name)
        if chat := string(message, "chatId"):
            self.members.setdefault(chat, set()).update({sender_id, owner})

    def sender(self, message: Record) -> tuple[str, str]:
        """The id and the name of who has written a message: a person, or an application."""
        sender = message.get("from")
        identities = [each for each in sender.values() if isinstance(each, dict)] if isinstance(sender, dict) else []
        for each in identities:
            if string(each, "id") or string(each, "displayName"):
                return self.person(each)
        return "", ""

    def person(self, identity: Record) -> tuple[str, str]:
        """The id and the name of a person. Graph has no name for those who have left."""
        person_id, name = string(identity, "id"), string(identity, "displayName")
        name = name or self.people.get(person_id, "")
        return person_id or name, name

    def room(self, message: Record, report: Report) -> str:
        """The key of the room of a message, which is told to the report. Raises ValueError."""
        channel = mapping(message, "channelIdentity")
        team_id, channel_id, chat_id = (
            string(channel, "teamId"),
            string(channel, "channelId"),
            string(message, "chatId"),
        )
        key = f"{team_id}/{channel_id}" if channel_id else chat_id
        if not key:
            raise ValueError("the message has no channel and no chat")
        if key not in report.rooms:
            name = self._channel_name(team_id, channel_id) if channel_id else self._chat_name(chat_id)
            report.room(key, name, direct=not channel_id)
            if channel_id in self.private:
                report.note(f"{name} is a private channel in Teams: here everybody reads it who can open the site")
        return key

    def _channel_name(self, team_id: str, channel_id: str) -> str:
        team, channel = self.rooms.get(team_id, ""), self.rooms.get(channel_id, "")
        if channel in ("", "General"):  # every team has a channel of this name
            return team or f"Channel {_short(channel_id)}"
        return f"{team}: {channel}" if team and team != channel else channel

    def _chat_name(self, chat_id: str) -> str:
        if topic := self.rooms.get(chat_id):
            return topic
        names = sorted({self.people.get(member, "") for member in self.members.get(chat_id, ())} - {""})
        more = len(names) - MAX_NAMES
        shown = ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
        return shown or f"Chat {_short(chat_id)}"


def _message_files(source: Source) -> list[str]:
    """The files with messages: by their place in the folders, or by what they begin with."""
    return [name for name in source.names() if _in_folders.search(name)] or [
        name for name in source.names() if name.lower().endswith(".json") and _begins_with_a_message(source, name)
    ]


def _begins_with_a_message(source: Source, name: str) -> bool:
    head = source.head(name, _head_bytes).lower()
    return b'"createddatetime"' in head and (b'"chatid"' in head or b'"messagetype"' in head)


def _records(source: Source, name: str, report: Report | None) -> Iterator[tuple[str, Record]]:
    """The records of a file, with their places; the replies that Graph has put inside a message as well."""
    for place, record in records(source, name, report, "value", "Value", "messages"):
        record = _lower_first(record)
        yield place, record
        for reply in mappings(record, "replies"):
            yield place, {"channelIdentity": record.get("channelIdentity"), **reply}


def _lower_first(value: Any) -> Any:
    """The names of fields as Graph writes them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower_first(each) for key, each in value.items()}
    return [_lower_first(each) for each in value] if isinstance(value, list) else value


def _entry(message: Record, place: str, directory: _Directory, report: Report) -> NeutralEntry | None:
    """What a message says; None if it is not imported. Raises ValueError."""
    body = body_of(message)
    if (reason := _reason_to_skip(message, body)) is not None:
        report.skip(reason)
        return None
    author_id, author_name = directory.sender(message)
    return NeutralEntry(
        room=directory.room(message, report),
        source_id=string(message, "id"),
        author_id=author_id or "unknown",
        author_name=author_name or f"Unknown {_short(author_id)}".strip(),
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
        return "deleted messages"
    return None if body.text.strip() or body.attachments else "messages without content"


def _reactions(message: Record, directory: _Directory) -> Iterator[NeutralReaction]:
    """The reactions that are there now: the history of the message has those that were taken back too."""
    for reaction in mappings(message, "reactions"):
        kind = string(reaction, "reactionType")
        person_id, name = directory.person(mapping(mapping(reaction, "user"), "user"))
        emoji = string(reaction, "displayName") or kind if kind == "custom" else _emoji.get(kind, kind)
        if emoji:
            yield NeutralReaction(emoji, person_id or "unknown", name or f"Unknown {_short(person_id)}".strip())


def _moment(message: Record, key: str) -> int:
    """A time of Graph, which is UTC even where it does not say so. Raises ValueError."""
    text = string(message, key)
    if found := _dotnet_date.search(text):
        return int(found[1])
    if not text and key == "createdDateTime" and string(message, "id").isdecimal():
        return int(string(message, "id"))
    moment = datetime.fromisoformat(text)
    return moment_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _short(identifier: str) -> str:
    """The end of an id that tells it from others, for people."""
    return re.sub(r"\W", "", PurePosixPath(identifier.partition("@")[0]).name)[-8:]
