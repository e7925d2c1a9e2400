"""The cost of rendering one message, and the longest time that a single message blocks the event loop.

    python -m benchmarks.markup                     typical and hostile messages, one line each (microseconds)
    python -m benchmarks.markup --compare           ratios to markdown-it-py + nh3
    python -m benchmarks.markup --compare --parent ../older-checkout
                                                    and to an older commit, from a `git worktree` of it
    python -m benchmarks.markup --search            also search for slower messages by mutation

It checks two claims: a message without markup takes well under 20 us, and no message of 4000 characters takes 5 ms.
Each hostile pattern is rendered at full length, and at the maximal length within the cost budget of
chat/text/cost.py, both alone and padded with words to 4000 characters. Lines above the budget are shown as plain text,
which is cheap. Times are process time.

--compare measures each renderer in a process of its own, in turn, several times; the ratio is that of the fastest runs.
markdown-it-py has no bare URLs without another package, so its link is `[text](https://example.org)`.
"""

import argparse
import datetime
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from chat.text.cost import MAX_COST, estimate_cost
from chat.text.markup import render

LENGTH = 4000
PROJECT = Path(__file__).parent.parent
ROUNDS = 5  # of --compare

TYPICAL = {
    "plain, 38 characters": "hello there, how are you doing today?!",
    "plain, 120 characters": "I will be late, please start without me, there are notes where they always are: "
    "on the table in the kitchen. See you!",
    "plain, 4000 characters": "word " * 800,
    "one bold word": "that is **great**, thanks",
    "one URL": "see https://example.org/page?id=1 for more",
    "four kinds of markup": "*so* **it** goes in `code`, see [the page](https://example.org)",
    "60 lines of code": "```\n" + '    if (a[i] < b && c->d) { x = "y" * 2; }\n' * 60 + "```",
    "30 items with a link": "\n".join(f"- [issue {n}](https://example.org/{n})" for n in range(30)),
    "a mention": "@ada, look at this when you have time",
    "20 URLs": " ".join(f"https://example.org/{n}" for n in range(20)),
    "100 lines, one bold": "a line of it\n" * 100 + "**end**",
}

PIECES = r"""
[ |[](|![|]|](|[a](http://b) |[a](http://b "|[a](http://|[http://a](http://b) |[~~http://a~~](http://b) |()|x|h|:|'|"
*|**|_|*_|*a |a* |**a** |*a* |***a*** |***a|**a *b* c** |**<** |*_a_* |*a **b |_a_ |_a |~~|~~a~~ |~~a |\*|\*a\* |\
`|`a` |`a`` |`a |` `` ``` |http:|http://|http://a |http://a.b/c |(http://a) |<http://a>|mailto:a |a.b@c |<|&|*&|<b>
&lt; |www.a.de |a@b.de |http://a( |http://a(b) |[*a |a ```\n|a```b\n|~~a~~b 
@a |@a\n|*@a* |@"a b" |@"|@a-a-a-a-a-a-a-a-a |@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 
- a\n|- *a*\n|- \n|- - - a\n|- - - - - - a\n|- a\n  - b\n|- a\n  > b\n|- a\n\n|- a\n\n  b\n|1. a\n
> a\n|> a\n\n|> a\nb\n|> > > a\n\n|> - a\n|>|> |>\n|> ```\n|```\n|```\na\n```\n|~~~\n```\n
a\n|*a*\n|`a`\n|a\n\n|*a*\n\n|\t|\t- a\n| """
LINES = PIECES.strip("\n").replace("\n", "|").split("|")
HOSTILE = [piece.replace(r"\n", "\n").replace(r"\t", "\t") for piece in LINES if piece]

SHAPES = {
    "list of growing depth": "\n".join(" " * depth + "- a" for depth in range(86)),
    "code runs of every length": " ".join("`" * size for size in range(1, 88)),
    "star runs of every length": " ".join("*" * size + "a" for size in range(1, 80)),
    "one long URL": "http://a/" + "x" * 3991,
    "one long emphasis": "*" + "a" * 3998 + "*",
    "600 openers, 600 closers": "*a " * 600 + "a* " * 600,
    "a bullet and blanks": "-" + " " * 3997 + "\nx",
    "tildes that close nothing": "~~~\n" + "~" * 3995 + "x",
    "piled marks in a link": "[a" + "\u0345\u0334" * 1980 + "](http://a.b)",
    "quoted code": "> > > > > ```\n" + "> > > > > <\n" * 300,
    "all patterns": "".join(HOSTILE),
}


def measure(text: str, runs: int) -> tuple[float, float, float]:
    """Minimum, median and maximum process time of `render(text)` in microseconds."""
    render("*warm*")
    times = []
    for _ in range(runs):
        start = time.process_time_ns()
        render(text)
        times.append((time.process_time_ns() - start) / 1000)
    return min(times), statistics.median(times), max(times)


