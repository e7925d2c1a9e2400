"""Entries of IRC logs, line by line."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import IO
from zoneinfo import ZoneInfo

from chat.history.importers.daytimes import DayTimes
from chat.history.importers.entry import NeutralEntry
from chat.history.importers.irc.conversations import Conversation, conversation_of, date_in, is_log_name
from chat.history.importers.irc.days import day_of
from chat.history.importers.irc.konversation import plain_lines
from chat.history.importers.irc.starred import read_starred
from chat.history.importers.irc.styles import (
    DAY_LINE,
    KONVERSATION,
    NEWS,
    SESSION,
    STAMPED_DAY,
    STYLES,
    TIME_WITH_ZONE,
    WEECHAT,
    WEECHAT_BEGINS,
    ZONE,
    Joined,
    Line,
    Renamed,
    Said,
    Style,
    read_body,
    read_weechat,
    style_of,
)
from chat.history.importers.reader import Options
from chat.history.importers.reasons import EMPTY, JOINS
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text import mirc
from chat.history.importers.text.unmarked import is_unmarked
from chat.history.importers.textlines import head_text, joined_lines, text_lines
from chat.history.importers.times import moment_of_iso

MAX_LOOKED_AT = 50  # files of a source that are looked into to recognize it


class _Irc:
    name = "irc"
    title = "IRC"

    def recognizes(self, source: Source) -> bool:
        names = [name for name in source.names() if is_log_name(name)][:MAX_LOOKED_AT]
        return any(style_of(head_of(source, name)) for name in names)

    def needs_zone(self, source: Source) -> bool:
        heads = (head_of(source, name) for name in source.names() if is_log_name(name))
        return any(style_of(head) and not TIME_WITH_ZONE.search(head) for head in heads)

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        logs = [name for name in source.names() if is_log_name(name)]
        if not any(style_of(head_of(source, name)) for name in logs):
            raise BadSource(f"{source.name} has no log of a program that docs/importing.md lists")
        for name in source.archives:
            if name.endswith((".gz", ".bz2", ".xz")) and is_log_name(name.rpartition(".")[0]):
                report.note(f"{name} is compressed, and not read: unpack it")
        return read_logs(source, logs, STYLES, options.zone or ZoneInfo("UTC"), report)


READER = _Irc()


def read_logs(
    source: Source, names: list[str], styles: tuple[Style, ...], zone: ZoneInfo, report: Report
) -> Iterator[NeutralEntry]:
    """The messages of all logs among these files."""
    return chain.from_iterable(_logs(source, names, styles, zone, report))


def _logs(
    source: Source, names: list[str], styles: tuple[Style, ...], zone: ZoneInfo, report: Report
) -> Iterator[Iterator[NeutralEntry]]:
    for name in names:
        head = head_of(source, name)
        style = style_of(head, styles)
        conversation = conversation_of(name, head)
        if style is None or conversation is None:
            if head.strip():
                report.skip("files that are no log of a conversation")
            continue
        report.room(conversation.key, conversation.name, direct=conversation.is_query)
        yield _Log(source, name, style, conversation, zone, report).entries()


def head_of(source: Source, name: str) -> str:
    """The first lines of a file."""
    return head_text(source.head(name))


class _Log:
    """One file. Nicks are followed in it: who takes another one stays the same person."""

    def __init__(
        self, source: Source, name: str, style: Style, conversation: Conversation, zone: ZoneInfo, report: Report
    ) -> None:
        self._source = source
        self._name = name
        self._style = style
        self._room = conversation.key
        self._report = report
        self._times = DayTimes(ZoneInfo("UTC") if style.is_utc else zone)
        self._people: dict[str, str] = {}  # nick -> id
        self._own_nick = ""  # of whose log it is: who joins first
        self._is_opened = style is not KONVERSATION  # which writes nobody's nick when the owner joins
        self._date = ""  # as the last line had it
        self._day: date | None = None
        self._midnight: int | None = None
        self._clock: dict[str, int] = {}  # milliseconds of the parts of times: 23:58, and the rest
        self._start_day(date_in(name))

    def entries(self) -> Iterator[NeutralEntry]:
        """The loop over all lines: what messages need stands here, the rest in the methods below."""
        match, name, room, people = self._style.message.fullmatch, self._name, self._room, self._people
        clock, times = self._clock, self._times
        with self._source.open(name) as file:
            for number, line in self._lines(file):
                if (found := match(line)) is None:
                    yield from self._other(line, number)
                    continue
                day, time, nick, text = found.groups()
                minute, rest = clock.get(time[:5]), clock.get(time[5:])
                midnight = self._midnight if day is None or day == self._date else None
                moment: int | None
                if minute is None or rest is None or midnight is None:
                    moment = self._moment(day, time)
                else:
                    moment = times.previous = midnight + minute + rest
                if not is_unmarked(text):
                    text = mirc.markdown(text)
                if moment is None:
                    self._undated(number)
                elif text and not text.isspace():
                    person = people.get(nick) or self._person(nick)
                    yield NeutralEntry(room, "", person, nick, moment, text, name)
                else:
                    self._report.skip(EMPTY)

    def _lines(self, file: IO[bytes]) -> Iterator[tuple[int, str]]:
        lines = text_lines(file)
        if self._style is KONVERSATION:
            return plain_lines(enumerate(lines, 1))
        return joined_lines(lines, WEECHAT_BEGINS) if self._style is WEECHAT else enumerate(lines, 1)

    def _other(self, line: str, number: int) -> Iterator[NeutralEntry]:
        """A line that is no message."""
        found = self._style.other.fullmatch(line)
        if found is None:
            self._unstamped(line, number)
            return
        if day := STAMPED_DAY.fullmatch(found[3]):
            self._start_day(day_of(day["date"]))
            return
        if (moment := self._moment(found[1], found[2])) is None:
            self._undated(number)
            return
        said = self._read(found[3], found[4]) if self._style is WEECHAT else self._read(found[3])
        if isinstance(said, Said):
            text = mirc.action(said.nick, said.text) if said.is_action else mirc.markdown(said.text)
            yield NeutralEntry(self._room, "", self._person(said.nick), said.nick, moment, text, self._name)

    def _read(self, *fields: str) -> Line:
        """A line with a time, counted if it is no message."""
        if self._style is WEECHAT:
            line = read_weechat(*fields)
        else:
            line = read_starred(*fields) if self._style.is_starred else read_body(*fields)
        if isinstance(line, Renamed):
            self._rename(line)
        elif isinstance(line, Joined):
            self._own_nick = line.nick if self._is_opened else self._own_nick
            self._is_opened = False
            self._report.skip(JOINS)
        elif isinstance(line, str):
            self._report.skip(line)
        return line

    def _unstamped(self, line: str, number: int) -> None:
        """A line without a time: that of a new day. Nobody can say such a line: texts have a time in front."""
        if found := DAY_LINE.fullmatch(line):
            self._is_opened = line.startswith("--- Log opened")
            self._start_day(day_of(found["date"]))
            if self._day is None:
                self._report.problem(f"{self._name}, line {number}", f"there is no such date: {found['date']}")
        elif line.strip() and not SESSION.fullmatch(line):
            self._report.problem(f"{self._name}, line {number}", "the line does not begin with a time")

    def _undated(self, number: int) -> None:
        self._report.problem(
            f"{self._name}, line {number}", "its day is not told by a line or the file's name, or there is no such time"
        )

    # People

    def _person(self, nick: str) -> str:
        return self._people.setdefault(nick, nick.lower())

    def _rename(self, renamed: Renamed) -> None:
        self._report.skip(NEWS)
        old = renamed.old or self._own_nick
        if old:
            self._people[renamed.new] = self._people.pop(old, old.lower())
        if old == self._own_nick or not renamed.old:
            self._own_nick = renamed.new

    # Times

    def _moment(self, day: str | None, time: str) -> int | None:
        """The moment of a line. None if its day is not known."""
        if day and day != self._date:
            self._date = day
            self._start_day(day_of(day, self._day))
        if ZONE.search(time):
            return None if self._day is None else _exact_moment(f"{self._day}T{time.replace(' ', '')}")
        if (since := _since_midnight(time)) is None:
            return None
        minute = self._clock[time[:5]] = _since_midnight(time[:5]) or 0
        self._clock[time[5:]] = since - minute
        if self._midnight is None:
            return None if self._day is None else self._times.moment(self._day, since)
        moment = self._times.previous = self._midnight + since
        return moment

    def _start_day(self, day: date | None) -> None:
        self._day = day
        self._midnight = self._times.midnight(day) if day else None


def _exact_moment(text: str) -> int | None:
    """The moment of a time with a zone; None if there is no such time."""
    try:
        return moment_of_iso(text)
    except ValueError:
        return None


def _since_midnight(time: str) -> int | None:
    """Milliseconds of 23:58, 23:58:33 or 23:58:33.123; None if there is no such time."""
    hours, minutes, seconds = (*time.split(":"), "0")[:3]
    if int(hours) > 23 or int(minutes) > 59 or float(seconds) >= 61:
        return None
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
