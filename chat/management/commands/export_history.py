"""`manage.py export_history`: messages as JSON, CSV, an HTML page, Markdown or plain text; or every event as JSON."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.history import as_csv, as_html, as_json, as_markdown, as_text, dates, output, reading
from chat.history.formats import Export, Format, RoomHistory
from chat.history.reading import Entry, Period, StoredMessage
from chat.management.owner_command import READS_WHOLE_ROOMS, USAGE, OwnerCommand, counted, damage_of
from chat.storage import Record, RoomInfo, RoomLog, StorageError
from chat.storage.timestamps import now

FORMATS: dict[str, Format] = {
    "json": as_json.document,
    "jsonl": as_json.lines,
    "csv": as_csv.table,
    "html": as_html.page,
    "md": as_markdown.text,
    "txt": as_text.text,
}
WITH_EVENTS = ("json", "jsonl")


class Command(OwnerCommand):
    help = "Exports what was said. import_history reads json and jsonl; csv, html, md and txt are for people."
    niceness = READS_WHOLE_ROOMS

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-o", "--output", metavar="FILE", help="file instead of stdout; .gz at its end compresses")
        parser.add_argument("--room", action="append", help="only this room; may be given again (default: all)")
        parser.add_argument("--since", type=dates.start_of, metavar="WHEN", help="ISO 8601: from then on")
        parser.add_argument("--until", type=dates.end_of, metavar="WHEN", help="ISO 8601: before then; a day counts")
        parser.add_argument("--format", choices=FORMATS, default="json", help="default: json")
        parser.add_argument(
            "--events", action="store_true", help="edits, deletes and reactions too, as they were stored (json, jsonl)"
        )

    def act(self, **options: Any) -> None:
        self.with_events = options["events"]
        if self.with_events and options["format"] not in WITH_EVENTS:
            raise CommandError(f"--events goes with {' and '.join(WITH_EVENTS)}.", returncode=USAGE)
        rooms = self.chosen_rooms(options["room"])
        period = Period(options["since"], options["until"])
        self.count = 0
        with self._destination(options["output"]) as write, self._progress(options["output"]) as self.step:
            for text in FORMATS[options["format"]](Export(now(), rooms, self._histories(rooms, period))):
                write(text)
        if _to_file(options["output"]):
            self.note(
                f"Exported {counted(self.count, 'message')} of {counted(len(rooms), 'room')} to {options['output']}."
            )

    def _destination(self, name: str | None) -> AbstractContextManager[output.Write]:
        if name is None or not _to_file(name):
            return nullcontext(output.to_stream(self.stdout))
        self.refuse_own_file(Path(name))
        return output.to_file(Path(name))

    def _progress(self, name: str | None) -> Any:
        return self.progress("Exporting", hidden=not _to_file(name) and sys.stdout.isatty())

    def _histories(self, rooms: list[RoomInfo], period: Period) -> Iterator[RoomHistory]:
        for info in rooms:
            log = self.open(info.room)
            if log is None:
                continue
            with closing(log):
                if (damage := damage_of(log)) is not None:
                    self.report_failure(f"{info.room}: {damage}. What can be read was exported.")
                entries = (entry for entry in self._entries(log) if period.contains(entry.timestamp))
                yield RoomHistory(log.room, log.name, log.epoch, self._counted(info.room, entries))

    def _entries(self, log: RoomLog) -> Iterator[Entry | Record]:
        return reading.events(log) if self.with_events else reading.entries(log)

    def _counted(self, room: str, entries: Iterator[Entry | Record]) -> Iterator[Entry | Record]:
        """Count the messages. A disk that fails in the middle ends the room, not the export."""
        try:
            for entry in entries:
                self.count += isinstance(entry, StoredMessage) or (
                    isinstance(entry, Record) and entry.type == "message"
                )
                self.step()
                yield entry
        except StorageError as error:
            self.report_failure(f"{room}: {error}. It was exported up to there.")


def _to_file(name: str | None) -> bool:
    return name is not None and name != "-"
