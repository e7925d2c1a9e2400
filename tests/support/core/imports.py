"""Exports of other chats made for a test, and what a reader makes of them."""

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from chat.history.importers.entry import NeutralEntry
from chat.history.importers.reader import Options, Reader
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.times import DateOrder
from chat.text.markup import render

NOW = 1_790_000_000_000  # September 2026


class Reading(NamedTuple):
    """What a reader has read."""

    entries: list[NeutralEntry]
    report: Report

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.entries]

    @property
    def names(self) -> list[str]:
        return [entry.author_name for entry in self.entries]


def write_files(folder: Path, files: Mapping[str, Any]) -> Path:
    """Files by their names: bytes and text as they are, anything else as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(content))
    return folder


def write_zip(path: Path, files: Mapping[str, Any]) -> Path:
    """The same in a zip."""
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, _content(content))
    return path


def read_all(reader: Reader, path: Path, zone: str | None = "UTC", date_order: DateOrder | None = None) -> Reading:
    """Everything in an export, which its reader recognizes."""
    report = Report()
    with Source(path) as source:
        assert reader.recognizes(source)
        options = Options(ZoneInfo(zone) if zone else None, date_order, NOW)
        return Reading(list(reader.read(source, options, report)), report)


def shown(markdown: str) -> str:
    """What people see of a message: its words without the markup, with line breaks."""
    html = re.sub(r"<br>|</(?:p|li|blockquote|pre)>(?!$)", "\n", render(markdown))
    return unescape(re.sub(r"<[^>]+>", "", html))


def _content(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()
