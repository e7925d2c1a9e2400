"""Times one renderer for `python -m benchmarks.markup --compare`, in a process that imports nothing else.

    python -P benchmarks/markup_times.py CHECKOUT     the renderer of this checkout of chatsite
    python -P benchmarks/markup_times.py ""           markdown-it-py + nh3

Prints the shortest process time of each message as JSON, in microseconds.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

MESSAGES = {
    "plain, 4000 characters": "word " * 800,
    "plain, 53 characters": "Good morning! Did you read what she wrote last night?",
    "one link": "see [the page](https://example.org/page?id=1) for more",
    "one bold word": "that is **great**, thanks",
}
REPEATS = 30


def main() -> None:
    render = renderer_of(sys.argv[1])
    print(json.dumps({name: shortest_time(render, text) for name, text in MESSAGES.items()}))


def renderer_of(checkout: str) -> Callable[[str], str]:
    if checkout:
        sys.path.insert(0, checkout)
        from chat.text import markup

        assert Path(checkout).resolve() in Path(markup.__file__).resolve().parents
        return markup.render
    import nh3
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark")
    return lambda text: nh3.clean(markdown.render(text))


def shortest_time(render: Callable[[str], str], text: str) -> float:
    count = 20 if len(text) > 1000 else 200
    return min(time_of_many(render, text, count) for _ in range(REPEATS)) / count / 1000


def time_of_many(render: Callable[[str], str], text: str, count: int) -> int:
    start = time.process_time_ns()
    for _ in range(count):
        render(text)
    return time.process_time_ns() - start


if __name__ == "__main__":
    main()
