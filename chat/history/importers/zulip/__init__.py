"""Zulip's export of an organization: a tar with realm.json, the messages in files of a thousand, and uploads/.

chatsite has no topics: the first message of a topic says its name, the others are replies to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY
from chat.history.importers.report import PEOPLE, ROOMS, Report
from chat.history.importers.source import BadSource, Source, only_one
from chat.history.importers.text.markdown import Run, inline
from chat.history.importers.text.shortcodes import emoji_of_code
from chat.history.importers.text.zulip import UPLOAD, markdown
from chat.history.importers.typed_records import BadRecord, decode_record, parse_json
from chat.history.importers.zulip.tables import Message, MessageFile, Reaction, Realm, Recipient, Stream, User

_messages = re.compile(r"(?P<finished>(?:.*/)?messages-\d+\.json)(?P<state>\.partial|\.locked)?")
_own_bots = ("notification-bot@", "welcome-bot@")
_DELETED_TEXT = "(deleted)"  # Zulip's own, of a message whose text was taken out
_PERSONAL, _STREAM = 1, 2  # types of recipients; 3 is a group


class _Room(NamedTuple):
    key: str
    name: str
    topic: str = ""
    is_direct: bool = False
    is_private: bool = False


@dataclass(frozen=True)
class ZulipReader:
    """Reads the export that an organization's owner downloads."""

    name: str = "zulip"
    title: str = "Zulip"

    def recognizes(self, source: Source) -> bool:
        return bool(_realms_of(source)) and any(map(_messages.fullmatch, source.names()))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = _realms_of(source)
        if not names:
            raise BadSource(f"{source.name} has no realm.json: name the .tar.gz that Zulip made, or its folder")
        name = only_one(source, self.title, names)
        try:
            realm = decode_record(source.read(name), Realm)
        except BadRecord as error:
            raise BadSource(f"{name} cannot be read: {error}") from None
        yield from _Export(source, realm, name.removesuffix("realm.json"), report).entries()


READER = ZulipReader()


def _realms_of(source: Source) -> list[str]:
    return [
        name for name in source.names() if name.rpartition("/")[2] == "realm.json" and "/uploads/" not in f"/{name}"
    ]


