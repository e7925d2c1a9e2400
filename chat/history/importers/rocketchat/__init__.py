"""Rocket.Chat: what "Export messages" makes, answers of the REST API, and the collections of mongoexport or bsondump.

All three are records of messages in JSON. The first has no ids, so that its messages have neither threads nor
reactions; the others have everything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY, JOINS
from chat.history.importers.report import ROOMS, Report
from chat.history.importers.rocketchat.attached import attached_files, attached_parts
from chat.history.importers.rocketchat.blocks import blocks_text
from chat.history.importers.rocketchat.files import ROOM_HEAD, USER_HEAD, file_records, has_messages, message_files
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text.markdown import link
from chat.history.importers.text.rocketchat import markdown
from chat.history.importers.times import moment_of_iso
from chat.history.importers.typed_records import BadRecord

_quoted_link = re.compile(r"\[[ ]?\]\((?P<url>https?://[^)\s]*[?&]msg=(?P<id>\w+)[^)\s]*)\)\s*")
_BSON_HELP = (
    "of a dump, make JSON with `bsondump --outFile=rocketchat_message.json rocketchat_message.bson`, "
    "and the same for rocketchat_room and users, in one folder"
)
COLLECTION = "rocketchat_message"  # the name of a file with the messages of all rooms
_pairs = ([float, float], [int, int], [int, float], [float, int])
_DIRECT_ID = 34  # the usual length of a room's id that is made of the ids of two users
_DIRECT_KINDS = ("d", "l", "v")  # letters, and what visitors of a site wrote or said
# Kinds that are no talk. Their `msg` is a name, or English that the server wrote.
_NEWS = (
    (re.compile(r"u[jl]t?|[ar]u|(?:added|removed)-user-.*|user-.*"), JOINS),
    (re.compile("rm"), DELETED),
    (re.compile("e2e"), "encrypted messages"),
    (re.compile("r|room_changed_.*"), "changed topics and names"),
    (re.compile("videoconf|jitsi_.*"), "huddles and calls"),
    (re.compile("message_pinned.*"), "pins"),
)


@dataclass(frozen=True)
class RocketChatReader:
    """Reads one file or a folder of them."""

    name: str = "rocketchat"
    title: str = "Rocket.Chat"

    def recognizes(self, source: Source) -> bool:
        is_dump = any(name.endswith("rocketchat_message.bson") for name in source.names())
        return is_dump or next(message_files(source), None) is not None

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        files = list(message_files(source))
        if not files:
            raise BadSource(f"{source.name} has no messages of Rocket.Chat in JSON: {_BSON_HELP}")
        export = _Export(source, report)
        for name in files:
            for place, record in file_records(source, name, report):
                try:
                    entry = export.entry(record, name, place)
                except BadRecord as error:
                    report.problem(place, str(error))
                    continue
                if entry is not None:
                    yield entry
        export.tell_other_rooms()


READER = RocketChatReader()


class _Export:
    """One pass over the messages, with the rooms and users that other files name."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report
        self._rooms: dict[str, Record] = {}
        self._ids: dict[str, str] = {}  # of users, by username
        self._assets = {name.rpartition("/")[2].partition("-")[0]: name for name in source.names() if "assets/" in name}
        for name in source.names():
            if name.endswith(".json"):
                self._learn(name)
        if not self._rooms:
            report.lack(ROOMS, "rocketchat_room.json is missing")

    def _learn(self, name: str) -> None:
        """Rooms and users of a collection, if the file is one; those of messages are the next best source."""
        head = self._source.head(name)
        is_rooms, is_users = ROOM_HEAD.search(head) is not None, USER_HEAD.search(head) is not None
        is_messages = has_messages(head)
        if not (is_rooms or is_users or is_messages):
            return
        for _, record in file_records(self._source, name, Report()):
            if is_messages:
                user = mapping(record, "u")
                self._ids.setdefault(string(user, "username"), string(user, "_id"))
            elif is_rooms:
                self._rooms[string(record, "_id")] = record
            elif string(record, "username"):
                self._ids[string(record, "username")] = string(record, "_id")

    def entry(self, record: Record, name: str, place: str) -> NeutralEntry | None:
        """The entry of a message; None if it is counted instead. Raises `BadRecord`."""
        moment = _moment(record.get("ts"))
        if record.get("_hidden") is True:
            self._report.skip("earlier versions of messages")
            return None
        if kind := string(record, "t", "type"):
            self._report.skip(_reason(kind))
            return None
        text, quoted = self._text(record)
        files = tuple(attached_files(record, self._assets, self._source.size))
        if not text and not files:
            self._report.skip(EMPTY)
            return None
        user = mapping(record, "u")
        username = string(user, "username") or string(record, "username") or "unknown"
        return NeutralEntry(
            room=self._room(record, name),
            source_id=string(record, "_id"),
            author_id=string(user, "_id") or username,
            author_name=string(record, "alias") or username,
            moment=moment,
            text=text,
            place=place,
            reply_to=string(record, "tmid") or quoted or None,
            edited=_moment_or_none(record.get("editedAt")),
            reactions=tuple(self._reactions(record)),
            attachments=files,
        )

    def _room(self, record: Record, name: str) -> str:
        """The room's id; of a file without ids, its name."""
        stem = name.rpartition("/")[2].rsplit(".", 1)[0]
        key = string(record, "rid") or stem
        room = self._rooms.get(key, {})
        people = room.get("usernames")
        others = ", ".join(each for each in people if isinstance(each, str)) if isinstance(people, list) else ""
        shown = string(room, "fname", "name") or others
        kind = string(room, "t")
        is_direct = self._is_direct(room) or (not kind and _is_of_two(string(record, "rid"), mapping(record, "u")))
        if not shown and (self._rooms or stem.startswith(COLLECTION)):
            shown = self._report.has_no_name(ROOMS, key)
        shown = shown or stem
        self._report.room(key, shown, topic=string(room, "topic"), direct=is_direct, private=kind == "p")
        return key

    def _is_direct(self, room: Record) -> bool:
        """A discussion is as private as the room that it began in."""
        parent = self._rooms.get(string(room, "prid"), {})
        return any(string(each, "t") in _DIRECT_KINDS for each in (room, parent))

    def tell_other_rooms(self) -> None:
        """Those of the collection that have no messages."""
        for key, room in self._rooms.items():
            if string(room, "t") in ("c", "p"):
                self._report.room(key, string(room, "fname", "name") or key)

    def _text(self, record: Record) -> tuple[str, str]:
        """The text, and the id of the message that it quotes; of several, the first."""
        message, quoted = _without_quotes(record)
        answered = quoted if string(record, "_id") else ""
        quotes: list[str] = []
        others: list[str] = []
        for attachment in mappings(record, "attachments"):
            link_to = string(attachment, "message_link")
            is_answered = bool(answered) and f"msg={answered}" in link_to
            (quotes if link_to else others).extend(attached_parts(attachment, is_answered))
        parts = [*quotes, blocks_text(record) or markdown(message), _place(record), *others]
        return "\n".join(part for part in parts if part), answered

    def _reactions(self, record: Record) -> Iterator[NeutralReaction]:
        for name, reaction in mapping(record, "reactions").items():
            people = reaction.get("usernames") if isinstance(reaction, dict) else None
            for username in people if isinstance(people, list) else ():
                if isinstance(username, str):
                    yield NeutralReaction(name.strip(":"), self._ids.get(username) or username, username)


