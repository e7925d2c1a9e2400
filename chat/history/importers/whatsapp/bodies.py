"""What stands behind a stamp and a name: a text, a file, a poll, or something that WhatsApp wrote itself."""

import re
from typing import NamedTuple

from chat.history.importers.reasons import DELETED
from chat.history.importers.whatsapp.phrases import is_deleted, says_attached, says_edited, says_encrypted, says_omitted
from chat.history.importers.whatsapp.stamps import MARKS

LRM = "\u200e"  # WhatsApp's sign for its own words, on iOS

NEWS = "system messages"
_lrms = re.compile(f"[{LRM}\u202a\u202c\u2068\u2069]")
_mention = re.compile("@\u2068~?\\s?([^\u2068\u2069\n]+)\u2069")
_end_mark = re.compile(rf"\s*(?P<mark>{LRM}?)<(?P<words>[^<>:\n]{{3,80}})>\s*\Z")
_attached_ios = re.compile(
    rf"[ \t]*(?P<mark>{LRM}?)<{LRM}?[^<>:：\n]{{2,24}}[:：][ \u00a0\u202f]?(?P<name>[^<>\n]+\.\w{{1,5}})>"
)
_attached_android = re.compile(
    rf"(?P<mark>[{MARKS}]*)(?P<name>[^\n/\\:*?\"<>|]{{1,240}}\.\w{{1,5}}) \((?P<words>[^()\n]{{2,40}})\)(?:\n|\Z)"
)
_own_file = re.compile(r"(?:IMG|VID|AUD|PTT|STK|DOC|GIF)-\d{8}-WA\d{4,}\.|\d{8}-")
_omitted_android = re.compile(r"<(?P<words>[^<>:\n]{3,60})>(?:\n|\Z)")
_omitted_behind = re.compile(rf"(?P<caption>.*\S)\s{LRM}(?P<words>[^{LRM}<>\n]{{3,60}})\Z", re.S)
_document = re.compile(rf"(?P<name>[^\n]+\.\w{{1,5}}) • {LRM}")
_option = re.compile(rf"{LRM}(?P<label>[^:：\n]{{1,30}})[:：] ?(?P<text>.*)")


class Content(NamedTuple):
    """A message: its text in WhatsApp's own markup, the names of its files, and whether it was edited."""

    text: str
    files: tuple[str, ...] = ()
    is_edited: bool = False


def read_body(text: str, *, is_marked: bool, is_first: bool = False) -> Content | str:
    """The content of a message, or under which reason it is not imported.

    `is_marked`: LRM in front of the stamp; `is_first`: in the first lines, whose notice may have lost its own.
    """
    if is_deleted(plain(text).strip()):
        return DELETED
    if is_first and says_encrypted(plain(text)):
        return NEWS
    if (found := _file(text, is_marked=is_marked)) is not None:
        return found
    if text.startswith(LRM):
        return _own_words(text)
    end = _end_mark.search(text)
    if end and end.start() and (end["mark"] or says_edited(end["words"])):
        return Content(plain(text[: end.start()]), is_edited=True)
    return Content(plain(text))


def begins_with_file(text: str) -> bool:
    """Whether it may be a file of Android, of which nothing else is a sign."""
    return _attached_android.match(text) is not None


def plain(text: str) -> str:
    """A text without WhatsApp's direction marks, and with mentions as people see them."""
    return _lrms.sub("", _mention.sub(r"@\1", text))


def _file(text: str, *, is_marked: bool) -> Content | None:
    """A message that is a file, with its caption."""
    if found := _attached_ios.search(text):
        is_own = found["mark"] or _own_file.match(found["name"]) or found[0] == text
        return _with_caption(found["name"], text[: found.start()] + text[found.end() :]) if is_own else None
    if found := _attached_android.match(text):
        is_own = found["mark"] or _own_file.match(found["name"]) or says_attached(found["words"])
        return _with_caption(found["name"], text[found.end() :]) if is_own else None
    if (found := _omitted_android.match(text)) and (LRM in found[0] or says_omitted(found["words"])):
        return _with_caption(plain(found["words"]), text[found.end() :])
    if found := _document.match(text):
        return Content("", (found["name"].strip(LRM),))
    if text.startswith(LRM) and "\n" not in text and "://" not in text and (is_marked or says_omitted(text)):
        return Content("", (plain(text),))
    if (found := _omitted_behind.fullmatch(text)) and not text.startswith(LRM) and says_omitted(found["words"]):
        return _with_caption(found["words"], found["caption"])
    return None


def _with_caption(name: str, caption: str) -> Content:
    if _document.match(caption):  # the file's name again, and its pages
        caption = ""
    return Content(plain(caption).strip(), (name.strip(LRM),))


def _own_words(text: str) -> Content | str:
    """News are one line. A poll has options below, an event its place, a position its address: people made these."""
    if "\n" not in text:
        return Content(plain(text)) if "://" in text else NEWS
    head, *below = text.split("\n")
    found = [_option.match(line) for line in below]
    is_poll = len({option["label"] for option in found if option}) == 1  # an event has a label for each line
    lines = [_listed(line, option, is_poll) for line, option in zip(below, found, strict=True)]
    return Content(plain("\n".join([head, *lines])))


def _listed(line: str, option: re.Match[str] | None, is_poll: bool) -> str:
    return line if option is None else f"- {option['text'] if is_poll else line}"