class _Export:
    """One pass over the files of messages, with the tables of the realm at hand."""

    def __init__(self, source: Source, realm: Realm, prefix: str, report: Report) -> None:
        self._source = source
        self._prefix = prefix
        self._report = report
        self._members = set(source.names())
        people = (realm.zerver_userprofile, realm.zerver_userprofile_mirrordummy, realm.zerver_userprofile_crossrealm)
        self._users = {user.id: user for users in people for user in users or ()}
        self._streams = {stream.id: stream for stream in realm.zerver_stream or ()}
        self._recipients = {recipient.id: recipient for recipient in realm.zerver_recipient or ()}
        self._groups: dict[int, list[int]] = {}
        for each in realm.zerver_subscription or ():
            if (found := self._recipients.get(each.recipient)) is None or found.type not in (_PERSONAL, _STREAM):
                self._groups.setdefault(each.recipient, []).append(each.user_profile)
        self._reactions: dict[int, list[Reaction]] = {}
        for reaction in realm.zerver_reaction or ():
            self._reactions.setdefault(reaction.message, []).append(reaction)
        self._topics: dict[tuple[str, str], str] = {}  # the first message of each

    def entries(self) -> Iterator[NeutralEntry]:
        for name in self._files():
            try:
                messages = decode_record(self._source.read(name), MessageFile).zerver_message or []
            except BadRecord as error:
                self._report.problem(name, str(error))
                continue
            for message in sorted(messages, key=lambda message: message.id):
                place = f"{name}, message {message.id}"
                try:
                    entry = self._entry(message, place)
                except BadRecord as error:
                    self._report.problem(place, str(error))
                    continue
                if entry is not None:
                    yield entry
        for stream in self._streams.values():
            self._report.room(str(stream.id), stream.name or f"channel {stream.id}")

    def _files(self) -> Iterator[str]:
        """Of a file that Zulip did not finish, what there is."""
        for name in self._source.names():
            found = _messages.fullmatch(name) if name.startswith(self._prefix) else None
            if found is None or (found["state"] and found["finished"] in self._members):
                continue
            if found["state"]:
                self._report.note(f"{name}: Zulip did not finish this export; its messages are read all the same")
            yield name

    def _entry(self, message: Message, place: str) -> NeutralEntry | None:
        sent = message.date_sent or message.pub_date
        if not sent or not message.id:
            raise BadRecord("no time in date_sent, or no id")
        user = self._users.get(message.sender, User())
        if (user.email or "").startswith(_own_bots):
            self._report.skip("notices of Zulip's own bots")
            return None
        if message.content == _DELETED_TEXT:
            self._report.skip(DELETED)
            return None
        room = self._room(message)
        author = (
            user.full_name
            or (user.email or "").partition("@")[0]
            or self._report.has_no_name(PEOPLE, f"user {message.sender}")
        )
        text = markdown(message.content or "", author)
        if not text:
            self._report.skip(EMPTY)
            return None
        parent, text = self._with_topic(room, message, text)
        return NeutralEntry(
            room=room.key,
            source_id=str(message.id),
            author_id=str(message.sender),
            author_name=author,
            moment=round(sent * 1000),
            text=text,
            place=place,
            order=message.id,
            reply_to=parent,
            edited=_edited(message),
            reactions=tuple(self._reaction(each) for each in self._reactions.get(message.id, ())),
            attachments=tuple(self._uploads(message.content or "")),
        )

    def _room(self, message: Message) -> _Room:
        recipient = self._recipients.get(message.recipient, Recipient(message.recipient))
        if recipient.type == _STREAM:
            stream = self._streams.get(recipient.type_id, Stream())
            name = stream.name or self._report.has_no_name(ROOMS, f"channel {recipient.type_id}")
            room = _Room(str(recipient.type_id), name, stream.description or "", is_private=stream.invite_only is True)
        else:
            is_personal = recipient.type == _PERSONAL
            members = {message.sender, recipient.type_id} if is_personal else set(self._groups.get(recipient.id, ()))
            names = sorted(self._users.get(member, User()).full_name or str(member) for member in members)
            key = "direct/" + ("/".join(map(str, sorted(members))) or f"group {recipient.id}")
            room = _Room(key, ", ".join(names) or "direct messages", is_direct=True)
        self._report.room(room.key, room.name, topic=room.topic, direct=room.is_direct, private=room.is_private)
        return room

    def _with_topic(self, room: _Room, message: Message, text: str) -> tuple[str | None, str]:
        """The first message of its topic, or None and the text with the name of the topic above it."""
        topic = (message.subject or "").strip()
        if room.is_direct or not topic:
            return None, text
        first = self._topics.setdefault((room.key, topic.casefold()), str(message.id))
        if first != str(message.id):
            return first, text
        return None, f"{inline([Run(topic, bold=True)])}\n{text}"

    def _reaction(self, reaction: Reaction) -> NeutralReaction:
        name = reaction.emoji_name or ""
        is_unicode = reaction.reaction_type in (None, "unicode_emoji")
        emoji = (emoji_of_code(reaction.emoji_code or "") if is_unicode else None) or name
        user = self._users.get(reaction.user_profile, User())
        return NeutralReaction(emoji, str(reaction.user_profile), user.full_name or f"user {reaction.user_profile}")

    def _uploads(self, content: str) -> Iterator[Attachment]:
        for path in dict.fromkeys(UPLOAD.findall(content)):
            name = f"{self._prefix}uploads/{unquote(path)}"
            size = self._source.size(name) if name in self._members else None
            yield Attachment(unquote(path.rpartition("/")[2]), size, name if size is not None else None)


def _edited(message: Message) -> int | None:
    """When the words were changed last. A message that was moved to another topic has a history too."""
    try:
        history: Any = parse_json((message.edit_history or "").encode()) if message.edit_history else None
    except BadRecord:
        history = None
    if isinstance(history, list):
        changes = (change for change in history if isinstance(change, dict) and "prev_content" in change)
        times = [change["timestamp"] for change in changes if isinstance(change.get("timestamp"), (int, float))]
        return round(max(times) * 1000) if times else None
    return round(message.last_edit_time * 1000) if message.last_edit_time else None
