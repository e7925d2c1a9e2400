"""Mattermost's bulk export: JSON lines, in a zip with the files of messages in data/.

Posts have no ids and stand in any order; replies are nested in their post. The id of a post is made of its author, its
time, its words and its files, so that it is the same in the next export.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mappings, string
from chat.history.importers.mattermost.records import Channel, Line, Post
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY, JOINS
from chat.history.importers.records import record_lines
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source, only_one
from chat.history.importers.text.attached import attached_text
from chat.history.importers.text.markdown import action, quote
from chat.history.importers.text.mattermost import markdown
from chat.history.importers.typed_records import BadRecord, decode_record, objects

_version_line = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[^{}\n]{0,100}?"type"\s*:\s*"version"')
_name = r"[\w.@-]+"
# What the server said as a post, in exports before posts had a type.
_news = re.compile(
    rf"(?P<who>{_name}) (?:has )?(?:joined|left) the (?:channel|team)\."
    rf"|{_name} (?:was )?added to the (?:channel|team) by (?P<by>{_name})\."
    rf"|{_name} was removed from the (?:channel|team)\."
    rf"|(?P<editor>{_name}) (?:updated|removed) the channel (?:header|purpose|display name)\b.*"
    rf"|(?P<archiver>{_name}) (?:has )?(?:un)?archived the channel\.",
    re.S,
)
_joins = ("system_join", "system_leave", "system_add", "system_remove", "system_guest")
_changes = ("system_header", "system_displayname", "system_purpose", "system_convert", "system_channel")


@dataclass(frozen=True)
class MattermostReader:
    """Reads `mmctl export` (or the server's `export bulk`): the zip, its folder, or the lines alone."""

    name: str = "mattermost"
    title: str = "Mattermost"

    def recognizes(self, source: Source) -> bool:
        return next(_lines_of(source), None) is not None

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = list(_lines_of(source))
        if not names:
            raise BadSource(f"{source.name} has no line of Mattermost's version in front: name the zip of the export")
        yield from _Export(source, only_one(source, self.title, names), report).entries()


READER = MattermostReader()


def _lines_of(source: Source) -> Iterator[str]:
    """The files of exports, which are called import.jsonl in zips. What people sent is in folders below theirs."""
    candidates = (name for name in source.names() if source.single or name.endswith((".jsonl", ".json")))
    found = [name for name in candidates if _is_export(source, name)]
    depth = min((name.count("/") for name in found), default=0)
    return (name for name in found if name.count("/") == depth)


def _is_export(source: Source, name: str) -> bool:
    return _version_line.match(source.head(name, 256)) is not None


class _Export:
    """One pass over the lines: channels come before their posts."""

    def __init__(self, source: Source, name: str, report: Report) -> None:
        self._source = source
        self._name = name
        self._report = report
        self._members = set(source.names())
        self._folder = name[: name.rfind("/") + 1]
        self._channels: dict[str, Channel] = {}
        self._told: set[str] = set()  # keys of rooms
        self._names: set[str] = set()

    def entries(self) -> Iterator[NeutralEntry]:
        for place, data in record_lines(self._source, self._name):
            try:
                yield from self._line(decode_record(data, Line), place)
            except BadRecord as error:
                self._report.problem(place, str(error))
        for key, channel in self._channels.items():
            self._report.room(key, channel.display_name or channel.name)

    def _line(self, line: Line, place: str) -> Iterator[NeutralEntry]:
        if line.type == "channel" and line.channel is not None:
            self._channels[f"{line.channel.team}/{line.channel.name}"] = line.channel
        elif line.type == "post" and line.post is not None:
            yield from self._post(self._room(line.post), line.post, place)
        elif line.type == "direct_post" and line.direct_post is not None:
            yield from self._post(self._direct_room(line.direct_post), line.direct_post, place)
        elif line.type in ("post", "direct_post"):
            raise BadRecord(f"no {line.type}")
        elif line.type in ("page", "page_comment"):
            self._report.skip("pages of wikis and comments on them")

    def _room(self, post: Post) -> str:
        key = f"{post.team}/{post.channel}"
        if key not in self._told:
            self._told.add(key)
            channel = self._channels.get(key, Channel(name=post.channel or "channel"))
            name = channel.display_name or channel.name
            names = Counter(each.display_name or each.name for each in self._channels.values())
            is_taken = names[name] > 1 or name in self._names
            self._names.add(name)
            shown = f"{name} ({post.team})" if is_taken else name
            topic = channel.header or channel.purpose or ""
            self._report.room(key, shown, topic=topic, private=channel.type == "P")
        return key

    def _direct_room(self, post: Post) -> str:
        members = sorted(set(post.channel_members or ()))
        key = "direct/" + "/".join(members)
        if key not in self._told:
            self._told.add(key)
            self._report.room(key, ", ".join(members) or "direct messages", direct=True)
        return key

    def _post(self, room: str, post: Post, place: str) -> Iterator[NeutralEntry]:
        entry = self._entry(room, post, place, None)
        if entry is not None:
            yield entry
        for number, reply in enumerate(post.replies or (), 1):
            reply_place = f"{place}, reply {number}"
            try:
                answer = self._entry(room, reply, reply_place, entry.source_id if entry else None)
            except BadRecord as error:
                self._report.problem(reply_place, str(error))
                continue
            if answer is not None:
                yield answer

    def _entry(self, room: str, post: Post, place: str, parent: str | None) -> NeutralEntry | None:
        if not post.create_at or post.create_at < 0:
            raise BadRecord("no time in create_at")
        if reason := _not_talk(post):
            self._report.skip(reason)
            return None
        props = next(iter(objects(post.props)), {})
        files = tuple(self._file(record) for record in objects(post.attachments))
        text = "\n".join(filter(None, (_said(post), *_attached(props))))
        if not text and not files:
            self._report.skip(EMPTY)
            return None
        user = post.user or "unknown"
        return NeutralEntry(
            room=room,
            source_id=_source_id(post),
            author_id=user,
            author_name=string(props, "override_username") or user,
            moment=post.create_at,
            text=text,
            place=place,
            reply_to=parent,
            edited=post.edit_at if post.edit_at and post.edit_at > 0 else None,
            reactions=tuple(_reaction(record) for record in objects(post.reactions) if string(record, "user")),
            attachments=files,
        )

    def _file(self, record: Record) -> Attachment:
        path = string(record, "path")
        found = next(
            (name for start in ("data/", "") if (name := f"{self._folder}{start}{path}") in self._members), None
        )
        size = self._source.size(found) if found else None
        return Attachment(path.rpartition("/")[2] or "file", size, found)


def _said(post: Post) -> str:
    """The words. "/me waves" is a post of a type of its own, whose message stands between stars."""
    if post.type == "me":
        return action(f"{post.user} {(post.message or '').strip('*')}")
    return markdown(post.message or "")


def _source_id(post: Post) -> str:
    """Stable over exports. Two posts of one person and millisecond with the same words and files are one."""
    content = msgspec.json.encode((post.message, [string(record, "path") for record in objects(post.attachments)]))
    return f"{post.create_at}-{post.user}-{hashlib.blake2b(content, digest_size=8).hexdigest()}"


def _reaction(record: Record) -> NeutralReaction:
    user = string(record, "user")
    return NeutralReaction(string(record, "emoji_name"), user, user)


def _not_talk(post: Post) -> str:
    """Why a post is counted and not imported; "" for talk."""
    if post.delete_at:
        return DELETED
    kind = post.type or ""
    if kind.startswith("custom_calls"):
        return "huddles and calls"
    if kind.startswith("system_"):
        if kind.startswith(_joins):
            return JOINS
        return "changed topics and names" if kind.startswith(_changes) else "other messages that Mattermost made"
    if post.type is None and (found := _news.fullmatch(post.message or "")):
        who = next((name for name in found.groups() if name), post.user)
        return "joins, leaves and changes that Mattermost made posts of" if who == post.user else ""
    return ""


def _attached(props: Record) -> Iterator[str]:
    """What bots and integrations attach."""
    for attachment in mappings(props, "attachments"):
        pretext, text = string(attachment, "pretext"), attached_text(attachment, markdown)
        if pretext:
            yield markdown(pretext)
        if text or not pretext:
            yield quote(text or markdown(string(attachment, "fallback")))
