"""Inline markup of one paragraph: bold, italic, strikethrough, code, links, mentions.

The text is read once, from left to right, and every rule looks a bounded way back: the time is proportional to the
length. Three things differ from Markdown in a document: there are no HTML, no images and no link references; an address
is a link; and characters that authors rarely mean as markup stay as typed. delimiters.py and links.py say which.
"""

import re
from bisect import bisect_left
from collections.abc import Callable

from chat.text.backslashes import hide_block_escapes, read_block_escape, signs_before, signs_behind
from chat.text.delimiters import can_close, can_open, is_word
from chat.text.escape import escape_text
from chat.text.links import LINK_TARGET, address_html, find_address, link_html
from chat.text.mentions import find_mention, mention_html

MAX_DEPTH = 6  # of nested emphasis; blocks.py uses it for nested blocks

_trigger = re.compile(r"[*_~`\\\[\]:.@]")
_backticks = re.compile(r"(?P<escapes>(?:(?<!\\)\\++)?)(?P<run>`+)")
_runs = {character: re.compile(rf"(?:\\*{re.escape(character)})+") for character in "*_~"}
_escapes = re.compile(r"\\+(?:(?P<sign>[*_~`])|[\[\]])?")
_backslashes = re.compile(r"\\+")
_signs = re.compile(r"\\*.")  # of a run, each with its backslashes
_one_backslash = re.compile(r"(?<!\\)\\")  # in front of each sign
_units = {"*": ("*",), "**": ("**",), "***": ("*", "**"), "_": ("_",), "~~": ("~~",)}  # other runs are text
_tags = {"*": "em", "**": "strong", "_": "em", "~~": "del"}


def render_inline(text: str) -> str:
    """HTML of the text of one paragraph."""
    return InlineParser(text).parse() if _trigger.search(text) else escape_text(text)


class _Mark:
    """An opening delimiter or bracket whose other end has not been found yet. Its own part of the HTML is `part`.

    `typed` is the delimiter with its backslashes, at the place `at` of the text.
    """

    __slots__ = ("at", "delimiter", "depth", "part", "typed")

    def __init__(self, delimiter: str, part: int, typed: str, at: int) -> None:
        self.delimiter = delimiter
        self.part = part
        self.typed = typed
        self.at = at
        self.depth = 0  # of the elements between this mark and the next


