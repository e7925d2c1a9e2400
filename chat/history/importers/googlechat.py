"""Google Chat: the folder of Google Takeout, or its zip. Built from documents, not from a real export.

Each conversation is a folder with group_info.json and messages.json, and with the files that were sent.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.googlechat_files import ExportedFiles
from chat.history.importers.json_stream import walk
from chat.history.importers.people import joined_names
from chat.history.importers.reader import Options
from chat.history.importers.reasons import DELETED, EMPTY
from chat.history.importers.records import records
from chat.history.importers.report import ROOMS, Report
from chat.history.importers.source import Source
from chat.history.importers.text.googlechat import text_of_message
from chat.history.importers.text.markdown import Run, inline, literal, quote
from chat.history.importers.worded_dates import moment_of_words

_messages_file = re.compile(r"(?:(?P<folder>.*)/)?messages\.json", re.I)
_user_info = re.compile(r"(?:^|/)user_info\.json$", re.I)
_head_bytes = 4096
NAMELESS = "Group Chat"


@dataclass(frozen=True)
class GoogleChatReader:
    """Reads Google Chat of Takeout."""

    name: str = "googlechat"
    title: str = "Google Chat (Takeout)"

    def recognizes(self, source: Source) -> bool:
        return bool(_conversations(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        owners = {_owner(source, name) for name in source.names() if _user_info.search(name)}
        for folder, name in _conversations(source).items():
            yield from _Conversation(source, folder, name, owners, report).entries()


READER = GoogleChatReader()


class _Conversation:
    """One folder: a space, or a direct message."""

    def __init__(self, source: Source, folder: str, name: str, owners: set[str], report: Report) -> None:
        self.source = source
        self.name = name
        self.report = report
        self.key = folder.rpartition("/")[2] or source.stem
        self.info = _object(source, f"{folder}/group_info.json" if folder else "group_info.json")
        self.people = {string(each, "email"): string(each, "name") for each in mappings(self.info, "members")}
        self.roots: dict[str, str] = {}  # the first message of each topic
        self.files = ExportedFiles(source, folder, name, report)
        self.is_direct = self._is_direct()
        self.report.room(self.key, self.title(owners), direct=self.is_direct)

    def own_name(self) -> str:
        """The name that people gave it. Groups that have none are called "Group Chat" in exports."""
        name = string(self.info, "name")
        return "" if name == NAMELESS else name

    def _is_direct(self) -> bool:
        """By the folder, which may have been renamed, and by the name, which only spaces have."""
        if self.key.upper().startswith("DM "):
            return True
        return not self.own_name() if self.info else not self.key.upper().startswith("SPACE ")

    def title(self, owners: set[str]) -> str:
        """The name of a space, or the people of a direct message beside the owner of the export."""
        if name := self.own_name():
            return name
        others = (name for email, name in self.people.items() if name and email not in owners)
        return joined_names(sorted(others)) or self.nameless()

    def nameless(self) -> str:
        """The key, as a name."""
        if not self.info:
            self.report.lack(ROOMS, "group_info.json is missing")
        return self.key if self.is_direct else self.report.has_no_name(ROOMS, self.key)

    def entries(self) -> Iterator[NeutralEntry]:
        for place, message in records(self.source, self.name, self.report, "messages"):
            try:
                if (entry := self.entry(message, place)) is not None:
                    yield entry
            except ValueError as error:
                self.report.problem(place, str(error))

    def entry(self, message: Record, place: str) -> NeutralEntry | None:
        """The message; None if it is not imported. Raises ValueError."""
        reply_to, quoted = self.answered(message)
        text = "\n".join(part for part in (quoted, text_of_message(message)) if part)
        attachments = tuple(self.attachments(message))
        if (reason := _reason_to_skip(message, has_content=bool(text.strip() or attachments))) is not None:
            self.report.skip(reason)
            return None
        author_id, author_name = self.person(mapping(message, "creator"))
        return NeutralEntry(
            room=self.key,
            source_id=string(message, "message_id"),
            author_id=author_id,
            author_name=author_name,
            moment=_created(message),
            text=text,
            place=place,
            reply_to=reply_to,
            edited=_edited(message),
            reactions=tuple(self.reactions(message)),
            attachments=attachments,
        )

    def person(self, creator: Record) -> tuple[str, str]:
        """The id of a person, which is the address, and the name. Who has left may have neither."""
        email, name = string(creator, "email"), string(creator, "name")
        shown = name or self.people.get(email, "") or email.partition("@")[0] or "Unknown"
        return email or name or "unknown", shown

    def answered(self, message: Record) -> tuple[str | None, str]:
        """The id of the message that this one answers or whose topic it belongs to; else the words that it quotes."""
        message_id, topic = string(message, "message_id"), string(message, "topic_id")
        root = _root(message_id) or (self.roots.setdefault(topic, message_id) if topic else None)
        quoted = mapping(message, "quoted_message_metadata")
        if quoted_id := string(quoted, "message_id"):
            return quoted_id, ""
        names = (string(file, "original_name", "export_name") for file in mappings(quoted, "attached_files"))
        words = "\n".join(filter(None, (text_of_message(quoted), *(literal(f"[{each}]") for each in names))))
        _, name = self.person(mapping(quoted, "creator"))
        text = quote(f"{inline([Run(name, bold=True)])}\n{words}") if words else ""
        return (root if root != message_id else None), text

    def attachments(self, message: Record) -> Iterator[Attachment]:
        """The files of a message."""
        for file in mappings(message, "attached_files"):
            export_name = string(file, "export_name")
            name = string(file, "original_name") or export_name
            if name:
                path = self.files.path(export_name)
                yield Attachment(name, self.source.size(path) if path else None, path)

    def reactions(self, message: Record) -> Iterator[NeutralReaction]:
        for reaction in mappings(message, "reactions"):
            emoji = mapping(reaction, "emoji")
            custom = mapping(emoji, "custom_emoji")
            sign = string(emoji, "unicode") or string(custom, "shortcode").strip(":") or "custom emoji"
            emails = reaction.get("reactor_emails")
            for email in emails if isinstance(emails, list) else []:
                yield NeutralReaction(sign, *self.person({"email": email}))


def _conversations(source: Source) -> dict[str, str]:
    """The files with messages, by their folders: group_info.json is beside them, or they begin as Google's do."""
    names = set(source.names())
    found = {}
    for name in source.names():
        match = _messages_file.fullmatch(name)
        folder = match["folder"] or "" if match else ""
        if match and (f"{folder}/group_info.json".lstrip("/") in names or _is_google(source, name)):
            found[folder] = name
    return found


