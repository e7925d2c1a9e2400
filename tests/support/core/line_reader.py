"""A reader of a format made for tests: JSON lines, each a room, an entry, or a reason to leave something out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chat.history.importers.entry import Attachment, NeutralEntry, NeutralReaction
from chat.history.importers.reader import Options
from chat.history.importers.report import Report
from chat.history.importers.source import Source
from chat.history.importers.times import OpenDateOrder

FIRST = b'{"lines"'
MINUTE = 60_000
START = 1_700_000_040_000  # 2023-11-14T22:14:00Z


class LineReader:
    """`wants_zone`, `wants_order`: what the source leaves open."""

    name = "lines"
    title = "Lines"

    def __init__(self) -> None:
        self.wants_zone = False
        self.wants_order = False

    def recognizes(self, source: Source) -> bool:
        return any(source.head(name, len(FIRST)) == FIRST for name in source.names())

    def needs_zone(self, source: Source) -> bool:
        return self.wants_zone

    def read(self, source: Source, options: Options, report: Report) -> Iterator[NeutralEntry]:
        if self.wants_order and options.date_order is None:
            raise OpenDateOrder("04/05/23", "line 12", ("dmy", "mdy"))
        if options.zone is not None:
            report.note(f"times are in {options.zone.key}")
        if options.date_order is not None:
            report.note(f"dates are {options.date_order}")
        report.room("general", "General", topic="All of it")
        report.room("dm", "ada, bea", direct=True)
        for name in source.names():
            with source.open(name) as file:
                for number, line in enumerate(file, 1):
                    yield from self._entries(line, f"{name}, line {number}", report)

    def _entries(self, line: bytes, place: str, report: Report) -> Iterator[NeutralEntry]:
        try:
            found = json.loads(line)
        except ValueError:
            report.problem(place, "no JSON")
            return
        if "skip" in found:
            report.skip(found["skip"])
        elif "room" in found:
            report.room(found["room"], found["name"], topic=found.get("topic", ""), direct=found.get("direct", False))
        elif "text" in found:
            yield _entry(found, place)


def _entry(found: dict[str, Any], place: str) -> NeutralEntry:
    author = found.get("author", "U1")
    return NeutralEntry(
        room=found.get("in", "general"),
        source_id=found.get("id", ""),
        author_id=author,
        author_name=found.get("by", author),
        moment=START + int(found.get("at", 0) * MINUTE),
        text=found["text"],
        place=place,
        reply_to=found.get("reply"),
        edited=START + int(found["edited"] * MINUTE) if "edited" in found else None,
        reactions=tuple(NeutralReaction(emoji, person, person) for emoji, person in found.get("reactions", [])),
        attachments=tuple(Attachment(**each) for each in found.get("files", [])),
    )


def write_lines(path: Path, *lines: dict[str, Any] | str) -> str:
    """A file of this format."""
    texts = (line if isinstance(line, str) else json.dumps(line) for line in ({"lines": 1}, *lines))
    path.write_text("".join(f"{text}\n" for text in texts))
    return str(path)
