"""What rendering one message costs, and how long the worst one blocks the event loop.

    python -m benchmarks.markup            typical and hostile messages, one line each (microseconds)
    python -m benchmarks.markup --search   also look for something worse: mutate, keep what is slower

Backs two claims: a message without markup takes well under 20 us, and no message of 4000 characters takes 5 ms. Every
hostile pattern is tried at its full length and at the longest that the budget of chat/text/markup.py lets through,
alone and filled up with words to 4000 characters, since what is refused is cheap.
"""

import argparse
import datetime
import platform
import random
import statistics
import time
from importlib.metadata import version

from chat.text.markup import _Message, _TooExpensive, render

LENGTH = 4000

TYPICAL = {
    "plain, 38 characters": "hello there, how are you doing today?!",
    "plain, 120 characters": "I will be late, please start without me, there are notes where they always are: "
    "on the table in the kitchen. See you!",
    "plain, 4000 characters": "word " * 800,
    "one bold word": "that is **great**, thanks",
    "one address": "see https://example.org/page?id=1 for more",
    "four kinds of marks": "*so* **it** goes in `code`, see [the page](https://example.org)",
    "60 lines of code": "```\n" + '    if (a[i] < b && c->d) { x = "y" * 2; }\n' * 60 + "```",
    "30 items with a link": "\n".join(f"- [issue {n}](https://example.org/{n})" for n in range(30)),
    "20 addresses": " ".join(f"https://example.org/{n}" for n in range(20)),
    "100 lines, one bold": "a line of it\n" * 100 + "**end**",
}

PIECES = r"""
[ |[](|![|]|](|[a](http://b) |[a](http://b "|[a](http://|[http://a](http://b) |[~~http://a~~](http://b) |()|x|h|:|'|"
*|**|_|*_|*a |a* |**a** |*a* |***a*** |***a|**a *b* c** |**<** |*_a_* |*a **b |_a_ |_a |~~|~~a~~ |~~a |\*|\*a\* |\
`|`a` |`a`` |`a |` `` ``` |http:|http://|http://a |http://a.b/c |(http://a) |<http://a>|mailto:a |a.b@c |<|&|*&|<b>
&lt; |- a\n|- *a*\n|- \n|- - - a\n|- - - - - - a\n|- a\n  - b\n|- a\n  > b\n|- a\n\n|- a\n\n  b\n|1. a\n
> a\n|> a\n\n|> a\nb\n|> > > a\n\n|> - a\n|>|> |>\n|> ```\n|```\n|```\na\n```\n|~~~\n```\n
a\n|*a*\n|`a`\n|a\n\n|*a*\n\n|\t|\t- a\n| """
LINES = PIECES.strip("\n").replace("\n", "|").split("|")
HOSTILE = [piece.replace(r"\n", "\n").replace(r"\t", "\t") for piece in LINES if piece]

SHAPES = {
    "list, ever deeper": "\n".join(" " * depth + "- a" for depth in range(86)),
    "code runs of every length": " ".join("`" * size for size in range(1, 88)),
    "star runs of every length": " ".join("*" * size + "a" for size in range(1, 80)),
    "one long address": "http://a/" + "x" * 3991,
    "one long emphasis": "*" + "a" * 3998 + "*",
    "600 openers, 600 closers": "*a " * 600 + "a* " * 600,
    "quoted code": "> > > > > ```\n" + "> > > > > <\n" * 300,
    "all of them": "".join(HOSTILE),
}


def measure(text: str, runs: int) -> tuple[float, float, float]:
    """Least, median and greatest time of `render(text)` in microseconds."""
    render("*warm*")
    times = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        render(text)
        times.append((time.perf_counter_ns() - start) / 1000)
    return min(times), statistics.median(times), max(times)


def is_rendered(text: str) -> bool:
    try:
        list(_Message(text).blocks(text.split("\n")))
    except _TooExpensive:
        return False
    return True


def longest_rendered(piece: str) -> str:
    """The piece repeated as often as the budget allows."""
    low, high = 1, LENGTH // len(piece)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_rendered(piece * middle) else (low, middle - 1)
    return piece * low


def hostile_messages() -> dict[str, str]:
    found = {name: text[:LENGTH] for name, text in SHAPES.items()}
    for piece in HOSTILE:
        most = longest_rendered(piece)
        found[f"{piece!r} at full length"] = (piece * LENGTH)[:LENGTH]
        found[f"{piece!r} x {len(most) // len(piece)}"] = most
        found[f"{piece!r} and words"] = filled_up(piece, len(most) // len(piece))
    return found


def filled_up(piece: str, count: int) -> str:
    for fewer in range(count, 0, -1):
        text = piece * fewer
        text += "word " * ((LENGTH - len(text)) // len("word "))
        if is_rendered(text):
            return text
    return piece


def search(best: str, seconds: float, seed: int) -> str:
    """The slowest message that mutation finds, from a slow one on: parts are repeated, replaced, removed."""
    chance = random.Random(seed)
    best_time = measure(best, 30)[0]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        text = mutated(best, chance)[:LENGTH]
        if measure(text, 2)[0] > best_time and (spent := measure(text, 9)[0]) > best_time:
            best, best_time = text, spent
    return best


def mutated(text: str, chance: random.Random) -> str:
    if chance.random() < 0.1:
        unit = "".join(chance.choices(HOSTILE, k=chance.randint(2, 4)))
        return longest_rendered(unit)
    at = chance.randrange(len(text) + 1)
    to = min(len(text), at + chance.choice([0, 1, 5, 50, 500]))
    piece = chance.choice(HOSTILE) * chance.choice([1, 1, 5, 50])
    return text[:at] + chance.choice(["", text[at:to] * 2, piece, piece]) + text[to:]


def show(rows: dict[str, str], runs: int, most: int | None = None) -> str:
    """Prints the rows, or the slowest of them, and gives back the text of the first."""
    measured = [(measure(text, runs), name) for name, text in rows.items()]
    if most is not None:
        measured = sorted(measured, key=lambda row: -row[0][1])[:most]
    for (least, median, greatest), name in measured:
        print(f"{name:48.48} {least:9.1f} {median:9.1f} {greatest:9.1f}")
    return rows[measured[0][1]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time chat.text.markup.render.")
    parser.add_argument("--search", action="store_true", help="look for slower messages")
    parser.add_argument("--seconds", type=float, default=60, help="how long to look")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("mistune", "bleach", "Django"))
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {platform.python_version()}, {packages}")
    print(f"{platform.system()} {platform.machine()}\n\n{'microseconds':48} {'min':>9} {'median':>9} {'max':>9}")
    show(TYPICAL, 300)
    print("\nthe slowest of the hostile ones")
    slowest = show(hostile_messages(), 15, most=20)
    if options.search:
        print("\nfound by searching")
        text = search(slowest, options.seconds, options.seed)
        show({repr(text[:44]): text}, 30)
        print(repr(text))


if __name__ == "__main__":
    main()