def _is_of_two(room_id: str, user: Record) -> bool:
    """Whether a room is a direct one, whose id is made of those of its people."""
    user_id = string(user, "_id")
    is_named = user_id not in ("", room_id) and (room_id.startswith(user_id) or room_id.endswith(user_id))
    return is_named or len(room_id) == _DIRECT_ID


def _without_quotes(record: Record) -> tuple[str, str]:
    """The message without the links to what it quotes, which stand in front of it, and the id of the first one."""
    message, first = string(record, "msg"), ""
    linked = any(string(each, "message_link") for each in mappings(record, "attachments"))
    while (found := _quoted_link.match(message)) and (linked or string(record, "_id")):
        message, first = message[found.end() :], first or found["id"]
    return message, first


def _place(record: Record) -> str:
    """A position, in GeoJSON: the longitude is in front."""
    coordinates = mapping(record, "location").get("coordinates")
    if not isinstance(coordinates, list) or [type(each) for each in coordinates] not in _pairs:
        return ""
    longitude, latitude = coordinates
    url = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
    return link(f"Location: {latitude}, {longitude}", url)


def _reason(kind: str) -> str:
    found = (reason for kinds, reason in _NEWS if kinds.fullmatch(kind))
    return next(found, "other messages that Rocket.Chat made")


def _moment(value: Any) -> int:
    """Of ISO 8601, of MongoDB's {"$date": ...}, or of milliseconds. Raises `BadRecord`."""
    inner = value.get("$date", value) if isinstance(value, dict) else value
    if isinstance(inner, dict):
        inner = inner.get("$numberLong")
    try:
        if isinstance(inner, str) and not inner.isdecimal():
            return moment_of_iso(inner)
        moment = int(inner)
        datetime.fromtimestamp(moment / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadRecord(f"no time in ts: {value!r}") from None
    return moment


def _moment_or_none(value: Any) -> int | None:
    try:
        return _moment(value) if value else None
    except BadRecord:
        return None
