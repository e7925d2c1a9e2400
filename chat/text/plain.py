"""The words of a message without its markup, for what is shown in one line, as static/chat/model/plain_text.js."""

import re
from html import unescape

_inline_tag = re.compile(r"</?(?:strong|em|del|code|a|span)\b[^>]*>")
_other_tag = re.compile(r"<[^>]*>")  # of a paragraph, an item, a cell, a line: words on both sides are separate


def plain_text(html: str) -> str:
    """One line of text. `html`: what `markup.render` made."""
    return " ".join(unescape(_other_tag.sub(" ", _inline_tag.sub("", html))).split())
