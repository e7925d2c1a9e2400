"""The body of a message of Microsoft Teams to chatsite's Markdown: HTML with mentions, emoji and attachments in it.

The fields have the names of Microsoft Graph (`contentType`).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import msgspec

from chat.history.importers.entry import Attachment
from chat.history.importers.fields import Record, mapping, mappings, string
from chat.history.importers.text.commonmark import Dialect, commonmark, parser
from chat.history.importers.text.html import Markdown, Rules, html_to_markdown, tree_to_markdown
from chat.history.importers.text.html_elements import parse, safe_url, text_of
from chat.history.importers.text.markdown import Run, inline, link, literal, quote
from chat.history.importers.text.mentions import mention

_card_texts = ("title", "subtitle", "text", "summary")
_card_parts = "body items columns inlines facts rows cells sections content actions buttons potentialAction".split()
_closed_at_once = re.compile(r"<((attachment|emoji|customemoji|systemEventMessage)\b[^>]*)/>", re.I)  # HTML ignores />
_skype = "http://schema.skype.com/"


class Body(NamedTuple):
    """The Markdown of a message, the files that belong to it, and the id of the message that it answers."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


def body_of(message: Record) -> Body:
    """What a message says: its subject, its body, its attachments where the body has them or below it."""
    return _Body(message).read()


class _Body:
    def __init__(self, message: Record) -> None:
        self.message = message
        self.mentioned = {string(each, "id"): mapping(each, "mentioned") for each in mappings(message, "mentions")}
        self.waiting = {string(each, "id"): each for each in mappings(message, "attachments")}
        self.files: list[Attachment] = []
        self.reply_to: str | None = None

    def read(self) -> Body:
        body = mapping(self.message, "body")
        content = string(body, "content")
        text = self.html(content) if string(body, "contentType").lower() != "text" else literal(content)
        below = [self.attachment(each) for each in list(self.waiting.values())]
        subject = string(self.message, "subject").strip()
        parts = [inline([Run(subject, bold=True)]) if subject else "", text, *below]
        return Body("\n".join(part for part in parts if part), tuple(self.files), self.reply_to)

    def html(self, content: str) -> str:
        tree = parse(_closed_at_once.sub(r"<\1></\2>", content))
        _join_mentions(tree, self.mentioned)
        return tree_to_markdown(tree, Rules(self.own, apart=False))

    def own(self, element: Element) -> Run | Markdown | None:
        """The elements of Teams, and those of Skype that older clients write."""
        kind = element.get("itemtype", "").removeprefix(_skype)
        match element.tag, kind:
            case ("at", _) | (_, "Mention"):
                words = text_of(element).replace("\xa0", " ").strip()
                return Run(mention(words.removeprefix("@")) if words else "", raw=True)
            case ("emoji" | "customemoji", _):
                return Run(element.get("alt") or element.get("title") or "")
            case "attachment", _:
                return Markdown(self.attachment(self.waiting.get(element.get("id", ""), {})))
            case "blockquote", "Reply":
                self.reply_to = self.reply_to or element.get("itemid")
                return Markdown("")
            case "systemeventmessage", _:
                return Markdown("")
            case "a", _ if not len(element) and not text_of(element).strip() and (url := safe_url(element.get("href"))):
                return Run(url, link=url)  # what Teams shows embedded, such as a Loop component, has no words
        return None

    def attachment(self, attachment: Record) -> str:
        """The Markdown of an attachment, if it is one that is read; each is read once."""
        self.waiting.pop(string(attachment, "id"), None)
        kind, url, name = (string(attachment, key) for key in ("contentType", "contentUrl", "name"))
        content = _content(attachment)
        if kind == "messageReference":
            return self.reference(string(content, "messageId") or string(attachment, "id"), content)
        if kind == "forwardedMessageReference":
            html = string(content, "originalMessageContent")
            return _quoted(html, mapping(content, "originalMessageSender"))
        if kind.endswith("announcementBanner"):
            return inline([Run(string(content, "title"), bold=True)])
        if kind.endswith("codesnippet"):
            name, url = string(content, "name") or name or "code", string(content, "codeSnippetUrl")
        elif component := safe_url(string(content, "componentUrl")):
            return link(name or "Loop component", component)
        elif kind.startswith("application/vnd.microsoft.card") or (content and not url):
            return _card(content) or literal(f"[{name or 'card'}]")
        if name or url:
            self.files.append(Attachment(name or _name_in(url), url=url or None))
        return ""

    def reference(self, message_id: str, content: Record) -> str:
        """The message that this one answers; of several, the others are quoted."""
        if self.reply_to in (None, message_id):
            self.reply_to = message_id
            return ""
        return _quoted(string(content, "messagePreview"), mapping(content, "messageSender"))


