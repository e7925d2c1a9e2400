"""Large JSON files as a stream: lists and objects that are entered give their members one by one, others come whole.

A list of a million messages is never in memory: the text is read in pieces, and the standard library's decoder, which
is written in C, decodes one member at a time. A broken member is named and skipped by its brackets and strings;
escapes that JSON does not know (`\\x0B` of Telegram, backslashes of Windows paths) and its paths without quotes are
mended.
"""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Collection, Iterator
from typing import IO, Any, Final, NamedTuple

from chat.history.importers.fields import without_half_pairs
from chat.history.importers.source import BOMS_OF_UTF16

PIECE = 1 << 20  # bytes that are read at once
MAX_MEMBER = 1 << 26  # characters of a member that is decoded whole
ENTERED: Final = object()
ENDS_EARLY = "the file ends in the middle"

_decoder = json.JSONDecoder(strict=False)
_blank = re.compile(r"[ \t\r\n]*")
_token = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.S)
_scalar_end = re.compile(r"[,\]}]")
_escape = re.compile(r'\\(?:(?P<known>["\\/bfnrt]|u[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})|)')
_bare_path = re.compile(
    r'(?<="document_id": )(?!["\d-]|null\b)[^"\n]+?(?=,?[ \t\r]*\n)'
)  # of Telegram 4.1, without quotes
_depths = {"{": 1, "[": 1, "}": -1, "]": -1}


class Item(NamedTuple):
    """A member. `where`: the keys that lead to it, "*" for a place in a list ("chats.list.*.messages.*"); "" is all.

    `number` is the place in the innermost list, from 0. `value` is `ENTERED` where a list or object begins and its
    members follow. `error` says why there is no value; nothing follows `ENDS_EARLY` and damage between members.
    """

    where: str
    number: int
    value: Any
    error: str = ""


def walk(file: IO[bytes], enter: Collection[str]) -> Iterator[Item]:
    """The members of a JSON file. Lists and objects at the places in `enter` are entered; "" is the whole file.

    Never raises for what the file holds, only what reading it raises. Scripts that append pages write several lists or
    objects one behind the other: they follow each other here, too.
    """
    text = _Text(file)
    yield from _Walk(text, enter).value("", 0)
    while text.peek() in ("[", "{"):
        yield from _Walk(text, enter).value("", 0)


class _Text:
    """The text of the file from the member on that is being read; `at` is the place in it."""

    def __init__(self, file: IO[bytes]) -> None:
        head = file.read(PIECE)
        is_utf16 = head.startswith(BOMS_OF_UTF16)
        self._decoder = getincrementaldecoder("utf-16" if is_utf16 else "utf-8-sig")("replace")
        self._file = file
        self.has_ended = False
        self.text = self._decoder.decode(head)
        self.at = 0

    def read(self) -> bool:
        """Read more behind what is there, and drop what is done with. False at the end of the file."""
        if self.has_ended:
            return False
        piece = self._file.read(max(PIECE, len(self.text) - self.at))
        self.has_ended = not piece
        self.text = self.text[self.at :] + self._decoder.decode(piece, final=not piece)
        self.at = 0
        return True

    def peek(self) -> str:
        """The next sign that is no blank, "" at the end of the file."""
        while True:
            blank = _blank.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.read():
                return ""

    def end(self) -> None:
        """Read no further."""
        self.has_ended, self.text, self.at = True, "", 0


