"""An import from another chat, as the command runs it: survey first, then one room after the other."""

import errno
import gc
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError
from django.urls import get_script_prefix

from chat.history.importers.drafting import Drafting
from chat.history.importers.entry import NeutralEntry
from chat.history.importers.identity import Identity
from chat.history.importers.places import Choice, Place, Places
from chat.history.importers.preparing import Preparation
from chat.history.importers.reader import Options, Reader
from chat.history.importers.reasons import NO_MESSAGES
from chat.history.importers.report import ROOMS, Report
from chat.history.importers.sorter import Sorter
from chat.history.importers.source import READ_ERRORS, BadSource, Source, reason
from chat.history.importers.times import DateOrder, OpenDateOrder
from chat.history.importers.unreadable import why_unreadable
from chat.history.importers.writer import RoomWriter
from chat.history.targets import BadTarget
from chat.management import source_questions
from chat.management.import_survey import print_survey
from chat.management.owner_command import FAILED, USAGE, OwnerCommand, counted
from chat.management.tables import table
from chat.storage import ReceivingStore, StorageError, Store

READ_AT_ONCE = 250  # entries: they stay in the processor's cache until they are written
MAX_ADDRESSES = 3  # that the end names


class Wishes(NamedTuple):
    """What the owner asked for."""

    zone: ZoneInfo | None
    date_order: DateOrder | None
    rooms: list[str]
    skipped_rooms: list[str]
    direct: str | None
    dry_run: bool
    skip_broken: bool


