"""The Lounge: its message database, or its text logs where a server keeps only these.

The database is read from a copy, with the log of what is not in the main file yet (-wal). A network is a uuid there.
Its name, and the names of channels as they were typed, are in users/<user>.json. Times are UTC.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import PurePosixPath
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.irc.conversations import is_log_name
from chat.history.importers.irc.reader import head_of, read_logs
from chat.history.importers.irc.styles import NEWS, SERVERS, THE_LOUNGE, style_of
from chat.history.importers.reader import Options
from chat.history.importers.reasons import EMPTY, JOINS
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text import mirc

SUFFIXES = (".sqlite3", ".sqlite", ".db")  # The Lounge writes the first one

_magic = b"SQLite format 3\0"
_columns = {"network", "channel", "time", "type", "msg"}
_schema = re.compile(rb'CREATE TABLE "?messages"? ?\([^)]*\bnetwork\b[^)]*\bchannel\b[^)]*\bmsg\b')
_talk = {"message", "action", "notice"}
_joins = {"join", "part", "quit", "kick"}
_channel_signs = "#&!+"


class _From(msgspec.Struct, frozen=True):
    nick: str = ""


class _Message(msgspec.Struct, frozen=True):
    """The JSON of a row. Other types of messages have other fields."""

    sender: _From = msgspec.field(name="from", default=_From())
    text: str | None = None
    new_nick: str = ""


class _Channel(msgspec.Struct, frozen=True):
    name: str = ""


class _Network(msgspec.Struct, frozen=True):
    uuid: str = ""
    name: str = ""
    channels: list[_Channel] = []


class _User(msgspec.Struct, frozen=True):
    networks: list[_Network] = []


class _Row(NamedTuple):
    id: int | None
    network: str
    channel: str
    time: int
    type: str
    msg: str


_decode = msgspec.json.Decoder(_Message).decode


class _TheLounge:
    name = "thelounge"
    title = "The Lounge"

    def recognizes(self, source: Source) -> bool:
        return bool(_databases(source)) or bool(_text_logs(source, limit=1))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        databases = _databases(source)
        if not databases:
            yield from read_logs(source, _text_logs(source), (THE_LOUNGE,), ZoneInfo("UTC"), report)
            return
        if _text_logs(source, limit=1):
            report.note("the text logs hold the same messages as the database, and are not read")
        names = _Names(source)
        if not names.are_known:
            report.note("users/<user>.json is missing: channels are in small letters, and networks have no names")
        for name in databases:
            yield from _Database(source, name, names, report).entries()


READER = _TheLounge()


def _databases(source: Source) -> list[str]:
    return [
        name
        for name in source.names()
        if name.endswith(SUFFIXES)
        and (head := source.head(name)).startswith(_magic)
        and _has_schema(source, name, head)
    ]


def _has_schema(source: Source, name: str, head: bytes) -> bool:
    """Whether the tables are The Lounge's. Those of a young database may still be in its log alone."""
    wal = f"{name}-wal"
    return bool(_schema.search(head) or (wal in source.names() and _schema.search(source.head(wal))))


def _text_logs(source: Source, limit: int | None = None) -> list[str]:
    found: list[str] = []
    for name in source.names():
        if is_log_name(name) and style_of(head_of(source, name), (THE_LOUNGE,)):
            found.append(name)
            if len(found) == limit:
                break
    return found


class _Names:
    """The names of networks and of channels, from the files of users."""

    def __init__(self, source: Source) -> None:
        self._networks: dict[str, _Network] = {}
        for name in source.names():
            if PurePosixPath(name).suffix == ".json" and PurePosixPath(name).parent.name == "users":
                self._add(source.read(name))

    def _add(self, file: bytes) -> None:
        try:
            user = msgspec.json.decode(file, type=_User)
        except msgspec.MsgspecError:
            return  # a room then has the name of its channel alone
        self._networks.update({network.uuid: network for network in user.networks})

    @property
    def are_known(self) -> bool:
        """Whether there is a file of a user."""
        return bool(self._networks)

    def network(self, uuid: str) -> str:
        return self._networks[uuid].name if uuid in self._networks else ""

    def channel(self, uuid: str, channel: str) -> str:
        """The database has channels in small letters."""
        channels = self._networks[uuid].channels if uuid in self._networks else []
        return next((each.name for each in channels if each.name.lower() == channel), channel)


class _Database:
    """The messages of one user."""

    def __init__(self, source: Source, name: str, names: _Names, report: Report) -> None:
        self._source = source
        self._name = name
        self._names = names
        self._report = report
        self._people: dict[str, dict[str, str]] = {}  # by channel: nick -> id

    def entries(self) -> Iterator[NeutralEntry]:
        try:
            with closing(sqlite3.connect(self._source.path(self._name))) as database:
                yield from self._read(database)
        except sqlite3.Error as error:
            raise BadSource(f"{self._name} cannot be read: {error}") from None

    def _read(self, database: sqlite3.Connection) -> Iterator[NeutralEntry]:
        columns = {row[1] for row in database.execute("PRAGMA table_info(messages)")}
        if missing := _columns - columns:
            raise BadSource(f"{self._name} has no column {', '.join(sorted(missing))}: no schema that is known")
        self._tell_rooms(database)
        identity = "id" if "id" in columns else "NULL"  # the first schema has none
        query = f"SELECT {identity}, network, channel, time, type, msg FROM messages ORDER BY rowid"  # noqa: S608
        for number, row in enumerate(database.execute(query), 1):
            yield from self._entry(_Row(*row), f"{self._name}, message {row[0] or number}")

    def _tell_rooms(self, database: sqlite3.Connection) -> None:
        pairs = sorted(set(database.execute("SELECT DISTINCT network, channel FROM messages")))
        channels = [channel for _, channel in pairs]
        for network, channel in pairs:
            shown = self._names.channel(network, channel)
            name = shown.lstrip(_channel_signs) or shown
            if channels.count(channel) > 1 and (of := self._names.network(network)):
                name = f"{name} ({of})"
            self._report.room(f"{network}/{channel}", name, direct=channel[:1] not in _channel_signs)

    def _entry(self, row: _Row, place: str) -> Iterator[NeutralEntry]:
        try:
            message = _decode(row.msg)
        except msgspec.MsgspecError as error:
            self._report.problem(place, f"not a message of The Lounge ({error})")
            return
        room = f"{row.network}/{row.channel}"
        people = self._people.setdefault(room, {})
        nick = message.sender.nick
        if row.type == "nick" and message.new_nick:
            people[message.new_nick] = people.pop(nick, nick.lower())
        reason = _left_out(row.type, message)
        if reason is not None:
            self._report.skip(reason)
            return
        text = mirc.action(nick, message.text or "") if row.type == "action" else mirc.markdown(message.text or "")
        source_id = "" if row.id is None else str(row.id)
        yield NeutralEntry(room, source_id, people.get(nick) or nick.lower(), nick, row.time, text, place)


def _left_out(kind: str, message: _Message) -> str | None:
    """The reason for which a message is not imported."""
    if kind not in _talk:
        return JOINS if kind in _joins else NEWS
    nick = message.sender.nick
    if not nick or nick == "*" or (kind == "notice" and "." in nick):  # bridges give people names with dots
        return SERVERS
    return None if mirc.without_codes(message.text or "").strip() else EMPTY
