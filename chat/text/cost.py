"""The cost of one message: an estimate of the time that rendering takes, in microseconds.

Attack: a message that takes long to render delays all other clients, because the rendering thread holds the GIL. The
estimate is an upper bound: each sign is charged as if it were markup. Lines beyond MAX_COST are shown as plain text.
"""

MAX_COST = 4500  # at most about five milliseconds on a small machine
COST_PER_MESSAGE = 450  # that the rate limits count as one message

CHARACTERS_PER_MICROSECOND = 25
LINE_COST = 5
# Microseconds per sign, measured with messages that consist of little else (benchmarks/markup.py). A ** is read at
# once, so it costs less than two *. The signs of an item cost more, because each item is read as lines of its own.
SIGN_COST = {"*": 3, "**": -1, "_": 3, "~": 1, "~~": 2, "`": 2, "\\": 3, "[": 2, "]": 4, ":": 8, ".": 3, "@": 10}
SIGN_COST |= {">": 5, "|": 2, "- ": 6, "-\t": 6, "* ": 3, "*\t": 3, ". ": 3, ".\t": 3}  # of blocks


def estimate_cost(text: str) -> float:
    """Microseconds that rendering this text may take."""
    signs = sum(price * text.count(sign) for sign, price in SIGN_COST.items())
    return signs + LINE_COST * text.count("\n") + len(text) / CHARACTERS_PER_MICROSECOND


def count_affordable_lines(text: str, lines: list[str]) -> int:
    """How many of the lines of this text may be rendered with their markup."""
    if estimate_cost(text) <= MAX_COST:
        return len(lines)
    left: float = MAX_COST
    for count, line in enumerate(lines):
        left -= estimate_cost(line + "\n")
        if left < 0:
            return count
    return len(lines)
