"""The messages of one chat of Telegram."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.reasons import JOINS, UNKNOWN_EMOJI, UNNAMED_PEOPLE
from chat.history.importers.report import Report
from chat.history.importers.telegram.media import attachments, has_file, media_text
from chat.history.importers.text.markdown import Run, action, inline, quote
from chat.history.importers.text.telegram import markdown
from chat.history.importers.text.telegram_rich import rich_markdown
from chat.history.importers.times import LocalClock

NAMELESS = "Deleted Account"  # Telegram's word

_shared = ("group", "supergroup", "channel")  # the ends of types; all others are of one or two people
_names = {"saved_messages": "Saved Messages", "replies": "Replies"}
_skipped = {
    **dict.fromkeys(
        (
            "invite_members",
            "remove_members",
            "join_group_by_link",
            "join_group_by_request",
            "join_group_via_community",
            "joined_telegram",
        ),
        JOINS,
    ),
    **dict.fromkeys(
        ("phone_call", "group_call", "invite_to_group_call", "group_call_scheduled", "conference_call"), "calls"
    ),
    "pin_message": "pins",
}


class Chat:
    """The messages of one chat."""

    def __init__(self, header: Record, file: str, members: set[str], clock: LocalClock | None, report: Report) -> None:
        path = PurePosixPath(file)
        self._folder = path.parent.as_posix().removeprefix(".")
        self._members = members
        self._clock = clock
        self._report = report
        self._type = string(header, "type")
        self._is_direct = "id" in header and not self._type.endswith(_shared)
        self._title = string(header, "name") or self._nameless(path)
        self._key = string(header, "id") or self._title
        self._is_told = False
        self._previous: int | None = None  # moment of the message before
        self._highest = 0
        self._series = ""  # in front of ids, once they have started anew

    def _nameless(self, path: PurePosixPath) -> str:
        """The name of a chat that has none, or whose header is missing."""
        if self._type in _names:
            return _names[self._type]
        if self._is_direct:
            return NAMELESS
        return path.parent.name or "Telegram" if path.stem == "result" else path.stem

    def entry(self, record: object, place: str) -> Iterator[NeutralEntry]:
        """The entry of a record, if it is a message."""
        if not isinstance(record, dict):
            self._report.problem(place, "this is no object")
            return
        self._start_anew(record)
        kind = string(record, "type")
        if kind == "unsupported":
            self._report.skip("messages of a kind that this version of Telegram could not export")
        elif kind == "service" and string(record, "action") != "topic_created":
            self._report.skip(_skipped.get(string(record, "action"), "changes of the chat and other news"))
        elif (moment := self._moment(record, "date")) is None:
            self._report.problem(place, "a message without a time (date_unixtime)")
        else:
            self._previous = moment
            if not self._is_told:
                is_private = self._type.startswith("private_")
                self._report.room(self._key, self._title, direct=self._is_direct, private=is_private)
                self._is_told = True
            yield self._message(record, moment, place)

    def _start_anew(self, record: Record) -> None:
        """A supergroup counts from 1 again, and says so in its first message; newer exports shift the older ids."""
        identifier = number(record, "id") or 0
        if string(record, "action") == "migrate_from_group" and self._highest > identifier > 0:
            self._series, self._highest = f"{self._series}+", 0
        self._highest = max(self._highest, identifier)

    def _message(self, record: Record, moment: int, place: str) -> NeutralEntry:
        is_topic = string(record, "type") == "service"
        who = "actor" if is_topic else "from"
        author = _peer(record.get(f"{who}_id")) or string(record, who) or self._key
        identifier = string(record, "id")
        return NeutralEntry(
            room=self._key,
            source_id=self._series + identifier if identifier else "",
            author_id=author,
            author_name=string(record, who) or (NAMELESS if f"{who}_id" in record or who in record else self._title),
            moment=moment,
            text=action(f"created the topic “{string(record, 'title')}”") if is_topic else _text(record),
            place=place,
            order=number(record, "id") or 0,
            reply_to=self._reply_to(record),
            edited=self._edited(record, moment),
            reactions=self._reactions(record),
            attachments=attachments(record, self._folder, self._members),
        )

    def _moment(self, record: Record, key: str) -> int | None:
        seconds = number(record, f"{key}_unixtime")
        if seconds is not None:
            return seconds * 1000
        try:
            local = datetime.fromisoformat(string(record, key))
        except ValueError:
            return None
        return self._clock.moment(local.replace(tzinfo=None), self._previous) if self._clock else None

    def _edited(self, record: Record, moment: int) -> int | None:
        """Versions before 2021 write a time of 1970 for messages that were never edited.

        For Telegram's server a reaction is an edit too, and the time is that of the last.
        """
        edited = self._moment(record, "edited")
        if edited is None or edited < moment or string(record, "edited") in _reacted_at(record):
            return None
        return edited

    def _reply_to(self, record: Record) -> str | None:
        """Answers to messages of other chats are none here."""
        target = string(record, "reply_to_message_id")
        peer = string(record, "reply_to_peer_id")
        is_here = not peer or re.sub(r"^\D+", "", peer) == self._key
        return self._series + target if target and is_here else None

    def _reactions(self, record: Record) -> tuple[NeutralReaction, ...]:
        """The export names the latest people of each reaction, and counts the others."""
        found = []
        for reaction in mappings(record, "reactions"):
            emoji, people = string(reaction, "emoji"), mappings(reaction, "recent")
            count = number(reaction, "count") or len(people)
            if not emoji:
                self._report.skip(UNKNOWN_EMOJI, count)
                continue
            self._report.skip(UNNAMED_PEOPLE, max(count - len(people), 0))
            for person in people:
                name = string(person, "from")
                found.append(NeutralReaction(emoji, _peer(person.get("from_id")) or name or NAMELESS, name or NAMELESS))
        return tuple(found)


def _reacted_at(record: Record) -> set[str]:
    """The local times of the reactions, as they stand in the export."""
    return {string(person, "date") for each in mappings(record, "reactions") for person in mappings(each, "recent")}


def _text(record: Record) -> str:
    plain = record.get("text")
    rich = rich_markdown(mapping(record, "rich_message")) if "rich_message" in record else ""
    text = rich or markdown(plain if plain and isinstance(plain, str) else record.get("text_entities") or plain)
    body = "\n".join(filter(None, (text, media_text(record))))
    if "forwarded_from" not in record:
        return body or ("" if has_file(record) else "[no text in the export]")
    heading = inline([Run(f"Forwarded from {string(record, 'forwarded_from') or NAMELESS}", italic=True)])
    return f"{heading}\n{quote(body)}" if body else heading


def _peer(value: object) -> str:
    """The id of a person or a channel: "user1". Before 2021 it was a number, with the kind in its upper half."""
    if isinstance(value, int) and not isinstance(value, bool):
        kind = "channel" if value >> 32 >= 2 else "user"
        return f"{kind}{value & 0xFFFFFFFF if value >> 32 in (1, 2) else value}"
    return value if isinstance(value, str) else ""
