"""What a Slack export says about its workspace: people, conversations, and which file belongs to which."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from chat.history.importers.report import Report
from chat.history.importers.slack.records import SlackChannel, SlackProfile, SlackUser
from chat.history.importers.source import Source
from chat.history.importers.text.slack import plain, unescape
from chat.history.importers.typed_records import BadRecord, Struct, decode_records, parse_json, tolerant_record

_lists = {"channels.json": "public", "groups.json": "private", "mpims.json": "direct", "dms.json": "direct"}
_people = ("users.json", "org_users.json")
KNOWN_FILES = {*_lists, *_people, "integration_logs.json"}
_day = re.compile(r"(?P<folder>[^/]+)/\d{4}-\d\d-\d\d\.json")
_uploaded = re.compile(r"(?:.*/)?(?:__uploads/(?P<id>F[0-9A-Z]+)/|attachments/(?P<old>F[0-9A-Z]+)-)[^/]+")
_direct_folder = re.compile(r"D[0-9A-Z]{7,}|mpdm-.+")
_dumped = re.compile(rb'\s*{\s*"channel_id"\s*:\s*"([A-Z0-9]+)"\s*,\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")')
_label = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)\|([^<>]+)>")
_builtin_users = {"USLACKBOT": "Slackbot"}


class Conversation(NamedTuple):
    """A channel or a direct conversation. `key` stays the same over exports, also if it is renamed."""

    key: str
    name: str
    topic: str = ""
    is_direct: bool = False
    is_private: bool = False


class Layout(NamedTuple):
    """Where files stand. `folder` is "" or ends with "/"."""

    prefix: str
    days: list[tuple[str, str]]  # the folder of a conversation, and a day's file in it


def layout(source: Source) -> Layout:
    """The files of an export: folders of days, beside the lists, perhaps in a folder of their own."""
    names = source.names()
    listed = [name for name in names if name.rpartition("/")[2] in KNOWN_FILES]
    prefix = min((name.rpartition("/")[0] for name in listed), key=len, default="")
    prefix += "/" if prefix else ""
    inside = ((name, _day.fullmatch(name.removeprefix(prefix))) for name in names if name.startswith(prefix))
    return Layout(prefix, [(found["folder"], name) for name, found in inside if found])


def dumped(head: bytes) -> SlackChannel | None:
    """The channel that a file of slackdump names at its beginning, with its messages behind."""
    found = _dumped.match(head)
    return SlackChannel(found[1].decode(), parse_json(found[2])) if found else None


class Workspace:
    """The directory of a source: a `Directory` for the dialect."""

    def __init__(self, source: Source, prefix: str, report: Report) -> None:
        self.shown: dict[str, str] = {}
        self._users = dict(_builtin_users)
        self._channels: dict[str, str] = {}
        self._by_folder: dict[str, Conversation] = {}
        self.uploads = {
            found["id"] or found["old"]: name for name in source.names() if (found := _uploaded.fullmatch(name))
        }
        names = set(source.names())
        for name in _people:
            if prefix + name in names:
                for user in _records(source, prefix + name, SlackUser, report):
                    self._users[user.id] = _name_of_user(user)
        for name, kind in _lists.items():
            if prefix + name in names:
                for channel in _records(source, prefix + name, SlackChannel, report):
                    self._add_channel(channel, kind)

    def _add_channel(self, channel: SlackChannel, kind: str) -> None:
        is_direct = kind == "direct"
        name = self._direct_name(channel) if is_direct else channel.name or channel.id
        if not is_direct:
            self._channels[channel.id] = name
        topics = (each.value for each in (channel.topic, channel.purpose) if each is not None)
        topic = plain(next((text for text in topics if text), ""), self)
        found = Conversation(channel.id or name, name, "" if is_direct else topic, is_direct, kind == "private")
        for folder in (channel.id, channel.name):
            if folder:
                self._by_folder.setdefault(folder, found)

    def add_dump(self, channel: SlackChannel) -> None:
        """Take the name of a channel from a file of its messages, if no list has it."""
        if channel.id not in self._by_folder:
            self._add_channel(channel, "direct" if channel.id.startswith("D") else "public")

    def _direct_name(self, channel: SlackChannel) -> str:
        names = [self.user_name(user_id) or user_id for user_id in channel.members or ()]
        return ", ".join(names) or channel.name or channel.id

    def conversation(self, folder: str) -> Conversation:
        """That of a folder: named like the channel, or its id for direct messages. One without a list is taken so."""
        found = self._by_folder.get(folder)
        return found or Conversation(folder, folder, is_direct=_direct_folder.fullmatch(folder) is not None)

    def user_name(self, user_id: str) -> str:
        """The name of a user, "" if the export does not have it."""
        return self._users.get(user_id, "")

    def channel_name(self, channel_id: str) -> str:
        """The name of a channel, "" if the export does not have it."""
        return self._channels.get(channel_id, "")

    def learn_labels(self, text: str) -> None:
        """Names that only the text says, as of the channel in `<#C1|general>`: blocks have nothing but the id."""
        for kind, found_id, label in _label.findall(text):
            names = self._users if kind == "@" else self._channels
            if found_id not in names:
                names[found_id] = unescape(label).removeprefix("@")
                self.shown.clear()

    def learn_user(self, user_id: str, profile: msgspec.Raw) -> str:
        """The name of a user of another workspace, which only the message says. "" if it does not."""
        try:
            name = _profile_name(tolerant_record(parse_json(profile), SlackProfile))
        except BadRecord:
            return ""
        if name:
            self._users[user_id] = name
            self.shown.clear()
        return name


def _name_of_user(user: SlackUser) -> str:
    """The display name, which may be "", the full name, or the name of the account."""
    return _profile_name(user.profile or SlackProfile()) or user.real_name or user.name or ""


def _profile_name(profile: SlackProfile) -> str:
    names = (profile.display_name, profile.real_name, profile.name)
    return next((name.strip() for name in names if name and name.strip()), "")


def _records(source: Source, name: str, kind: type[Struct], report: Report) -> Iterator[Struct]:
    data = source.read(name)
    try:
        for number, record in enumerate(decode_records(data, kind), 1):
            if isinstance(record, BadRecord):
                report.problem(f"{name}, record {number}", str(record))
            else:
                yield record
    except BadRecord as error:
        report.problem(name, str(error))
