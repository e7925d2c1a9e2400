"""Blocks of Markdown put together: paragraphs, quotes, lists and tables, with as few empty lines as chatsite needs."""

import re
from enum import IntEnum
from typing import NamedTuple

from chat.history.importers.text.markdown import Run, inline

_looks_like_a_diff = re.compile(r"^[ \t]*(?:\+(?!\d)|@@)", re.M)  # chatsite shows a list between such lines as typed


class Gap(IntEnum):
    """What stands in front of a block: a line break, or an empty line. A quote and a list need one after their like."""

    LINE = 0
    LIST = 1
    QUOTE = 2
    PARAGRAPH = 3


class Block(NamedTuple):
    """The Markdown of a block, or the runs of a paragraph."""

    content: str | list[Run]
    gap: Gap


def joined(blocks: list[Block]) -> str:
    """The blocks below each other. Paragraphs in a row are one text, because signs may be markup across lines."""
    markdown = ""
    text: list[Run] = []  # that is not in `markdown` yet
    for before, block in zip([None, *blocks], blocks, strict=False):
        separator = "" if before is None else "\n\n" if _is_apart(before, block) else "\n"
        if isinstance(block.content, list):
            text += [Run(separator), *block.content]
        else:
            markdown += inline(text) + separator + block.content
            text = []
    return (markdown + inline(text)).strip("\n")


def in_one_line(blocks: list[Block]) -> str:
    """The blocks behind each other, as in a cell of a table."""
    runs: list[Run] = []
    for block in blocks:
        content = block.content if isinstance(block.content, list) else [Run(block.content, raw=True)]
        runs += [Run(" "), *(run._replace(text=" ".join(run.text.split("\n"))) for run in content)]
    return inline(runs).strip()


def _is_apart(before: Block, block: Block) -> bool:
    if block.gap == Gap.LIST:
        text = before.content if isinstance(before.content, str) else "".join(run.text for run in before.content)
        return _looks_like_a_diff.search(text) is not None
    return block.gap == Gap.PARAGRAPH or block.gap == before.gap == Gap.QUOTE


def table(rows: list[list[str]]) -> str:
    """A table; its first row is its head, because chatsite has no table without one."""
    width = max(len(row) for row in rows)
    padded = [row + [""] * (width - len(row)) for row in rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in padded]
    return "\n".join([lines[0], "|" + "-|" * width, *lines[1:]])