class InlineParser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.flushed = 0  # the text up to here is in `parts`
        self.parts: list[str] = []  # of the HTML
        self.addresses: dict[int, str] = {}  # the parts that are links of themselves, or mentions, as text
        self.marks: list[_Mark] = []
        self.places: dict[str, list[int]] = {}  # of the open marks in `marks`, by delimiter
        self.has_links = "](" in text or "]\\" in text
        self.closing_backticks: dict[tuple[int, bool], list[int]] | None = None  # by size, and whether escaped

    def parse(self) -> str:
        at = 0
        while found := _trigger.search(self.text, at):
            at = _handlers[found[0]](self, found.start())
        self.flush(len(self.text))
        return "".join(self.parts)

    def flush(self, until: int, then: int | None = None) -> None:
        """The text up to here is text; what follows it begins at `then`."""
        if until > self.flushed:
            self.parts.append(escape_text(self.text[self.flushed : until]))
        self.flushed = until if then is None else then

    def read_delimiter(self, at: int) -> int:
        return self.read_run(at, self.text[at])

    def read_run(self, at: int, sign: str) -> int:
        """A run of this sign, with the backslashes in front of each: they belong to it."""
        found = _runs[sign].match(self.text, at)
        end = found.end() if found else at + 1
        typed = self.text[at:end]
        run = typed.replace("\\", "") if "\\" in typed else typed
        units = _units.get(run)
        if units is None:
            return end
        before, after = self.neighbours_before(at), self.text[end : end + 2]
        if "\\" in after:
            after = signs_behind(self.text, end)
        closes = [unit for unit in units if self.places.get(unit)] if can_close(run, before, after[:1]) else []
        if closes:
            self.close(at, typed, closes)
        elif can_open(run, before[-1:], after):
            self.flush(at, end)
            for unit in units:
                first, typed = _split(typed, len(unit))
                self.open(unit, at, first)
                at += len(first)
        elif "/" in (before[-1:], after[:1]):
            self.forget(run)
        return end

    def neighbours_before(self, at: int) -> str:
        """The two characters in front. An address counts as a word, so `**https://example.org/**` is bold."""
        if at == self.flushed and len(self.parts) - 1 in self.addresses:
            return "a"
        before = self.text[max(at - 2, 0) : at]
        return signs_before(self.text, at) if "\\" in before else before

    def open(self, delimiter: str, at: int, typed: str) -> None:
        self.places.setdefault(delimiter, []).append(len(self.marks))
        self.marks.append(_Mark(delimiter, len(self.parts), typed, at))
        self.parts.append(typed)

    def forget(self, delimiter: str) -> None:
        """This delimiter is part of a path, like the inner ones of `*a*/*b*`. None of its kind closes beyond it."""
        if delimiter in self.places:
            self.places[delimiter].clear()

    def close(self, at: int, typed: str, closes: list[str]) -> None:
        """Close the innermost of these first. A run of three that closes only one or two leaves the rest as text."""
        self.flush(at, at + len(typed))
        for unit in sorted(closes, key=lambda unit: -self.places[unit][-1]):
            if not self.places[unit]:
                continue
            place = self.places[unit][-1]
            mark = self.marks[place]
            if self.drop_marks(place):
                first, typed = _split(typed, len(unit))
                self.enclose(mark, at, first)
                at += len(first)
        if typed:
            self.parts.append(typed)

    def enclose(self, mark: _Mark, at: int, typed: str) -> None:
        """Make an element of what stands between two delimiters. With backslashes they are text, and lose one each."""
        escaped = ("\\" in mark.typed) + ("\\" in typed)
        if escaped == 0:
            self.parts[mark.part] = f"<{_tags[mark.delimiter]}>"
            self.parts.append(f"</{_tags[mark.delimiter]}>")
        elif escaped == 1:
            self.parts.append(typed)
            return
        else:
            self.parts[mark.part] = _one_backslash.sub("", mark.typed)
            self.parts.append(_one_backslash.sub("", typed))
        self.found_markup(mark.delimiter, (mark.at, mark.typed), (at, typed))

    def found_markup(self, delimiter: str, opening: tuple[int, str], closing: tuple[int, str]) -> None:
        """Called for all markup, with the places of its delimiters and the delimiters as typed."""

    def drop_marks(self, place: int) -> bool:
        """Forget the marks from this one on: an element begins there. False if it would be nested too deep."""
        depth = 1 + max(mark.depth for mark in self.marks[place:])
        for mark in self.marks[place:]:
            places = self.places[mark.delimiter]
            if places and places[-1] >= place:
                places.pop()
        del self.marks[place:]
        if self.marks:
            self.marks[-1].depth = max(self.marks[-1].depth, min(depth, MAX_DEPTH))
        return depth <= MAX_DEPTH

    def read_code(self, at: int) -> int:
        found = _backticks.match(self.text, at)
        assert found is not None, "there is a backtick, perhaps behind backslashes"
        start, size, is_escaped = found.end(), len(found["run"]), found["escapes"] != ""
        if size == 1 and at and is_word(self.text[at - 1]):
            return start
        end = self.find_closing_backticks(size, start, is_escaped)
        if end is None:
            return start
        is_text = is_escaped and self.text[end - 1] == "\\"
        code = self.text[start : end - is_text]
        # The backslash of an escaped backtick behind blanks is no code either: ` \`x\`
        is_blank = not code.strip() or (code[-1] == "\\" and code[:-1].isspace() and not is_text)
        if is_blank:
            return start
        self.flush(at, end + size)
        if is_text:
            code = hide_block_escapes(self.text, start, end - 1)
            self.parts.append(escape_text(self.text[at + 1 : start] + code + found["run"]))
        else:
            if code.startswith(" ") and code.endswith(" "):
                code = code[1:-1]
            self.parts.append(f"<code>{escape_text(code)}</code>")
        self.found_markup("`", (at, "`"), (end, "`"))
        return end + size

    def find_closing_backticks(self, size: int, start: int, is_escaped: bool) -> int | None:
        """A run of the same length. One with a space in front and a word behind it opens, as in `foo' and `bar'.

        A run with a backslash is closed by another one with a backslash.
        """
        if self.closing_backticks is None:
            self.closing_backticks = {}
            for run in _backticks.finditer(self.text):
                before, after = self.text[run.start() - 1 : run.start()], self.text[run.end() : run.end() + 1]
                if not (before.isspace() and after and not after.isspace() and after not in ".,;:!?)"):
                    for key in (False, True) if run["escapes"] else (False,):
                        self.closing_backticks.setdefault((len(run["run"]), key), []).append(run.start("run"))
        places = self.closing_backticks.get((size, is_escaped), [])
        place = bisect_left(places, start)
        return places[place] if place < len(places) else None

    def read_backslash(self, at: int) -> int:
        if escape := read_block_escape(self.text, at):
            shown, end = escape
            self.flush(at, end)
            self.parts.append(escape_text(shown))
            return end
        found = _escapes.match(self.text, at)
        assert found is not None, "there is a backslash"
        match found["sign"]:
            case None:
                return found.end()  # a bracket behind it is text
            case "`":
                return self.read_code(at)
            case sign:
                return self.read_run(at, sign)

    def read_open_bracket(self, at: int) -> int:
        if self.has_links:
            self.flush(at, at + 1)
            self.open("[", at, "[")
        return at + 1

    def read_close_bracket(self, at: int) -> int:
        """`[text](https://example.org)` is a link, `[text](notes.txt)` is not: the URL needs an allowed scheme.

        With backslashes before the parenthesis it is text, and loses one.
        """
        places = self.places.get("[")
        if not places:
            return at + 1
        place = places.pop()
        escapes = _backslashes.match(self.text, at + 1)
        behind = escapes.end() if escapes else at + 1
        target = LINK_TARGET.match(self.text, behind)
        if target is None:
            return at + 1
        mark = self.marks[place]
        self.flush(at, target.end())
        is_link = self.drop_marks(place)
        if is_link and not escapes:
            html = "".join(self.addresses.pop(i, self.parts[i]) for i in range(mark.part + 1, len(self.parts)))
            url = target["angle"] or target["url"]
            self.parts[mark.part :] = [link_html(html, url, target["double"] or target["single"])]
        else:
            shown = "]" + self.text[at + 1 + is_link : behind]
            self.parts.append(escape_text(shown + hide_block_escapes(self.text, behind, target.end())))
        if is_link:
            places.clear()  # links do not nest
            self.found_markup("[", (mark.at, ""), (at + 1, "("))
        return target.end()

    def read_at(self, at: int) -> int:
        """An e-mail address, or a mention."""
        end = self.read_address(at)
        mention = find_mention(self.text, at, self.is_open) if end == at + 1 else None
        if mention is None:
            return end
        self.flush(at, mention.end)
        text = self.text[at : mention.end]
        self.addresses[len(self.parts)] = escape_text(text)  # text in the text of a link
        self.parts.append(mention_html(text, mention.username))
        return mention.end

    def read_address(self, at: int) -> int:
        address = find_address(self.text, at, self.flushed, self.is_open)
        if address is None:
            return at + 1
        self.flush(address.start, address.end)
        text = escape_text(self.text[address.start : address.end])
        self.addresses[len(self.parts)] = text
        self.parts.append(address_html(text, address.url))
        return self.flushed

    def is_open(self, character: str) -> bool:
        return any(places for delimiter, places in self.places.items() if delimiter[0] == character)


def _split(typed: str, size: int) -> tuple[str, str]:
    """So many signs of a run, with their backslashes, and the rest."""
    if "\\" in typed:
        signs = _signs.findall(typed)
        return "".join(signs[:size]), "".join(signs[size:])
    return typed[:size], typed[size:]


_handlers: dict[str, Callable[[InlineParser, int], int]] = {
    "`": InlineParser.read_code,
    "\\": InlineParser.read_backslash,
    "[": InlineParser.read_open_bracket,
    "]": InlineParser.read_close_bracket,
    **dict.fromkeys("*_~", InlineParser.read_delimiter),
    **dict.fromkeys(":.", InlineParser.read_address),
    "@": InlineParser.read_at,
}
