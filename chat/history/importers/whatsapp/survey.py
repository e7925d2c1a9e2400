"""The first reading of a chat: what has to be known before its first message can be read."""

import re
from collections.abc import Iterator

from chat.history.importers.whatsapp.bodies import LRM
from chat.history.importers.whatsapp.clock import Clock
from chat.history.importers.whatsapp.dates import DateOrderFinder, FoundDate
from chat.history.importers.whatsapp.phrases import says_encrypted, says_group
from chat.history.importers.whatsapp.speakers import Speakers, clean_name, is_name
from chat.history.importers.whatsapp.stamps import Shape, date_numbers

SAMPLE = 1 << 20  # characters from which names and words beside times are learnt at least


class Survey:
    """Reads a chat until nothing is open any more: its names, and the order of its dates, which may need all of it."""

    def __init__(self, shape: Shape, now: int) -> None:
        self.speakers = Speakers()
        self.order = DateOrderFinder(now, is_dotted=shape.is_dotted)
        self.clock = Clock()
        self.title = ""  # of the chat, on iOS: who is named in its first line, if that is news
        self.talkers: set[str] = set()  # the ids of those who said something
        self.says_group = False  # whether news tell that it is a group
        self._first = ""
        self._shape = shape
        self._dates: set[str] = set()
        self._is_sampling = True

    def read(self, blocks: Iterator[str], place: str) -> None:
        """`place`: the file's name for people."""
        lines = size = 0
        for block in blocks:
            self._read_block(block, place, lines)
            size += len(block)
            self._is_sampling = size < SAMPLE
            lines += block.count("\n")
            if self.order.is_decided and size >= SAMPLE:
                break
        self.speakers.learnt()
        self.clock.learnt()
        found = self.speakers.split(self._first)
        self.title = found[0].id if found and (found[1].startswith(LRM) or says_encrypted(found[1])) else ""

    def _read_block(self, block: str, place: str, lines: int) -> None:
        date_group, time_group = (2, 3) if self._shape.date_first else (3, 2)
        for line in self._shape.head.finditer(block):
            date = line[date_group]
            if date not in self._dates:
                self._dates.add(date)
                at = lines + block.count("\n", 0, line.start()) + 1
                self.order.add(FoundDate(date, date_numbers(date), f"{place}, line {at}"))
            if self._is_sampling:
                self.clock.learn(date, line[time_group])
            if not self.says_group and len(self.talkers) <= 2:
                self._look_for_group(block, line)
            if (name := line[4]) is not None:
                self._add_name(name, line[5])

    def _look_for_group(self, block: str, line: re.Match[str]) -> None:
        """News have no name on Android, or what would be one ends in quotes; on iOS their text has a mark."""
        name, text = line[4], line[5]
        is_news = name is None or text.startswith(LRM) or not is_name(name)
        if is_news:
            start = line.end() if name is None else line.start(5 if is_name(name) else 4)
            end = block.find("\n", start)
            self.says_group = says_group(block[start : end if end >= 0 else None])

    def _add_name(self, name: str, text: str) -> None:
        self._first = self._first or f"{name}: {text}"
        self.speakers.learn(name, text)
        if not text.startswith(LRM) and (talker := clean_name(name)) not in self.talkers and is_name(name):
            self.talkers.add(talker)
