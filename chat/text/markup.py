"""Message markup to safe HTML: what the author typed becomes what the other clients show.

Rendering happens when an event is encoded: in a storage thread after the batch is on disk (step 4 of the path of a
message), or when a page of history is read. Storage holds the text, never the HTML. The time of `render` is bounded for
any text:

    A message is charged, by the table `Cost`, for each block and line break, each link, each & and <, each delimiter (a
    run of _ or ~ or `, one or two *, a backslash), each bracket, and for its length. A message that exceeds MAX_COST is
    shown as plain text: escaped, with its line breaks. Blocks and emphasis nest to a depth of MAX_DEPTH; deeper markup
    is text.

Thirty list items with a link fit into the budget, and so do forty items with bold words. Code costs only its & and <.
"""

import re

from django.utils.html import escape

from chat.text.blocks import BlockRenderer
from chat.text.cost import COST_PER_MESSAGE, MAX_COST, Cost, TooExpensive, base_cost, bracket_cost, inline_cost
from chat.text.sanitizer import SCHEME_PATTERN, sanitize

# True for every message that has markup, and for some that have none.
MAY_HAVE_MARKUP = re.compile(rf"[*`]|~~|(?<!\w)_|\]\(|{SCHEME_PATTERN}|^[ \t]*(?:>|-[ ]|\d{{1,3}}\.[ ])", re.M)
CODE_BLOCK = re.compile(r"^[ ]{0,3}(```|~~~)[\s\S]*?(?:\1|\Z)", re.M)
PARAGRAPH_BREAK = re.compile(r"<br>(?:[ \t]*<br>)+")


def render(text: str) -> str:
    """Safe HTML of one message, for `<div class="message__body prose">`.

    Never raises for text that the protocol accepts.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if MAY_HAVE_MARKUP.search(text):
        try:
            return sanitize("".join(BlockRenderer(text).blocks(text.split("\n"))))
        except TooExpensive:
            pass
    return render_plain(text)


def message_weight(text: str) -> int:
    """How many messages the rate limits count this one for: 1 to 10, by an estimate of its cost."""
    if not MAY_HAVE_MARKUP.search(text):
        return 1
    prose = CODE_BLOCK.sub("", text)  # lines and delimiters of code are not charged
    cost = base_cost(text) + inline_cost(prose) + bracket_cost(prose) + Cost.BREAK * prose.count("\n")
    return 1 + min(cost, MAX_COST) // COST_PER_MESSAGE


def render_plain(text: str) -> str:
    """The text as typed, with its line breaks and paragraphs: for text without markup, or with too much of it."""
    paragraphs = PARAGRAPH_BREAK.split(escape(text).replace("\n", "<br>"))
    return "".join(f'<p dir="auto">{paragraph}</p>' for paragraph in paragraphs if paragraph.strip())
