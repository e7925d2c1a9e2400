"""Marks at the edges of words, as Slack and Rocket.Chat read them: `*so*` is styled, `a*b*c` and `2 * 3` are not."""

import re
from collections.abc import Callable, Iterable, Mapping

from chat.history.importers.text.markdown import Run


def marked_runs(
    text: str,
    token: re.Pattern[str],
    styles: Mapping[str, str],
    *,
    words: Callable[[str], str],
    piece: Callable[[re.Match[str]], Run],
) -> list[Run]:
    """The pieces of a paragraph. `token` has the groups `mark` and `newline`; `piece` reads what else it finds.

    `styles`: "bold", "italic" or "strike" by mark; `words` is what is shown of the text in between.
    """
    marks = _Marks(styles)
    end = 0
    for found in token.finditer(text):
        if found.start() > end:
            marks.add(Run(words(text[end : found.start()])))
        end = found.end()
        if found["mark"]:
            marks.mark(found["mark"], text[found.start() - 1 : found.start()], text[end : end + 1])
        elif found["newline"]:
            marks.break_line()
        else:
            marks.add(piece(found))
    if end < len(text):
        marks.add(Run(words(text[end:])))
    return marks.runs()


class _Marks:
    """The pieces of a paragraph, in the order in which they are read.

    A mark closes the last one of its kind that is open. One that nothing closes before `break_line` is text.
    """

    def __init__(self, styles: Mapping[str, str]) -> None:
        self._styles = styles
        self._runs: list[Run] = []
        self._open: dict[str, int] = {}  # marks, with the places of their runs

    def add(self, run: Run) -> None:
        """A piece that is no mark."""
        self._runs.append(run)

    def break_line(self) -> None:
        """The end of a line: no mark goes beyond it."""
        self._open.clear()
        self._runs.append(Run("\n"))

    def mark(self, mark: str, before: str, after: str) -> None:
        """A mark, or signs like one, between these two characters; "" is the end of the text."""
        self._runs.append(Run(mark))
        style = self._styles.get(mark)
        if style is None:
            return
        start = self._open.get(mark)
        is_inside = start is not None and start < len(self._runs) - 2
        if start is not None and is_inside and not before.isspace() and not after.isalnum():
            inner = (_styled(run, style) for run in self._runs[start + 1 : -1])
            self._runs[start:] = [Run(""), *inner]
            self._open = {other: place for other, place in self._open.items() if place < start}
        elif not before.isalnum() and after and not after.isspace():
            self._open[mark] = len(self._runs) - 1

    def runs(self) -> list[Run]:
        """All pieces."""
        return joined(self._runs)


def joined(runs: Iterable[Run]) -> list[Run]:
    """Neighbours of one style as one run: whether a sign is markup depends on what stands beside it."""
    found: list[Run] = []
    for run in runs:
        if found and not run.raw and run._replace(text="") == found[-1]._replace(text=""):
            found[-1] = run._replace(text=found[-1].text + run.text)
        elif run.text:
            found.append(run)
    return found


def _styled(run: Run, style: str) -> Run:
    return run._replace(
        bold=run.bold or style == "bold", italic=run.italic or style == "italic", strike=run.strike or style == "strike"
    )
