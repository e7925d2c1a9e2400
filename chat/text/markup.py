"""Message markup to safe HTML: what the author typed becomes what the other clients show.

Rendering happens when an event is encoded: in a storage thread after the batch is on disk (step 4 of the path of a
message), or when a page of history is read. Storage holds the text, never the HTML. docs/markup.md says what is markup.
The time of `render` is bounded for any text: cost.py estimates it, and the lines of a message beyond the budget are
shown as plain text. Blocks and emphasis nest to a depth of MAX_DEPTH; deeper markup is text.
"""

import re

from chat.text.blocks import PARAGRAPH, render_blocks
from chat.text.cost import COST_PER_MESSAGE, MAX_COST, count_affordable_lines, estimate_cost
from chat.text.emoji import is_few_emoji
from chat.text.escape import escape_text
from chat.text.sanitizer import sanitize

_underscore = re.compile(r"_(?<!\w_)")
_mail_or_mention = re.compile(r'@[\w"“”„«]')
_upper_case_www = re.compile(r"W(?i:ww\.)")
_first_mark = re.compile(r"[ \t]*(?:[->|\\]|\d{1,3}\\*\.[ \t])")
_next_mark = re.compile(r"\n[ \t]*(?:[->|\\]|\d{1,3}\\*\.[ \t])")
PARAGRAPH_BREAK = re.compile(r"<br>(?:[ \t]*<br>)+")


def render(text: str) -> str:
    """Safe HTML of one message, for `<div class="message__body prose">`.

    Never raises for text that the protocol accepts.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip("\n")
    if is_few_emoji(text):
        return f'<p class="emoji" dir="auto">{escape_text(text)}</p>'
    if may_have_markup(text):
        lines = text.split("\n")
        affordable = count_affordable_lines(text, lines)
        rest = render_plain("\n".join(lines[affordable:])) if affordable < len(lines) else ""
        return sanitize(render_blocks(lines[:affordable])) + rest
    return render_plain(text)


def message_weight(text: str) -> int:
    """How many messages the rate limits count this one for: 1 to 10, by an estimate of its cost."""
    if not may_have_markup(text):
        return 1
    return 1 + int(min(estimate_cost(text), MAX_COST - 1) / COST_PER_MESSAGE)


def render_plain(text: str) -> str:
    """The text as typed, with its line breaks and paragraphs: for text without markup, or with too much of it."""
    html = escape_text(text)
    if "\n" not in text:
        return f"{PARAGRAPH}{html}</p>" if text and not text.isspace() else ""
    return "".join(f"{PARAGRAPH}{part}</p>" for part in PARAGRAPH_BREAK.split(html) if part.strip())


def may_have_markup(text: str) -> bool:
    """True for every message that has markup, and for some that have none.

    Searching for single characters first is many times faster than one pattern of alternatives.
    """
    return (
        "*" in text
        or "`" in text
        or ("~" in text and ("~~" in text or "\\~" in text))
        or (":" in text and "://" in text)
        or ("]" in text and ("](" in text or "]\\" in text))
        or ("_" in text and _underscore.search(text) is not None)
        or ("@" in text and _mail_or_mention.search(text) is not None)
        or ("." in text and "www." in text)
        or ("W" in text and _upper_case_www.search(text) is not None)
        or _first_mark.match(text) is not None
        or ("\n" in text and _next_mark.search(text) is not None)
    )