class ForeignImport:
    """One run over one source."""

    def __init__(self, command: OwnerCommand, store: Store, source: Source, reader: Reader, wishes: Wishes) -> None:
        self._command = command
        self._store = store
        self._source = source
        self._reader = reader
        self._wishes = wishes
        self._report = Report()
        try:
            self._choice = Choice(wishes.rooms, wishes.skipped_rooms, wishes.direct)
        except BadTarget as error:
            raise CommandError(str(error), returncode=USAGE) from None

    def run(self) -> None:
        """Survey, and import unless that is all. Raises CommandError, `StorageError`, OSError."""
        self._command.yield_to_the_server()
        with closing(Sorter()) as sorter, _rare_collections():
            self._survey(sorter)
            self._count_empty_rooms(sorter)
            identity = Identity(self._reader.name, self._report.workspace)
            places = self._places(sorter, identity)
            print_survey(self._command, self._report, sorter, places)
            if self._report.problem_count and not self._wishes.skip_broken:
                raise CommandError(self._broken(), returncode=FAILED)
            if not self._wishes.dry_run:
                self._import(sorter, places, identity)
            else:
                advice = " Run it without --dry-run to import." if places else ""
                self._command.note(f"Nothing was written.{advice}")

    # The first pass

    def _survey(self, sorter: Sorter) -> None:
        zone = self._wishes.zone
        if zone is None and self._reader.needs_zone(self._source):
            zone = source_questions.ask_zone(self._command, self._source.name)
        options = Options(zone, self._wishes.date_order, int(datetime.now(UTC).timestamp() * 1000))
        try:
            self._read(sorter, options)
        except OpenDateOrder as error:
            self._report = Report()
            sorter.clear()
            order = source_questions.ask_date_order(self._command, error)
            self._read(sorter, options._replace(date_order=order))
        if zone is not None and not self._reader.needs_zone(self._source):
            self._report.note("--timezone is not needed: the times of this export are UTC, or have their zone")

    def _read(self, sorter: Sorter, options: Options) -> None:
        for name, why in self._source.refused.items():
            self._report.problem(name, f"{why}: it is not read")
        for name in self._source.archives:
            self._report.note(f"{name} is an archive inside {self._source.name}: it is not opened")
        try:
            with self._command.progress("Reading") as step:
                entries = self._reader.read(self._source, options, self._report)
                preparation = Preparation(self._report)
                while batch := list(islice(entries, READ_AT_ONCE)):
                    sorter.add(preparation.prepared(self._chosen(batch)))
                    step(len(batch))
            sorter.flush()
            self._check_found()
        except BadSource as error:
            raise CommandError(str(error), returncode=FAILED) from None
        except READ_ERRORS as error:
            raise CommandError(self._why_not_read(error), returncode=FAILED) from None

    def _why_not_read(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            folder = tempfile.gettempdir()
            return f"No space is left in {folder}, where entries are sorted. Name a folder with more space in TMPDIR."
        return f"{self._source.name} cannot be read to its end: {reason(error)}"

    def _check_found(self) -> None:
        """Refuse what holds nothing that the reader knows: the export of another chat, or none. Raises `BadSource`."""
        found = self._report
        if not (found.rooms or found.skipped or found.problem_count):
            raise BadSource(
                why_unreadable(self._source)
                or f"{self._source.name} has no message that an export of {self._reader.title} has. "
                "If it is from another chat, say with --from which that is, or leave --from out."
            )

    def _chosen(self, entries: list[NeutralEntry]) -> list[NeutralEntry]:
        """Without those of rooms that are not imported."""
        reasons = {room: self._choice.why_not(self._report.rooms[room]) for room in {entry.room for entry in entries}}
        if not any(reasons.values()):
            return entries
        for entry in entries:
            if (reason := reasons[entry.room]) is not None:
                self._report.skip(reason)
        return [entry for entry in entries if reasons[entry.room] is None]

    def _count_empty_rooms(self, sorter: Sorter) -> None:
        for room in self._report.rooms.values():
            if room.key not in sorter.rooms and self._choice.why_not(room) is None:
                self._report.skip(NO_MESSAGES)

    def _broken(self) -> str:
        """What to do about problems."""
        count, refused = self._report.problem_count, len(self._source.refused)
        would = "would be" if self._wishes.dry_run else "was"
        again = " A file may be cut short: export or copy it again." if count > refused else ""
        return f"{counted(count, 'problem')}: nothing {would} imported.{again} --skip-broken imports everything else."

    def _places(self, sorter: Sorter, identity: Identity) -> dict[str, Place]:
        rooms = list(self._report.rooms.values())
        try:
            self._choice.check(rooms)
        except BadTarget as error:
            raise CommandError(str(error), returncode=USAGE) from None
        imported = [room for room in rooms if room.key in sorter.rooms]
        if unnamed := self._report.unnamed.get(ROOMS):
            unnamed &= {room.name for room in imported if self._choice.target(room) is None}
        places = Places(self._store, identity, self._choice, sorter.entries)
        return {room.key: places.place(room) for room in imported}

    # The second pass

    def _import(self, sorter: Sorter, places: dict[str, Place], identity: Identity) -> None:
        """A room that fails is reported and skipped; the others continue."""
        rows: list[list[str | int]] = []
        with self._command.progress("Importing", sum(found.count for found in sorter.rooms.values())) as step:
            for key, place in places.items():
                writer = RoomWriter(Drafting(identity, key), sorter.ids, step)
                try:
                    _write(writer, self._store, place, sorter.entries(key))
                except StorageError as error:
                    self._command.report_failure(f"{place.slug}: {error}")
                else:
                    rows.append([place.slug, writer.imported, writer.skipped, writer.amended, writer.lost_replies])
        if rows:
            columns = ["Room", "Imported", "Already there", "Edits and reactions", "Replies without their message"]
            self._command.note(table(columns, rows))
            # As `reverse` makes it, which would load every view for this line: a quarter of a second.
            root = get_script_prefix()
            addresses = [f"{root}chat/{place.slug}/" for place in places.values() if place.found is None]
            if addresses:
                self._command.note(f"Reload the page of the chat to see the new rooms: {_first(addresses)}")


def _write(writer: RoomWriter, store: Store, place: Place, entries: Iterator[NeutralEntry]) -> None:
    is_filled = False
    if place.found is None and isinstance(store, ReceivingStore):
        is_filled = writer.fill(store, place.slug, place.name, place.topic, entries)
    if not is_filled:
        store.create(place.slug, place.name)
        with closing(store.open(place.slug)) as log:
            writer.extend(log, entries)


def _first(texts: list[str]) -> str:
    more = len(texts) - MAX_ADDRESSES
    return ", ".join(texts[:MAX_ADDRESSES]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Many objects live for a moment, none in a cycle: the search for cycles would be a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
