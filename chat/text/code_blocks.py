"""Code blocks: fences of backticks or tildes, also those that open or close inside a line.

Everything between two fences stays: blank lines, indents, and a first word that is no known language.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from chat.text.escape import escape_attribute, escape_code
from chat.text.languages import LANGUAGES

_opening = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_closing_backticks = re.compile(r"(?<!`)(?P<fence>`{3,})(?![`\w])")
_closing_tildes = re.compile(r"(?<!~)(?P<fence>~{3,}+)[ \t]*\Z")
_runs = re.compile(r"`+")


class CodeBlock(NamedTuple):
    """A code block's HTML, the line after it, and the text that follows its fence in its last line."""

    html: str
    end: int
    rest: str


class Fences:
    """Where the code blocks of these lines end. It looks at each line once, however many fences are never closed."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._closing: list[int] | None = None

    def has_closing(self, after: int) -> bool:
        """Whether a line below this one can close a fence of three backticks."""
        if self._closing is None:
            self._closing = [at for at, line in enumerate(self._lines) if "```" in line and _find_closing(line, "```")]
        return bisect_right(self._closing, after) < len(self._closing)

    def split_line(self, at: int) -> tuple[str, str] | None:
        """A line like "look: ```c": what stands before the fence, and from it on. None if no block opens in it."""
        line = self._lines[at]
        if "```" not in line:
            return None
        fences = [run.start() for run in _runs.finditer(line) if len(run[0]) == 3]
        before = line[: fences[-1]].rstrip() if len(fences) % 2 else ""
        if not before or before.endswith("\\") or not self.has_closing(at):
            return None
        return before, line[fences[-1] :]


def read_code_block(lines: list[str], at: int) -> CodeBlock | None:
    """The code block that opens at the start of this line. Without an end it goes on to the last line."""
    opening = _opening.match(lines[at])
    if opening is None or opening["fence"][0] in opening["info"]:
        return None
    closing, end, rest = None, len(lines), ""
    for below in range(at + 1, len(lines)):
        if closing := _find_closing(lines[below], opening["fence"]):
            end = below
            break
    code = [line.removeprefix(opening["indent"]) for line in lines[at + 1 : end]]
    if closing:
        last, rest = lines[end][: closing.start()].removeprefix(opening["indent"]), lines[end][closing.end() :].strip()
        code += [last] if last.strip() else []
    language = opening["info"].strip().lower()
    if language not in LANGUAGES or not any(line.strip() for line in code):
        code[:0] = [opening["info"].rstrip()] if opening["info"].strip() else []
        language = ""
    if not any(line.strip() for line in code):
        return None
    return CodeBlock(_html("\n".join(code), language), end + 1, rest)


def _find_closing(line: str, fence: str) -> re.Match[str] | None:
    """The run that closes this fence. Backticks that are paired within the line close nothing."""
    if fence[:3] not in line:
        return None
    runs = list((_closing_backticks if fence[0] == "`" else _closing_tildes).finditer(line))
    found = next((run for run in runs if len(run["fence"]) >= len(fence)), None)
    is_code_in_line = found is not None and fence[0] == "`" and line.count(found[0]) % 2 == 0
    return None if is_code_in_line else found


def _html(code: str, language: str) -> str:
    if not language:
        return f"<pre><code>{escape_code(code)}</code></pre>"
    name = escape_attribute(language)
    return f'<pre data-language="{name}"><code class="language-{name}">{escape_code(code)}</code></pre>'
