"""What a Slack export says about its workspace: people, conversations, and which file belongs to which."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import normalize

import msgspec

from chat.history.importers.report import PEOPLE, ROOMS, Report
from chat.history.importers.slack.records import SlackChannel, SlackProfile, SlackUser
from chat.history.importers.source import Source
from chat.history.importers.text.slack import plain, unescape
from chat.history.importers.typed_records import BadRecord, Struct, decode_records, parse_json, tolerant_record

_lists = {"channels.json": "public", "groups.json": "private", "mpims.json": "direct", "dms.json": "direct"}
_people = ("users.json", "org_users.json")
KNOWN_FILES = {*_lists, *_people, "integration_logs.json"}
_day = re.compile(r"(?:(?P<root>.*)/)?(?P<folder>[^/]+)/\d{4}-\d\d-\d\d\.json")
_uploaded = re.compile(r"(?:.*/)?(?:__uploads/(?P<id>F[0-9A-Z]+)/|attachments/(?P<old>F[0-9A-Z]+)-)[^/]+")
_direct_folder = re.compile(r"D[0-9A-Z]{7,}|mpdm-.+")
_canvas_folder = re.compile(r"^FC:F[0-9A-Z]+:")
_dumped = re.compile(rb'\s*{\s*"channel_id"\s*:\s*"([A-Z0-9]+)"\s*,\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")')
_label = re.compile(r"<(@|#|!subteam\^)([A-Z0-9]+)\|([^<>]+)>")
_slack_time = re.compile(rb'"ts"\s*:\s*"\d{9,11}\.\d{6}"')
_builtin_users = {"USLACKBOT": "Slackbot"}


class Conversation(NamedTuple):
    """A channel or a direct conversation. `key` stays the same over exports, also if it is renamed.

    `is_listed`: a list has it. Otherwise its key and its name are those of its folder.
    """

    key: str
    name: str
    topic: str = ""
    is_direct: bool = False
    is_private: bool = False
    is_listed: bool = True


class Layout(NamedTuple):
    """Where files stand. `prefix` of the lists is "" or ends with "/"."""

    prefix: str
    days: list[tuple[str, str]]  # the folder of a conversation, and a day's file in it
    roots: list[str]  # of exports; the days are those of the first one


def layout(source: Source) -> Layout:
    """The files of an export: folders of days, beside the lists, perhaps in a folder of their own."""
    names = [name for name in source.names() if not is_upload(name)]
    listed = {name.rpartition("/")[0] for name in names if name.rpartition("/")[2] in KNOWN_FILES}
    days: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        if found := _day.fullmatch(name):
            days.setdefault(found["root"] or "", []).append((found["folder"], name))
    roots = [root for root in sorted(days, key=len) if root in listed or has_messages(source, days[root])]
    root = roots[0] if roots else ""
    prefix = root if root in listed else min(listed, key=len, default="")
    return Layout(prefix and f"{prefix}/", days.get(root, []), roots)


def has_messages(source: Source, days: list[tuple[str, str]]) -> bool:
    """Whether files are Slack's, by the first of them."""
    return any(is_slack(source.head(name)) for _, name in days[:20])


def is_slack(head: bytes) -> bool:
    """Whether messages of Slack begin here."""
    return _slack_time.search(head) is not None


def is_upload(name: str) -> bool:
    """Whether somebody sent this file in the chat."""
    return _uploaded.fullmatch(name) is not None


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
        people = [name for name in _people if prefix + name in names]
        for name in people:
            for user in _records(source, prefix + name, SlackUser, report, PEOPLE):
                self._users[user.id] = _name_of_user(user)
        if not people:
            report.lack(PEOPLE, "users.json is missing")
        for name, kind in _lists.items():
            if prefix + name in names:
                for channel in _records(source, prefix + name, SlackChannel, report, ROOMS):
                    self._add_channel(channel, kind)
        self._has_letters = not names.isdisjoint({f"{prefix}dms.json", f"{prefix}mpims.json"})
        if prefix + "channels.json" not in names:
            report.lack(ROOMS, "channels.json is missing")

    def _add_channel(self, channel: SlackChannel, kind: str) -> None:
        is_direct = kind == "direct" or _is_direct(channel)
        name = self._direct_name(channel) if is_direct else channel.name or channel.id
        if not is_direct:
            self._channels[channel.id] = name
        topics = (each.value for each in (channel.topic, channel.purpose) if each is not None)
        topic = plain(next((text for text in topics if text), ""), self)
        is_private = not is_direct and (kind == "private" or channel.is_private is True)
        found = Conversation(channel.id or name, name, "" if is_direct else topic, is_direct, is_private)
        for folder in (channel.id, channel.name):
            if folder:
                self._by_folder.setdefault(normalize("NFC", folder), found)

    def add_dump(self, channel: SlackChannel) -> None:
        """Take the name of a channel from a file of its messages, if no list has it."""
        if channel.id not in self._by_folder:
            self._add_channel(channel, "public")

    def _direct_name(self, channel: SlackChannel) -> str:
        names = [self.user_name(user_id) or user_id for user_id in channel.members or ()]
        return ", ".join(names) or channel.name or channel.id

    def conversation(self, folder: str) -> Conversation:
        """That of a folder: named like the channel, or its id for direct messages. One without a list is taken so.

        Comments on a canvas are in a folder such as `FC:F123:plan`. If there are direct messages, it may be of these.
        """
        found = self._by_folder.get(normalize("NFC", folder))  # macOS may have decomposed the name
        is_direct = _direct_folder.fullmatch(folder) is not None or (self._has_letters and folder.startswith("FC:"))
        name = _canvas_folder.sub("", folder) or folder
        return found or Conversation(folder, name, is_direct=is_direct, is_listed=False)

    def channels(self) -> Iterator[Conversation]:
        """Those of the lists that are no direct conversations, also without messages."""
        return (each for each in self._by_folder.values() if not each.is_direct)

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


def _is_direct(channel: SlackChannel) -> bool:
    """Whether a channel is a conversation of a few people, in whatever list a tool has put it."""
    is_marked = channel.is_im is True or channel.is_mpim is True
    return is_marked or channel.id.startswith("D") or (channel.name or "").startswith("mpdm-")


def _name_of_user(user: SlackUser) -> str:
    """The display name, which may be "", the full name, or the name of the account."""
    return _profile_name(user.profile or SlackProfile()) or user.real_name or user.name or ""


def _profile_name(profile: SlackProfile) -> str:
    names = (profile.display_name, profile.real_name, profile.name)
    return next((name.strip() for name in names if name and name.strip()), "")


def _records(source: Source, name: str, kind: type[Struct], report: Report, names: str) -> Iterator[Struct]:
    """The records of a list, which has `names` of that kind."""
    data = source.read(name)
    try:
        for number, record in enumerate(decode_records(data, kind), 1):
            if isinstance(record, BadRecord):
                report.problem(f"{name}, record {number}", str(record))
            else:
                yield record
    except BadRecord as error:
        report.problem(name, str(error))
        report.lack(names, f"{name.rpartition('/')[2]} is broken")