class _Walk:
    def __init__(self, text: _Text, enter: Collection[str]) -> None:
        self._text = text
        self._enter = enter
        self._is_over = False

    def value(self, where: str, number: int) -> Iterator[Item]:
        sign = self._text.peek()
        if where in self._enter and sign in ("[", "{"):
            yield Item(where, number, ENTERED)
            self._text.at += 1
            yield from self._list(where) if sign == "[" else self._object(where, number)
        else:
            yield self._whole(where, number)

    def _list(self, where: str) -> Iterator[Item]:
        place = f"{where}.*" if where else "*"
        number = 0
        while self._has_member("]"):
            yield from self.value(place, number)
            number += 1
            if error := self._damage_behind("]"):
                yield Item(where, number, None, error)

    def _object(self, where: str, number: int) -> Iterator[Item]:
        while self._has_member("}"):
            key = self._whole(where, number)
            sign = self._text.peek()
            if key.error or not isinstance(key.value, str) or sign != ":":
                yield self._over(where, number, "a name and a colon are missing" if sign else ENDS_EARLY)
                return
            self._text.at += 1
            yield from self.value(f"{where}.{key.value}" if where else key.value, number)
            if error := self._damage_behind("}"):
                yield Item(where, number, None, error)

    def _has_member(self, closing: str) -> bool:
        """Whether a member follows. Otherwise it moves behind the end of the list or object."""
        if self._is_over:
            return False
        if self._text.peek() == closing:
            self._text.at += 1
            return False
        return True

    def _damage_behind(self, closing: str) -> str:
        """Move behind the comma after a member. Why that fails, if it does."""
        if self._is_over or (sign := self._text.peek()) == closing:
            return ""
        if sign == ",":
            self._text.at += 1
            return ""
        return self._over("", 0, f"unexpected {sign!r} between two members" if sign else ENDS_EARLY).error

    def _whole(self, where: str, number: int) -> Item:
        """Decode a member. More text is read while the member may go on behind what is there."""
        text = self._text
        if not text.peek():
            return self._over(where, number, ENDS_EARLY)
        while True:
            try:
                value, end = _decoder.raw_decode(text.text, text.at)
            except (ValueError, RecursionError) as error:
                if _may_be_cut(error, text) and text.read():
                    continue
                return self._mended(where, number, error)
            if end == len(text.text) and text.read():  # a number may go on
                continue
            has_pairs = text.text.find("\\u", text.at, end) >= 0
            text.at = end
            return Item(where, number, without_half_pairs(value) if has_pairs else value)

    def _mended(self, where: str, number: int, error: Exception) -> Item:
        """Decode a member without the escapes that JSON does not know, or skip it."""
        end = _find_end(self._text)
        if end is None:
            return self._over(where, number, ENDS_EARLY)
        start, self._text.at = self._text.at, end
        text = _bare_path.sub(lambda path: json.dumps(path[0]), self._text.text[start:end])
        try:
            return Item(where, number, without_half_pairs(_decoder.decode(_escape.sub(_mend, text))))
        except (ValueError, RecursionError):
            return Item(where, number, None, _reason(error))

    def _over(self, where: str, number: int, error: str) -> Item:
        self._is_over = True
        self._text.end()
        return Item(where, number, None, error)


def _may_be_cut(error: Exception, text: _Text) -> bool:
    """Whether the decoder failed because the text ends too early."""
    if not isinstance(error, json.JSONDecodeError) or len(text.text) - text.at > MAX_MEMBER:
        return False
    return error.msg.startswith("Unterminated") or error.pos > len(text.text) - 16


def _find_end(text: _Text) -> int | None:
    """Where a broken member ends, by its brackets and strings alone. None if the file ends before."""
    while True:
        end = _end_of_member(text.text, text.at)
        if end is not None and (end < len(text.text) or text.has_ended):
            return end
        if len(text.text) - text.at > MAX_MEMBER or not text.read():
            return None


def _end_of_member(text: str, at: int) -> int | None:
    if text[at] not in '{["':
        found = _scalar_end.search(text, at)
        return found.start() if found else None
    depth = 0
    for token in _token.finditer(text, at):
        if token[0][0] == '"' and (len(token[0]) == 1 or token[0][-1] != '"'):
            return None
        depth += _depths.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None


def _mend(escape: re.Match[str]) -> str:
    if escape["known"]:
        return escape[0]
    return f"\\u00{escape['byte']}" if escape["byte"] else "\\\\"


def _reason(error: Exception) -> str:
    return f"no valid JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else "nested too deep"