def _is_google(source: Source, name: str) -> bool:
    head = source.head(name, _head_bytes)
    return all(key in head for key in (b'"messages"', b'"creator"', b'"topic_id"'))


def _object(source: Source, name: str) -> Record:
    """A small file with one object; nothing, if it is missing or broken."""
    if name not in source.names():
        return {}
    with source.open(name) as file:
        value = next(walk(file, ())).value
    return value if isinstance(value, dict) else {}


def _owner(source: Source, name: str) -> str:
    return string(mapping(_object(source, name), "user"), "email")


def _reason_to_skip(message: Record, *, has_content: bool) -> str | None:
    has_time = message.get("created_date") or message.get("updated_date") or message.get("previous_message_versions")
    if message.get("deletion_metadata") or message.get("message_state") == "DELETED":
        return DELETED
    if not has_time and not has_content:
        return DELETED
    if not has_content and any("call_data" in _of_google(each) for each in mappings(message, "annotations")):
        return "calls"
    return None if has_content else EMPTY


def _of_google(annotation: Record) -> Record:
    return mapping(annotation, "gsuite_integration_metadata")


def _created(message: Record) -> int:
    """When it was said: an edited message has that in its first version only. Raises ValueError."""
    versions = [message, *mappings(message, "previous_message_versions")]
    created = [date for version in versions if (date := string(version, "created_date"))]
    updated = [date for version in versions if (date := string(version, "updated_date"))]
    if not created and not updated:
        raise ValueError("the message has no created_date")
    return min(map(moment_of_words, created or updated))


def _edited(message: Record) -> int | None:
    date = string(message, "updated_date")
    return moment_of_words(date) if date else None


def _root(message_id: str) -> str | None:
    """The first message of the topic: ids are space/topic/message, and a topic has the id of its first message."""
    parts = message_id.split("/")
    return f"{parts[0]}/{parts[1]}/{parts[1]}" if len(parts) == 3 else None
