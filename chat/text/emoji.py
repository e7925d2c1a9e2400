"""Messages of one to three emoji, which are shown large.

static/chat/model/message_text.js has the same rule, so that a message keeps its place when it is stored;
tests/fixtures/message_text.json holds examples for both.
"""

import re

MAX_EMOJI = 3
MAX_LENGTH = 40  # characters; one family of four has eleven

_modifier = "[\U0001f3fb-\U0001f3ff]"
# Signs that are pictures, and signs that need a variation selector to be one.
_picture = (
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f201\U0001f21a\U0001f22f\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f900-\U0001f9ff"
    "\U0001fa70-\U0001faff]"
)
_sign = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25aa-\u27bf\u2900-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202\U0001f237]"
)
_element = f"(?:(?:{_picture}\ufe0f?|{_sign}\ufe0f|{_sign}(?={_modifier})){_modifier}?)"
_flag = "[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
_keycap = "[0-9#*]\ufe0f?\u20e3"
_any_sign = rf"(?:{_picture}|{_sign})\ufe0f?{_modifier}?"
_emoji = rf"(?:{_flag}|{_keycap}|{_element}(?:\u200d{_any_sign})*)"
_few = re.compile(rf"\s*(?:{_emoji}\s*){{1,{MAX_EMOJI}}}")


def is_few_emoji(text: str) -> bool:
    """Whether the text is one to three emoji and nothing else."""
    return len(text) <= MAX_LENGTH and not text.isascii() and _few.fullmatch(text) is not None
