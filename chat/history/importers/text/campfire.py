"""The body of a message of Campfire to chatsite's Markdown: HTML of its editor, or the plain text of a bot."""

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from html import escape
from xml.etree.ElementTree import Element

from chat.history.importers.entry import Attachment
from chat.history.importers.text.html import Rules, html_to_markdown
from chat.history.importers.text.html_elements import safe_url
from chat.history.importers.text.markdown import Run
from chat.history.importers.text.mentions import mention

_block = re.compile(r"</?(?:p|div|br|ul|ol|li|blockquote|pre|h[1-6]|table|hr)\b", re.I)
_user_id = re.compile(rb"gid://[^/\"]+/User/(\d+)")
_message_in_json = re.compile(rb'"message":"([^"]+)"')
_preview = "opengraph"


def body_to_markdown(html: str, people: Mapping[int, str]) -> tuple[str, tuple[Attachment, ...]]:
    """The Markdown of a body, and the files in it. `people`: names by the ids of users."""
    files: list[Attachment] = []

    def own(element: Element) -> Run | None:
        """A mention, the preview of a link, or a file: the editor keeps all of them in attributes."""
        if element.tag != "action-text-attachment":
            return None
        kind, name = element.get("content-type") or "", element.get("filename") or ""
        if (user_id := _mentioned(element.get("sgid") or "")) is not None or "mention" in kind:
            words = people.get(user_id or 0) or html_to_markdown(element.get("content") or "", Rules(_without_images))
            return Run(mention(words) if words else "", raw=True)
        if _preview in kind:
            return _link_of_preview(element, html)
        if name:
            size = element.get("filesize") or ""
            files.append(Attachment(name, int(size) if size.isdecimal() else None))
        return Run(element.get("caption") or "")

    is_plain = _block.search(html) is None
    return html_to_markdown(html, Rules(own, plain=is_plain)), tuple(files)


def _mentioned(sgid: str) -> int | None:
    """The id of the user in a signed global id. Its first part is base64 of JSON, which may hold base64 once more."""
    data = _decoded(sgid.partition("--")[0].encode())
    found = _user_id.search(data)
    if found is None and (inner := _message_in_json.search(data)) is not None:
        found = _user_id.search(_decoded(inner[1]))
    return int(found[1]) if found else None


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
