"""The text of a message as it is stored, whoever writes it. Pure.

static/chat/model/message_text.js has the same rules, so that the page counts and shows what will be stored;
tests/fixtures/message_text.json holds examples for both.
"""

import re

from chat.text.names import INVISIBLE

# Tab, line breaks, and the characters of Unicode's category Zs. Not the invisible ones: U+FE0F ends many an emoji.
BLANKS = "\t\n \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

_line_break = re.compile(r"\r\n?")
# A message of blanks and invisible characters alone shows as nothing.
_visible = re.compile(rf"[^\s{INVISIBLE}]")


def normalize_message(text: str) -> str:
    """The text with `\\n` for every line break, without blank lines at both ends and without blanks at its end.

    The indent of the first line stays.
    """
    text = _line_break.sub("\n", text)
    indent_end = len(text) - len(text.lstrip(BLANKS))
    return text[text.rfind("\n", 0, indent_end) + 1 :].rstrip(BLANKS)


def is_visible(text: str) -> bool:
    """Whether the text has a character that can be seen."""
    return _visible.search(text) is not None
