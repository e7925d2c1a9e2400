"""Matrix: "Export chat" of Element as JSON, also in a zip with the files that were sent.

The file holds raw events. An edit is folded into its message already; names are in events of their own, so the file is
read twice: first for names, and for what other programs keep apart (edits, reactions, redactions), then for messages.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY
from chat.history.importers.records import records
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text.matrix import text_of_message, text_of_poll

_messages = ("m.room.message", "m.sticker")
_polls = ("m.poll.start", "org.matrix.msc3381.poll.start")
_files = ("m.image", "m.file", "m.video", "m.audio")
_galleries = ("m.gallery", "dm.filament.gallery")  # several files below one caption (MSC4274)
_folders = {"m.image": "images", "m.video": "videos", "m.audio": "audio", "m.sticker": "stickers"}
_skipped = {
    "m.room.member": "joins, leaves and changed names",
    "m.room.encrypted": "messages that could not be decrypted",
    "m.reaction": "",
    "m.room.redaction": "",
    **dict.fromkeys(("m.poll.response", "org.matrix.msc3381.poll.response"), "votes in polls"),
    **dict.fromkeys(("m.poll.end", "org.matrix.msc3381.poll.end"), "ends of polls"),
}
_undecrypted = ("m.bad.encrypted", "m.room.encrypted")
_head_bytes = 65_536


@dataclass(frozen=True)
class MatrixReader:
    """Reads the JSON of Element."""

    name: str = "matrix"
    title: str = "Matrix (Element)"

    def recognizes(self, source: Source) -> bool:
        return bool(_exports(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = _exports(source)
        if not names:
            raise BadSource(f"{source.name} has no JSON of Element: choose JSON as the format of the export")
        for name in names:
            yield from _Export(source, name, report).entries()


READER = MatrixReader()


@dataclass
class _Room:
    """What the first reading finds."""

    key: str = ""
    is_direct: bool = False  # an invitation says so
    has_name: bool = False
    people: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)  # the first that is known of each user
    edits: dict[str, Record] = field(default_factory=dict)  # the last edit of a message, by the message's id
    reactions: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)  # (emoji, sender) to the event's id
    redacted: set[str] = field(default_factory=set)


class _Export:
    """One file: one room."""

    def __init__(self, source: Source, name: str, report: Report) -> None:
        self.source = source
        self.name = name
        self.report = report
        self.room = _Room()
        self.names: dict[str, str] = {}  # at this place of the file
        self.folder = name.rpartition("/")[0]

    def entries(self) -> Iterator[NeutralEntry]:
        about: Record = {}
        for _, event in records(self.source, self.name, self.report, "messages", about=about):
            self.survey(event)
        self.room.key = self.room.key or string(about, "room_name") or self.name
        self.names = dict(self.room.names)
        room_name = string(about, "room_name") or _local_part(self.room.key)
        topic = string(about, "topic")
        self.report.room(self.room.key, room_name, topic=topic, direct=self.is_direct(room_name, topic))
        for place, event in records(self.source, self.name, None, "messages"):
            try:
                if (entry := self.entry(event, place)) is not None:
                    yield entry
            except ValueError as error:
                self.report.problem(place, str(error))

    def is_direct(self, name: str, topic: str) -> bool:
        """Whether it is a room of two people: an invitation tells it, or that it has no name but that of one of them.

        The invitation may be missing: an export may begin later.
        """
        if self.room.is_direct or len(self.room.people) > 2 or topic:
            return self.room.is_direct
        names = {self.room.names.get(person) for person in self.room.people} | self.room.people
        if self.room.has_name and name not in names:
            return False
        why = f"at most two people are in {name}, and nobody has given it a name"
        self.report.note(f"{why}: it is taken for direct messages")
        return True

    def survey(self, event: Record) -> None:
        content, kind, sender = mapping(event, "content"), string(event, "type"), string(event, "sender")
        relation = mapping(content, "m.relates_to")
        target = string(relation, "event_id")
        self.room.key = self.room.key or string(event, "room_id")
        self.room.has_name = self.room.has_name or kind == "m.room.name"
        self.room.people.update({sender, string(event, "state_key")} if kind == "m.room.member" else {sender})
        if kind == "m.room.member":
            user, name = string(event, "state_key"), _member_name(event, before=True) or _member_name(event)
            self.room.names.setdefault(user, name) if name else None
            self.room.is_direct |= content.get("is_direct") is True
        elif kind == "m.room.redaction":
            self.room.redacted.add(string(event, "redacts") or string(content, "redacts"))
        elif relation.get("rel_type") == "m.replace" and target:
            before = self.room.edits.get(target, {})
            if (number(event, "origin_server_ts") or 0) >= (number(before, "origin_server_ts") or 0):
                self.room.edits[target] = event
        elif kind == "m.reaction" and target:
            self.room.reactions.setdefault(target, {})[string(relation, "key"), sender] = string(event, "event_id")

    def entry(self, event: Record, place: str) -> NeutralEntry | None:
        """The message of an event; None if it is none, or is not imported. Raises ValueError."""
        if string(event, "type") == "m.room.member":
            self.rename(event)
        content = self.content(event)
        sender = string(event, "sender")
        name = self.names.get(sender) or _local_part(sender)
        attachments = self.attachments(event, content)
        text = self.text(event, content, name)
        reason = self.reason_to_skip(event, content)
        if reason is None and not text.strip() and not attachments:
            reason = EMPTY
        if reason is not None:
            self.report.skip(reason, 1 if reason else 0)
            return None
        if not sender:
            raise ValueError("the event has no sender")
        return NeutralEntry(
            room=self.room.key,
            source_id=string(event, "event_id"),
            author_id=sender,
            author_name=name,
            moment=_moment(event),
            text=text,
            place=place,
            reply_to=_reply_to(mapping(event, "content")),
            edited=number(self.edit(event), "origin_server_ts"),
            reactions=tuple(self.reactions(string(event, "event_id"))),
            attachments=attachments,
        )

    def rename(self, event: Record) -> None:
        """People have the name that they had at the time; one who leaves keeps the last."""
        if name := _member_name(event):
            self.names[string(event, "state_key")] = name

    def edit(self, event: Record) -> Record:
        """The last edit of a message: Element keeps it inside, other programs beside it."""
        inside = mapping(mapping(mapping(event, "unsigned"), "m.relations"), "m.replace")
        edit = self.room.edits.get(string(event, "event_id")) or inside
        return edit if string(edit, "sender") == string(event, "sender") else {}

    def content(self, event: Record) -> Record:
        """The content as it is now."""
        return mapping(mapping(self.edit(event), "content"), "m.new_content") or mapping(event, "content")

    def reason_to_skip(self, event: Record, content: Record) -> str | None:
        """Why an event is not imported; "" if it needs not be counted, None if it is a message."""
        kind, own = string(event, "type"), mapping(event, "content")
        if mapping(own, "m.relates_to").get("rel_type") == "m.replace":
            return ""  # counted as its message
        if "redacted_because" in mapping(event, "unsigned") or string(event, "event_id") in self.room.redacted:
            return DELETED if kind in (*_messages, *_polls, "m.room.encrypted") else ""
        if string(content, "msgtype") in _undecrypted:
            return _skipped["m.room.encrypted"]
        if string(content, "msgtype") == "m.key.verification.request":
            return "events of other kinds"
        is_message = kind in _messages or kind in _polls
        if is_message or (kind not in _skipped and _has_words(content) and "state_key" not in event):
            return None if content else DELETED
        return _skipped.get(kind, "changes of the room" if "state_key" in event else "events of other kinds")

    def text(self, event: Record, content: Record, name: str) -> str:
        if string(event, "type") in _polls:
            return text_of_poll(content)
        is_file = string(content, "msgtype") in _files or string(event, "type") == "m.sticker"
        if is_file and string(content, "filename") in ("", string(content, "body")):
            return ""  # the body is the file's name
        is_reply = _reply_to(mapping(event, "content")) is not None
        return text_of_message(content, name, is_reply=is_reply)

    def attachments(self, event: Record, content: Record) -> tuple[Attachment, ...]:
        kind = "m.sticker" if string(event, "type") == "m.sticker" else string(content, "msgtype")
        if kind in _galleries:
            items = ({**item, "msgtype": string(item, "itemtype")} for item in mappings(content, "itemtypes"))
            return tuple(file for item in items if item["msgtype"] in _files for file in self.attachments(event, item))
        if kind not in _files and kind != "m.sticker":
            return ()
        name = string(content, "filename", "body") or kind.removeprefix("m.")
        size = number(mapping(content, "info"), "size")
        return (Attachment(name, size, self.path(kind, string(content, "body") or name)),)

    def path(self, kind: str, body: str) -> str | None:
        """The file in the zip: its name with its date and time in between. None if there are none, or several."""
        stem, dot, extension = body.rpartition(".")
        start = "/".join(part for part in (self.folder, _folders.get(kind, "files"), stem if dot else body) if part)
        names = self.source.names()
        first, last = bisect_left(names, f"{start}-"), bisect_left(names, f"{start}.")  # "." is behind "-"
        end = f".{extension}" if dot and kind != "m.sticker" else ""
        found = [name for name in names[first:last] if name.endswith(end)]
        return found[0] if len(found) == 1 else None

    def reactions(self, event_id: str) -> Iterator[NeutralReaction]:
        for (emoji, sender), reaction_id in self.room.reactions.get(event_id, {}).items():
            if emoji and reaction_id not in self.room.redacted:
                yield NeutralReaction(emoji, sender, self.names.get(sender) or _local_part(sender))


def _exports(source: Source) -> list[str]:
    """The files with a room of Element: one, or export.json in a zip."""
    return [name for name in source.names() if name.lower().endswith(".json") and _is_export(source, name)]


def _is_export(source: Source, name: str) -> bool:
    start = source.head(name, _head_bytes)
    return all(f'"{key}"'.encode() in start for key in ("room_name", "export_date", "messages"))


def _member_name(event: Record, *, before: bool = False) -> str:
    """The name that an event gives to a member, or that the member had before."""
    holder = event if not before else mapping(event, "unsigned") | event
    return string(mapping(holder, "prev_content" if before else "content"), "displayname")


def _moment(event: Record) -> int:
    """When the server got the event. Raises ValueError."""
    if (moment := number(event, "origin_server_ts")) is None:
        raise ValueError("the event has no origin_server_ts")
    return moment


def _local_part(matrix_id: str) -> str:
    """`ada` of `@ada:example.org`."""
    return matrix_id.lstrip("@!").partition(":")[0] or "unknown"


def _reply_to(content: Record) -> str | None:
    """The event that a message answers. In a thread, an answer to the last message is one to the thread's first."""
    relation = mapping(content, "m.relates_to")
    answered = string(mapping(relation, "m.in_reply_to"), "event_id")
    if relation.get("rel_type") == "m.thread" and (relation.get("is_falling_back") or not answered):
        return string(relation, "event_id") or None
    return answered or None


def _has_words(content: Record) -> bool:
    """Whether an event of a kind that is not known can be shown as text all the same."""
    words: Any = content.get("body") or content.get("m.text") or content.get("org.matrix.msc1767.text")
    return bool(words) and re.search(r"\w", str(words)) is not None
