"""Messages of Matrix to chatsite's Markdown: HTML where the sender has sent it, otherwise plain text."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from chat.history.importers.fields import Record, mapping, string
from chat.history.importers.text.html import Rules, html_to_markdown
from chat.history.importers.text.html_elements import text_of
from chat.history.importers.text.markdown import Run, action, bullet, inline, literal
from chat.history.importers.text.mentions import mention

_pill = re.compile(r"(?:https?://matrix\.to/#/|matrix:(?:u/|user/))(?P<id>@?[^/?]+:[^/?]+)", re.I)
_poll_keys = ("m.poll", "m.poll.start", "org.matrix.msc3381.poll.start")
_room_link = re.compile(r"https?://matrix\.to/#/[#!]", re.I)
_quoted_lines = re.compile(r"> (?:\* )?<@[^<>\s]+:[^<>\s]+>.*(?:\n>.*)*(?:\n+|\Z)")


def text_of_message(content: Record, name: str, *, is_reply: bool) -> str:
    """The text of a message. `name`: of the author, whom an action names; `is_reply`: it may quote what it answers."""
    html = string(content, "formatted_body") if string(content, "format") == "org.matrix.custom.html" else ""
    if string(content, "msgtype") == "m.emote":
        return action(f"{name} {_plain(content, is_reply)}")
    text = html_to_markdown(html, Rules(_own)) if html.strip() else literal(_plain(content, is_reply))
    if string(content, "msgtype") == "m.location" and (place := string(content, "geo_uri")) not in text:
        return f"{text}\n{literal(place)}".strip()
    return text


def text_of_poll(content: Record) -> str:
    """The question in bold and the answers as a list. Both generations of the event."""
    poll = next((poll for key in _poll_keys if (poll := mapping(content, key))), {})
    question = _words(poll.get("question")) or _words(content)
    answers = poll.get("answers")
    lines = [literal(words) for answer in (answers if isinstance(answers, list) else []) if (words := _words(answer))]
    return "\n".join([inline([Run(question, bold=True)]) if question else "", *map(bullet, lines)]).strip("\n")


def _plain(content: Record, is_reply: bool) -> str:
    """The body without the lines that quote the message it answers, which older clients put in front."""
    body = string(content, "body") or _words(content)
    found = _quoted_lines.match(body) if is_reply else None
    return body[found.end() :] if found else body


def _words(value: Any) -> str:
    """The words of an extensible event: a text, an object with one, or a list of such objects."""
    return next(_texts(value), "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key in ("org.matrix.msc1767.text", "m.text", "body"):
            yield from _texts(value.get(key))


def _own(element: Element) -> Run | None:
    """A link to a person is a mention; one to a room is its text."""
    if element.tag != "a":
        return None
    href, label = unquote(element.get("href") or ""), " ".join(text_of(element).split())
    if label and (found := _pill.match(href)) and found["id"].startswith("@" if "matrix.to" in href else ""):
        return Run(mention(_local(label)), raw=True)
    return Run(label) if label and _room_link.match(href) and "/$" not in href else None


def _local(label: str) -> str:
    """`ada` of `@ada:example.org`, if the pill shows the id; otherwise the name as it is."""
    return label.removeprefix("@").partition(":")[0] if re.fullmatch(r"@\S+:\S+", label) else label.removeprefix("@")
