"""Mattermost's Markdown: CommonMark as GitHub has it, with `~channel`, `@user`, `:emoji:`, and LaTeX in fences."""

from functools import cache

from chat.history.importers.text.commonmark import Dialect, commonmark, parser
from chat.history.importers.text.markdown import code_block


def _fence(info: str, code: str, depth: int) -> str | None:
    return code_block(code, "latex") if info.lower() in ("latex", "tex") else None


@cache
def _dialect() -> Dialect:
    return Dialect(parser(), _fence)


def markdown(text: str) -> str:
    """chatsite's Markdown of a message."""
    return commonmark(text, _dialect())
