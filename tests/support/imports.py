"""What tests of the importers share: an export on the disk, and all that its reader makes of it."""

import re
from html import unescape
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.reader import Options, Reader
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.times import DateOrder
from chat.text.markup import render

NOW = 1_790_000_000_000  # September 2026


class Imported(NamedTuple):
    """The entries of a source and its report."""

    entries: list[NeutralEntry]
    report: Report

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.entries]

    @property
    def names(self) -> list[str]:
        return [entry.author_name for entry in self.entries]


def read_all(reader: Reader, path: Path, zone: str = "UTC", date_order: DateOrder | None = None) -> Imported:
    """All entries that a reader makes of a path."""
    report = Report()
    with Source(path) as source:
        assert reader.recognizes(source)
        entries = list(reader.read(source, Options(ZoneInfo(zone), date_order, NOW), report))
    return Imported(entries, report)


def shown(markdown: str) -> str:
    """What people see of a message: its words without the markup, with line breaks."""
    html = re.sub(r"<br>|</(?:p|li|blockquote|pre)>(?!$)", "\n", render(markdown))
    return unescape(re.sub(r"<[^>]+>", "", html))