def _join_mentions(tree: Element, mentioned: dict[str, Record]) -> None:
    """Join the words of one mention: Teams writes <at>Ada</at>&nbsp;<at>Lovelace</at>, each with the same user."""
    for parent in tree.iter():
        before: Element | None = None
        for child in list(parent):
            if before is not None and _is_same_mention(before, child, mentioned):
                before.text = f"{text_of(before)} {text_of(child)}"
                before.tail = child.tail
                parent.remove(child)
            else:
                before = child


def _is_same_mention(before: Element, child: Element, mentioned: dict[str, Record]) -> bool:
    """Whether these are words of one name. A name that is there twice is two mentions."""
    if before.tag != "at" or child.tag != "at" or not before.tail or before.tail.strip(" \xa0"):
        return False
    first, second = (string(mapping(mentioned.get(each.get("id", ""), {}), "user"), "id") for each in (before, child))
    return bool(first) and first == second and text_of(child) not in text_of(before).split()


def _content(attachment: Record) -> Record:
    """The content of an attachment, which is JSON in a text; some programs write it as an object."""
    if isinstance(attachment.get("content"), dict):
        return mapping(attachment, "content")
    try:
        content = msgspec.json.decode(string(attachment, "content") or "{}")
    except msgspec.DecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _quoted(html: str, sender: Record) -> str:
    name = string(mapping(sender, "user"), "displayName")
    text = html_to_markdown(html, Rules(apart=False))
    if not text:
        return ""
    return quote(f"{inline([Run(name, bold=True)])}\n{text}" if name else text)


def _card(content: Record) -> str:
    """The words of a card."""
    lines = [line for line in _card_lines(content, 0) if line.strip()]
    return quote("\n".join(lines)) if lines else ""


def _card_lines(part: Any, depth: int) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _card_lines(each, depth)
    if isinstance(part, str):
        yield html_to_markdown(part, Rules()) if "<" in part else commonmark(part, _markdown_of_cards())
    if not isinstance(part, dict) or depth > 10:
        return
    if address := _opened_by(part):
        yield link(string(part, "title", "name") or address, address)
        return
    if "value" in part and "title" in part and not str(part.get("type", "")).startswith("Action"):
        yield literal(f"{string(part, 'title')} {string(part, 'value')}")  # a fact
        return
    for key in _card_texts:
        yield from _card_lines(part.get(key), depth + 1)
    for key in _card_parts:
        yield from _card_lines(part.get(key), depth + 1)


@cache
def _markdown_of_cards() -> Dialect:
    return Dialect(parser(), lambda info, code, depth: None)


def _opened_by(part: Record) -> str:
    """The address that a button opens."""
    kind = string(part, "type", "@type").lower()
    if kind not in ("action.openurl", "openurl", "openuri"):
        return ""
    target = next((string(each, "uri") for each in mappings(part, "targets")), "")
    return safe_url(string(part, "url", "value") or target) or ""


def _name_in(url: str) -> str:
    try:
        return PurePosixPath(unquote(urlsplit(url).path)).name or "file"
    except ValueError:
        return "file"
