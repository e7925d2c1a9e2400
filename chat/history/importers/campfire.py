"""Campfire (once-campfire): its SQLite database, with the write-ahead log beside it, and its files if they are there.

The database is never opened where it lies: Campfire may be running. The copy has what its log holds as well.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import regex

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.people import joined_names
from chat.history.importers.reader import Options
from chat.history.importers.reasons import EMPTY
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source, only_one
from chat.history.importers.text.campfire import Attachables, body_to_markdown
from chat.history.importers.text.markdown import literal
from chat.history.importers.times import moment_of, utc_time
from chat.text.emoji_names import find_emoji

_tables = ("action_text_rich_texts", "boosts", "memberships", "rooms")
_head_bytes = 2**20  # the schema is among the first pages
_stored_file = re.compile(r"(?:^|/)(\w\w)/(\w\w)/(?P<key>\1\2\w+)$")
_grapheme = regex.compile(r"\X")

_messages_query = """
SELECT messages.id, messages.room_id, messages.creator_id, messages.created_at, texts.body
FROM messages LEFT JOIN action_text_rich_texts AS texts
  ON texts.record_type = 'Message' AND texts.record_id = messages.id AND texts.name = 'body'
ORDER BY messages.id
"""
_files_query = """
SELECT blobs.filename, blobs.byte_size, blobs.key
FROM active_storage_attachments AS attached JOIN active_storage_blobs AS blobs ON blobs.id = attached.blob_id
WHERE attached.record_type = 'Message' AND attached.record_id = ? ORDER BY attached.id
"""
_file_query = "SELECT filename, byte_size, key FROM active_storage_blobs WHERE id = ?"
_boosts_query = "SELECT id, booster_id, content, created_at FROM boosts WHERE message_id = ? ORDER BY id"
_account_query = "SELECT created_at FROM accounts ORDER BY id LIMIT 1"
_rooms_query = "SELECT id, name, type FROM rooms"
_members_query = "SELECT user_id FROM memberships WHERE room_id = ? ORDER BY user_id"


@dataclass(frozen=True)
class CampfireReader:
    """Reads the database of Campfire."""

    name: str = "campfire"
    title: str = "Campfire (ONCE)"

    def recognizes(self, source: Source) -> bool:
        return bool(_databases(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        names = _databases(source)
        if not names:
            raise BadSource(f"{source.name} has no database of Campfire: name storage/db, or the file in it")
        name = only_one(source, self.title, names)
        try:
            with closing(sqlite3.connect(source.path(name))) as database:
                database.execute("PRAGMA query_only = on")
                yield from _Reading(database, source, report).entries()
        except sqlite3.Error as error:
            raise BadSource(f"{name} cannot be read: {error}") from None


READER = CampfireReader()


class _Reading:
    def __init__(self, database: sqlite3.Connection, source: Source, report: Report) -> None:
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        self.database = database
        self.report = report
        self.people: dict[int, str] = dict(database.execute("SELECT id, name FROM users"))
        self.attachables = Attachables(self.people, self.file)
        found = (_stored_file.search(name) for name in source.names())
        self.files = {match["key"]: match.string for match in found if match}
        account = database.execute(_account_query).fetchone()
        report.workspace = account[0] if account else ""  # the ids of users are 1, 2, 3 in every Campfire
        self.has_boosts = database.execute("SELECT 1 FROM boosts LIMIT 1").fetchone() is not None

    def entries(self) -> Iterator[NeutralEntry]:
        for room_id, name, kind in self.database.execute(_rooms_query):
            shown = name or self.names_of_members(room_id)
            self.report.room(str(room_id), shown, direct=kind == "Rooms::Direct")
            if kind == "Rooms::Closed":
                self.report.note(f"{shown} is a closed room in Campfire: here everybody reads it who can open the site")
        for message in self.database.execute(_messages_query):
            place = f"message {message[0]}"
            try:
                yield from self.read(place, *message)
            except (ValueError, TypeError) as error:
                self.report.problem(place, str(error))

    def names_of_members(self, room_id: int) -> str:
        """The name of a room that has none: a direct one."""
        members = [self.name(user_id) for (user_id,) in self.database.execute(_members_query, (room_id,))]
        return joined_names(members) or f"Room {room_id}"

    def name(self, user_id: int) -> str:
        return self.people.get(user_id) or f"Unknown {user_id}"

    def read(
        self, place: str, message_id: int, room_id: int, creator_id: int, created_at: str, body: str | None
    ) -> Iterator[NeutralEntry]:
        """A message, and the boosts of it that are words."""
        text, embedded = body_to_markdown(body or "", self.attachables)
        attachments = (*embedded, *self.attachments(message_id))
        if not text.strip() and not attachments:
            self.report.skip(EMPTY)
            return
        moment, order = _moment(created_at)
        boosts = self.database.execute(_boosts_query, (message_id,)).fetchall() if self.has_boosts else []
        emoji = {boost[0]: _emoji_in(boost[2] or "") for boost in boosts}
        entry = NeutralEntry(
            room=str(room_id),
            source_id=str(message_id),
            author_id=str(creator_id),
            author_name=self.name(creator_id),
            moment=moment,
            text=text,
            place=place,
            order=order,
            reactions=tuple(
                NeutralReaction(each, str(booster_id), self.name(booster_id))
                for boost_id, booster_id, *_ in boosts
                for each in emoji[boost_id]
            ),
            attachments=attachments,
        )
        yield entry
        yield from (self.boost(entry, *boost) for boost in boosts if not emoji[boost[0]] and (boost[2] or "").strip())

    def attachments(self, message_id: int) -> Iterator[Attachment]:
        """The files of a message; what Campfire has derived of them belongs to other records."""
        for name, size, key in self.database.execute(_files_query, (message_id,)):
            yield Attachment(name, size, self.files.get(key))

    def file(self, blob_id: int) -> Attachment | None:
        """A file that a text names."""
        row = self.database.execute(_file_query, (blob_id,)).fetchone()
        return Attachment(row[0], row[1], self.files.get(row[2])) if row else None

    def boost(
        self, boosted: NeutralEntry, boost_id: int, booster_id: int, content: str, created_at: str
    ) -> NeutralEntry:
        """A boost that is words, such as "well said!": an answer."""
        moment, order = _moment(created_at)
        return NeutralEntry(
            room=boosted.room,
            source_id=f"boost-{boost_id}",
            author_id=str(booster_id),
            author_name=self.name(booster_id),
            moment=max(moment, boosted.moment),
            text=literal(content.strip()),
            place=f"boost {boost_id}",
            order=order,
            reply_to=boosted.source_id,
        )


def _databases(source: Source) -> list[str]:
    return [
        name for name in source.names() if name.endswith((".sqlite3", ".sqlite", ".db")) and _is_campfire(source, name)
    ]


def _is_campfire(source: Source, name: str) -> bool:
    """By the schema: in the first pages, or in the log, if all of a small database is still there."""
    head = source.head(name, _head_bytes)
    if not head.startswith(b"SQLite format 3\0"):
        return False
    return all(table.encode() in head for table in _tables) or (len(head) < _head_bytes and _has_tables(source, name))


def _has_tables(source: Source, name: str) -> bool:
    try:
        with closing(sqlite3.connect(source.path(name))) as database:
            return {*_tables} <= {table for (table,) in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error:
        return False


def _moment(text: str) -> tuple[int, int]:
    """The moment of a time of Rails, which is UTC, and the microseconds beyond it, for the order. Raises ValueError."""
    time = utc_time(text)
    return moment_of(time), time.microsecond % 1000


def _emoji_in(boost: str) -> list[str]:
    """The emoji of a boost that is nothing else, each once; [] for words."""
    signs = [sign for sign in _grapheme.findall(boost) if not sign.isspace()]
    found = [find_emoji(sign) for sign in signs]
    return list(dict.fromkeys(each for each in found if each)) if all(found) else []