def is_within_budget(text: str) -> bool:
    return estimate_cost(text) <= MAX_COST


def longest_within_budget(piece: str) -> str:
    """The piece repeated as often as the cost budget allows."""
    low, high = 1, LENGTH // len(piece)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_within_budget(piece * middle) else (low, middle - 1)
    return piece * low


def hostile_messages() -> dict[str, str]:
    found = {name: text[:LENGTH] for name, text in SHAPES.items()}
    for piece in HOSTILE:
        longest = longest_within_budget(piece)
        found[f"{piece!r} at full length"] = (piece * LENGTH)[:LENGTH]
        found[f"{piece!r} x {len(longest) // len(piece)}"] = longest
        found[f"{piece!r} and words"] = padded(piece, len(longest) // len(piece))
    return found


def padded(piece: str, max_count: int) -> str:
    """The piece as often as possible, padded with words to the full length, within the budget."""
    for count in range(max_count, 0, -1):
        text = piece * count
        text += "word " * ((LENGTH - len(text)) // len("word "))
        if is_within_budget(text):
            return text
    return piece


def search(best: str, seconds: float, seed: int) -> str:
    """The slowest message that mutation finds, starting with a slow one: parts are repeated, replaced, removed."""
    rng = random.Random(seed)
    best_time = measure(best, 30)[0]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        text = mutated(best, rng)[:LENGTH]
        if measure(text, 2)[0] > best_time and (elapsed := measure(text, 9)[0]) > best_time:
            best, best_time = text, elapsed
    return best


def mutated(text: str, rng: random.Random) -> str:
    if rng.random() < 0.1:
        unit = "".join(rng.choices(HOSTILE, k=rng.randint(2, 4)))
        return longest_within_budget(unit)
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice([0, 1, 5, 50, 500]))
    piece = rng.choice(HOSTILE) * rng.choice([1, 1, 5, 50])
    return text[:start] + rng.choice(["", text[start:end] * 2, piece, piece]) + text[end:]


def print_times(messages: dict[str, str], runs: int, slowest: int | None = None) -> str:
    """Print a line for each message, or for the `slowest` ones; returns the text of the first line's message."""
    measured = [(measure(text, runs), name) for name, text in messages.items()]
    if slowest is not None:
        measured = sorted(measured, key=lambda row: -row[0][1])[:slowest]
    for (minimum, median, maximum), name in measured:
        print(f"{name:48.48} {minimum:9.1f} {median:9.1f} {maximum:9.1f}")
    return messages[measured[0][1]]


def compare(parent: Path | None) -> None:
    """Print for each message the time of this renderer, and how many times as long the others take."""
    checkouts = {"chatsite": PROJECT, "markdown-it-py + nh3": None} | ({"parent": parent} if parent else {})
    rounds = [{name: timed_in_process(checkout) for name, checkout in checkouts.items()} for _ in range(ROUNDS)]
    print(f"{'':28}{'chatsite, us':>14}" + "".join(f"{name:>24}" for name in list(checkouts)[1:]))
    for message in rounds[0]["chatsite"]:
        best = {name: min(times[name][message] for times in rounds) for name in checkouts}
        ratios = "".join(f"{best[name] / best['chatsite']:>23.1f}x" for name in list(checkouts)[1:])
        print(f"{message:28}{best['chatsite']:>14.2f}{ratios}")


def timed_in_process(checkout: Path | None) -> dict[str, float]:
    command = [sys.executable, "-P", str(Path(__file__).with_name("markup_times.py")), str(checkout or "")]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description="Time chat.text.markup.render.")
    parser.add_argument("--search", action="store_true", help="search for slower messages")
    parser.add_argument("--seconds", type=float, default=60, help="duration of the search")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compare", action="store_true", help="ratios to other renderers instead")
    parser.add_argument("--parent", type=Path, help="with --compare: the checkout of an older commit")
    options = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("bleach", "Django", "markdown-it-py", "nh3"))
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {platform.python_version()}, {packages}")
    print(f"{platform.system()} {platform.machine()}\n")
    if options.compare:
        compare(options.parent)
        return
    print(f"{'microseconds':48} {'min':>9} {'median':>9} {'max':>9}")
    print_times(TYPICAL, 300)
    print("\nthe slowest hostile messages")
    slowest = print_times(hostile_messages(), 15, slowest=20)
    if options.search:
        print("\nfound by the search")
        text = search(slowest, options.seconds, options.seed)
        print_times({repr(text[:44]): text}, 30)
        print(repr(text))


if __name__ == "__main__":
    main()
