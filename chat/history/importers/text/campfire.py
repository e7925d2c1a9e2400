"""The body of a message of Campfire to chatsite's Markdown: HTML of its editor, or what a bot has sent.

Bots send plain text, HTML, or both in one, and mean their line breaks; the editor writes none but <br>.
"""

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from html import escape
from typing import NamedTuple
from xml.etree.ElementTree import Element

from chat.history.importers.entry import Attachment
from chat.history.importers.text.html import Markdown, Rules, html_to_markdown
from chat.history.importers.text.html_elements import safe_url
from chat.history.importers.text.markdown import Run
from chat.history.importers.text.mentions import mention

_target = re.compile(rb"gid://[^/\"]+/(?P<kind>User|ActiveStorage::Blob)/(?P<id>\d+)")
_message_in_json = re.compile(rb'"message":"([^"]+)"')
_preview = "opengraph"


class Attachables(NamedTuple):
    """What a body may name by its id: people by the ids of users, files by those of blobs."""

    people: Mapping[int, str]
    file: Callable[[int], Attachment | None]


def body_to_markdown(html: str, attachables: Attachables) -> tuple[str, tuple[Attachment, ...]]:
    """The Markdown of a body, and the files in it."""
    files: list[Attachment] = []

    def own(element: Element) -> Run | Markdown | None:
        """A mention, a preview of a link, a file, or HTML: the editor keeps all of them in attributes."""
        if element.tag != "action-text-attachment":
            return None
        kind, content = element.get("content-type") or "", element.get("content") or ""
        target, target_id = _target_of(element.get("sgid") or "")
        if target == "User" or "mention" in kind:
            words = attachables.people.get(target_id) or html_to_markdown(content, Rules(_without_images))
            return Run(mention(words) if words else "", raw=True)
        if _preview in kind:
            return _link_of_preview(element, html)
        if content and "html" in kind:
            return Markdown(html_to_markdown(content, Rules(_without_images)))
        if file := _file_of(element) or (attachables.file(target_id) if target else None):
            files.append(file)
        return Run(element.get("caption") or "")

    return html_to_markdown(html, Rules(own, plain=True)), tuple(files)


def _target_of(sgid: str) -> tuple[str, int]:
    """What a signed global id names. Its first part is base64 of JSON, which may hold base64 once more."""
    data = _decoded(sgid.partition("--")[0].encode())
    found = _target.search(data)
    if found is None and (inner := _message_in_json.search(data)) is not None:
        found = _target.search(_decoded(inner[1]))
    return (found["kind"].decode(), int(found["id"])) if found else ("", 0)


def _file_of(element: Element) -> Attachment | None:
    name, size = element.get("filename"), element.get("filesize") or ""
    return Attachment(name, int(size) if size.isdecimal() else None) if name else None


def _decoded(text: bytes) -> bytes:
    padded = text + b"=" * (-len(text) % 4)
    try:
        return urlsafe_b64decode(padded) if b"-" in text or b"_" in text else b64decode(padded)
    except binascii.Error:
        return b""


def _link_of_preview(element: Element, html: str) -> Run:
    """The link of a preview, unless the text has it already."""
    url = safe_url(element.get("href") or element.get("url"))
    if url is None or html.count(escape(url, quote=False)) > 1:
        return Run("")
    return Run(element.get("filename") or url, link=url)


def _without_images(element: Element) -> Run | None:
    return Run("") if element.tag == "img" else None
