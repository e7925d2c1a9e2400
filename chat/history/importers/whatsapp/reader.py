"""Entries of WhatsApp's chats: the file is split at its stamps, block by block."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from chat.history.importers.daytimes import DayTimes
from chat.history.importers.entry import Attachment, NeutralEntry
from chat.history.importers.reader import Options
from chat.history.importers.reasons import EMPTY
from chat.history.importers.report import Report
from chat.history.importers.source import BadSource, Source
from chat.history.importers.text.unmarked import is_unmarked
from chat.history.importers.text.whatsapp import markdown
from chat.history.importers.textlines import head_text, text_blocks
from chat.history.importers.times import DateOrder
from chat.history.importers.whatsapp.bodies import LRM, NEWS, begins_with_file, read_body
from chat.history.importers.whatsapp.dates import DATE_WORDS, real_date
from chat.history.importers.whatsapp.phrases import is_deleted
from chat.history.importers.whatsapp.speakers import Person
from chat.history.importers.whatsapp.stamps import Shape, date_numbers, find_shape
from chat.history.importers.whatsapp.survey import Survey
from chat.history.importers.whatsapp.titles import chat_name, is_direct, known_name

IOS_NAME = "_chat"  # .txt; a second one in a folder is _chat (1) or _chat 2
MAX_MESSAGE = 1 << 24  # characters
FIRST_LINES = 3  # where the notice stands that a chat is encrypted
RLM = "\u200f"

_own_sign = re.compile(f"[{LRM}\u2066-\u2069<]").search  # of WhatsApp itself

Message = tuple[str, str, str, str]  # marks in front, date, time, and the body with its name


class _WhatsApp:
    name = "whatsapp"
    title = "WhatsApp"

    def recognizes(self, source: Source) -> bool:
        return next(_chats(source), None) is not None

    def needs_zone(self, source: Source) -> bool:
        return True

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        chats = list(_chats(source))
        if not chats:
            raise BadSource(f"{source.name} has no text file that begins as a chat of WhatsApp does")
        for name in sorted(set(_texts(source)) - {name for name, _ in chats}):
            if find_shape(head_text(source.head(name))):
                report.note(f"{name} is taken for a file that somebody sent, and not read: it lies beside a chat")
        return chain.from_iterable(_Chat(source, name, shape, options, report).entries() for name, shape in chats)


READER = _WhatsApp()


def _chats(source: Source) -> Iterator[tuple[str, Shape]]:
    """The text files that begin with a stamp. Beside those that WhatsApp has named the others are files people sent."""
    texts = _texts(source)
    folders = {PurePosixPath(name).parent for name in texts if _has_own_name(name)}
    for name in texts:
        if _has_own_name(name) or PurePosixPath(name).parent not in folders:
            shape = find_shape(head_text(source.head(name)))
            if shape is not None:
                yield name, shape


def _texts(source: Source) -> list[str]:
    return [name for name in source.names() if name.lower().endswith(".txt")]


def _has_own_name(name: str) -> bool:
    return _is_ios(name) or bool(known_name(PurePosixPath(name).stem))


def _is_ios(name: str) -> bool:
    return PurePosixPath(name).name.startswith(IOS_NAME)


class _Chat:
    """One file of a chat."""

    def __init__(self, source: Source, name: str, shape: Shape, options: Options, report: Report) -> None:
        self._source = source
        self._name = name
        self._shape = shape
        self._report = report
        self._zone = options.zone or ZoneInfo("UTC")
        self._survey = Survey(shape, options.now)
        self._order: DateOrder | None = options.date_order
        self._files = {PurePosixPath(member).name: member for member in source.names()}
        self._is_start, self._is_rtl = True, False
        self._times = DayTimes(self._zone)
        self._midnights: dict[str, int | None] = {}
        self._clock: dict[str, int | None] = {}

    def entries(self) -> Iterator[NeutralEntry]:
        """The messages. What has to be known before the first one is read at once."""
        self._survey.read(self._blocks(), self._name)
        if not self._survey.order.has_dates:
            self._report.problem(self._name, "no line of it can be read")
            return iter(())
        if self._order is None or self._survey.order.is_stated:
            self._order, reason = self._survey.order.decide()
            if reason:
                self._report.note(reason)
        return self._read(self._tell_room())

    def _blocks(self) -> Iterator[str]:
        """The text. Arabic and Hebrew phones write RLM where others write LRM, which the first line of news tells."""
        with self._source.open(self._name) as file:
            for block in text_blocks(file):
                self._is_rtl = self._is_rtl or (self._is_start and f": {RLM}" in block.partition("\n")[0])
                self._is_start = False
                yield block.replace(f": {RLM}", f": {LRM}").replace(f"{RLM}<", f"{LRM}<") if self._is_rtl else block

    def _tell_room(self) -> str:
        survey, file_title = self._survey, self._file_title()
        talkers = survey.talkers
        own_title = survey.title if _is_ios(self._name) else ""
        title = own_title or chat_name(file_title, talkers)
        is_titled = bool(own_title or known_name(file_title))
        key = title
        if title in self._report.rooms:
            key = f"{title}/{self._name}"
            self._report.note(f"several files are of {title}: import exports of one chat one after the other")
        direct = is_direct(title if is_titled or title in talkers else "", talkers, says_group=survey.says_group)
        if direct and title not in talkers:
            why = f"at most two people wrote in {title}, and nothing says that it is a group"
            self._report.note(f"{why}: it is taken for direct messages")
        self._report.room(key, title, direct=direct)
        return key

    def _file_title(self) -> str:
        """What names the chat: the file, or on iOS the zip or folder around it."""
        path = PurePosixPath(self._name)
        if not _is_ios(self._name):
            return path.stem
        outer = path.parent.name or self._source.name
        return PurePosixPath(outer).stem if not _is_ios(outer) else READER.title

    def _read(self, room: str) -> Iterator[NeutralEntry]:
        """The loop over all messages: what most of them need stands here, the rest in the methods below."""
        known, split, name = self._survey.speakers.known, self._survey.speakers.split, self._name
        midnights, clock, times = self._midnights, self._clock, self._times
        line, last_date = self._shape.preface, ""
        midnight: int | None = None
        self._report.skip("lines in front of the first message", line)
        for marks, date, time, body in _messages(self._blocks(), self._shape, name):
            line += 1
            author, colon, text = body.partition(": ")
            person = known.get(author) if colon else None
            if person is None and (found := split(body)):
                person, text = found
            if date != last_date:
                midnight, last_date = midnights.get(date), date
            since = clock.get(time)
            if midnight is not None and since is not None:
                moment: int | None = midnight + since
                times.previous = moment
            else:
                moment, last_date = self._moment(date, time), ""
            if person is None:
                self._report.skip(NEWS)
            elif moment is None:
                self._report.problem(f"{name}, line {line}", self._no_time(date, time))
            elif line <= FIRST_LINES or marks or not text or text.isspace() or _may_be_own(text):
                yield from self._other(room, line, person, moment, text, is_marked=LRM in marks)
            else:
                text = text if is_unmarked(text) else markdown(text)
                yield NeutralEntry(room, "", person[0], person[1], moment, text, name)
            line += body.count("\n")

    def _no_time(self, date: str, time: str) -> str:
        read_as = f" (dates are read as {DATE_WORDS[self._order]})" if self._order else ""
        return f"there is no such time: {date} {time.strip(' ,،')}{read_as}"

    def _other(
        self, room: str, line: int, person: Person, moment: int, text: str, *, is_marked: bool
    ) -> Iterator[NeutralEntry]:
        content = read_body(text, is_marked=is_marked, is_first=line <= FIRST_LINES)
        if isinstance(content, str):
            self._report.skip(content)
        elif not content.text.strip() and not content.files:
            self._report.skip(EMPTY)
        else:
            yield NeutralEntry(
                room,
                "",
                person.id,
                person.name,
                moment,
                markdown(content.text),
                self._name,
                edited=moment if content.is_edited else None,
                attachments=tuple(self._attachment(name) for name in content.files),
            )

    def _attachment(self, name: str) -> Attachment:
        path = self._files.get(name)
        return Attachment(name, self._source.size(path) if path else None, path)

    def _moment(self, date: str, time: str) -> int | None:
        """The moment of a date or a time that was not there before, or of a day on which the clock changes."""
        assert self._order is not None, "it is decided before the first message"
        day, since = real_date(date_numbers(date), self._order), self._survey.clock.milliseconds(time)
        if day is None or since is None:
            return None
        self._clock[time] = since
        midnight = self._midnights[date] = self._times.midnight(day)
        if midnight is None:
            return self._times.moment(day, since)
        self._times.previous = midnight + since
        return midnight + since


def _may_be_own(text: str) -> bool:
    """Whether a text may be WhatsApp's own, or have something of it. Most texts have no sign of that."""
    if ("<" in text or not text.isascii()) and _own_sign(text):
        return True
    return is_deleted(text) or (" (" in text and begins_with_file(text))


def _messages(blocks: Iterator[str], shape: Shape, name: str) -> Iterator[Message]:
    """Each message of a file: marks in front, date, time, body. Raises `BadSource`."""
    order = (0, 1, 2, 3) if shape.date_first else (0, 2, 1, 3)
    return chain.from_iterable(
        zip(*(fields[at::4] for at in order), strict=True) for fields in _fields(blocks, shape, name)
    )


def _fields(blocks: Iterator[str], shape: Shape, name: str) -> Iterator[list[str]]:
    """Four fields of each message, of many at a time. A body goes on until the next stamp, also in the next blocks."""
    last: list[str] = []  # the other fields of the message with this body
    body: list[str] = []
    for block in blocks:
        piece, *fields = shape.pattern.split("\n" + block.removesuffix("\n"))
        body.append(piece)
        if not fields and sum(map(len, body)) > MAX_MESSAGE:
            raise BadSource(f"{name} has a message of more than {MAX_MESSAGE >> 20} MB: this is no chat of WhatsApp")
        if fields:
            yield [*last, "".join(body)] if last else []
            yield fields[:-4]
            last, body = fields[-4:-1], fields[-1:]
    yield [*last, "".join(body)] if last else []
