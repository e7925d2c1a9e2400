"""The time of a stamp, of 24 hours or of 12 with words such as "p. m.", which are those of the phone's language."""

import re
from collections import Counter
from functools import lru_cache

from chat.history.importers.halves import is_half, is_second, word_of

_number = re.compile(r"\d+")


class Clock:
    """Reads the times of one file. Two words that are in no table are morning and evening by their order in a day."""

    def __init__(self) -> None:
        self._evening: str | None = None
        self._last = ("", "")  # date and word of the line before
        self._steps: Counter[tuple[str, str]] = Counter()
        self._is_of_24 = False

    def learn(self, date: str, time: str) -> None:
        """Take a line into account, in file order."""
        word = next((word for word in _words(time) if word and not is_half(word)), "")
        hour = int(_number.findall(time)[0])
        self._is_of_24 = self._is_of_24 or not 1 <= hour <= 12
        if date == self._last[0] and word and self._last[1] not in ("", word):
            self._steps[self._last[1], word] += 1
        self._last = (date, word)

    def learnt(self) -> None:
        """All lines to learn from were there."""
        if self._steps and not self._is_of_24:
            (_, self._evening), _ = self._steps.most_common(1)[0]

    def milliseconds(self, text: str) -> int | None:
        """Milliseconds since midnight of a time with its words: `7:02 p. m.`, `下午7:02`. None if it is no time."""
        hour, minute, second = (*(int(number) for number in _number.findall(text)), 0)[:3]
        words = _words(text)
        is_late = is_second(hour, words)
        if is_late is None and self._evening is not None:
            is_late = self._evening in words
        if is_late is not None and hour <= 12:
            hour = hour % 12 + 12 * is_late
        if hour > 23 or minute > 59 or second > 59:
            return None
        return ((hour * 60 + minute) * 60 + second) * 1000


@lru_cache(maxsize=4096)  # times come again and again
def _words(time: str) -> frozenset[str]:
    """In front of the time and behind it."""
    return frozenset((word_of(_number.split(time, maxsplit=1)[0]), word_of(_number.split(time)[-1])))
