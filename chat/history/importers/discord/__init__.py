"""Files of DiscordChatExporter in the format JSON: one or more for each channel and thread of a server.

Times have the offset of the machine that exported. Threads are files of their own, whose category is their channel.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from chat.history.importers.discord.content import attachments, text_of
from chat.history.importers.entry import NeutralEntry, NeutralReaction
from chat.history.importers.fields import Record, mapping, mappings, number, string
from chat.history.importers.json_stream import ENDS_EARLY, ENTERED, walk
from chat.history.importers.reader import Options
from chat.history.importers.reasons import JOINS, UNKNOWN_EMOJI, UNNAMED_PEOPLE
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.times import moment_of_iso

FIRST_SNOWFLAKE = 1_420_070_400_000  # 2015: ids count the milliseconds since then in their upper bits

_head = [
    re.compile(rb'"guild"\s*:\s*[{n]'),
    re.compile(rb'"channel"\s*:\s*\{'),
    re.compile(rb'"(?:dateRange|messages)"\s*:'),
]
_news = {
    **dict.fromkeys(("RecipientAdd", "1", "RecipientRemove", "2", "GuildMemberJoin", "7"), JOINS),
    **dict.fromkeys(("Call", "3", "27", "28", "29", "31"), "calls"),
    **dict.fromkeys(("ChannelPinnedMessage", "6"), "pins"),
    **dict.fromkeys(("ThreadCreated", "18", "ThreadStarterMessage", "21"), "starts of threads"),
    **dict.fromkeys(
        ("ChannelNameChange", "4", "ChannelIconChange", "5", "8", "9", "10", "11", "12", "14", "15", "16", "17", "22")
        + ("25", "26", "32", "36", "37", "38", "39", "44", "46", "PollResult"),
        "changes of the channel and other news",
    ),
}

# Kinds of channels are words; some programs that write the same format have Discord's numbers.
_direct_kinds = ("1", "3")
_thread_kinds = ("10", "11", "12")


@dataclass(frozen=True)
class DiscordReader:
    """Reads a folder, a zip or a single file."""

    name: str = "discord"
    title: str = "Discord"

    def recognizes(self, source: Source) -> bool:
        return any(_is_export(source, name) for name in _candidates(source))

    def needs_zone(self, source: Source) -> bool:
        return False

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        members = set(source.names())
        for name in _candidates(source):
            if _is_export(source, name):
                yield from _File(name, members, report).entries(source)


READER = DiscordReader()


def _candidates(source: Source) -> list[str]:
    """JSON files; those that people sent in the chat stand in folders like `general.json_Files`."""
    names = (name for name in source.names() if source.single or name.lower().endswith(".json"))
    return [name for name in names if "_Files/" not in name]


def _is_export(source: Source, name: str) -> bool:
    head = source.head(name, 16_384)
    return all(pattern.search(head) for pattern in _head)


class _File:
    """One pass over a file."""

    def __init__(self, name: str, members: set[str], report: Report) -> None:
        self._name = name
        self._folder = PurePosixPath(name).parent.as_posix().removeprefix(".")
        self._members = members
        self._report = report
        self._channel: Record = {}
        self._guild_id = ""
        self._is_told = False

    def entries(self, source: Source) -> Iterator[NeutralEntry]:
        with source.open(self._name) as file:
            for item in walk(file, {"", "messages"}):
                is_message = item.where == "messages.*"
                place = (
                    f"{self._name}, message {item.number + 1}"
                    if is_message and item.error != ENDS_EARLY
                    else self._name
                )
                if item.error:
                    self._report.problem(place, item.error)
                elif item.where == "channel" and isinstance(item.value, dict):
                    self._channel = item.value
                elif item.where == "guild" and isinstance(item.value, dict):
                    self._guild_id = string(item.value, "id")
                elif is_message and item.value is not ENTERED:
                    yield from self._entry(item.value, place)
        if self._channel:
            self._room()  # also one without messages

    def _entry(self, record: object, place: str) -> Iterator[NeutralEntry]:
        if not isinstance(record, dict):
            self._report.problem(place, "this is no object")
        elif reason := _news.get(string(record, "type")):
            self._report.skip(reason)
        elif (moment := _moment(record)) is None:
            self._report.problem(place, f"no time in {string(record, 'timestamp')!r}")
        else:
            yield self._message(record, moment, place)

    def _message(self, record: Record, moment: int, place: str) -> NeutralEntry:
        author = mapping(record, "author")
        return NeutralEntry(
            room=self._room(),
            source_id=string(record, "id"),
            author_id=string(author, "id") or _name(author),
            author_name=_name(author),
            moment=moment,
            text=text_of(record),
            place=place,
            order=number(record, "id") or 0,
            reply_to=self._reply_to(record),
            edited=_iso(string(record, "timestampEdited")),
            reactions=self._reactions(record),
            attachments=attachments(record, self._folder, self._members),
        )

    def _room(self) -> str:
        """The key of the room, which is told before its first message."""
        channel = self._channel
        name = string(channel, "name") or PurePosixPath(self._name).stem
        key = string(channel, "id") or name
        if not self._is_told:
            self._is_told = True
            kind, parent = string(channel, "type"), string(channel, "category")
            shown = f"{parent} › {name}" if ("Thread" in kind or kind in _thread_kinds) and parent else name
            is_direct = kind.startswith("Direct") or kind in _direct_kinds or self._guild_id == "0"
            is_private = "Private" in kind or kind == "12"
            self._report.room(key, shown, topic=string(channel, "topic"), direct=is_direct, private=is_private)
        return key

    def _reply_to(self, record: Record) -> str | None:
        """Pins and forwards refer to messages too, and announcements to those of other channels."""
        reference = mapping(record, "reference")
        is_here = string(reference, "channelId") in ("", string(self._channel, "id"))
        return string(reference, "messageId") or None if is_here and string(reference, "type") != "Forward" else None

    def _reactions(self, record: Record) -> tuple[NeutralReaction, ...]:
        found: list[NeutralReaction] = []
        for reaction in mappings(record, "reactions"):
            emoji, people = mapping(reaction, "emoji"), mappings(reaction, "users")
            count = number(reaction, "count") or len(people)
            if string(emoji, "id") or not string(emoji, "name"):  # a picture of the server
                self._report.skip(UNKNOWN_EMOJI, count)
                continue
            self._report.skip(UNNAMED_PEOPLE, max(count - len(people), 0))
            name = string(emoji, "name")
            found += [NeutralReaction(name, string(each, "id") or _name(each), _name(each)) for each in people]
        return tuple(found)


def _name(person: Record) -> str:
    """The name that is shown; older exports have no nickname."""
    return string(person, "nickname", "name") or "Deleted User"


def _moment(record: Record) -> int | None:
    """The time, or that of the id if there is none."""
    moment = _iso(string(record, "timestamp"))
    identifier = number(record, "id")
    return (identifier >> 22) + FIRST_SNOWFLAKE if moment is None and identifier and identifier >> 22 else moment


def _iso(text: str) -> int | None:
    try:
        return moment_of_iso(text)
    except ValueError:
        return None
