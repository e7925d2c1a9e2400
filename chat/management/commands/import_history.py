"""`manage.py import_history`: import an export, or a copy of a room's file, into rooms."""

from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError

from chat.history import source, survey
from chat.history.importers.reader import Reader
from chat.history.importers.registry import READERS, others, recognized
from chat.history.importers.source import BadSource, Source
from chat.history.importers.times import DATE_ORDERS
from chat.history.merge import ConcurrentWrite, Merge
from chat.history.survey import Survey
from chat.history.targets import BadTarget, Targets, is_chosen, targets
from chat.management.foreign_import import ForeignImport, Wishes
from chat.management.owner_command import FAILED, USAGE, OwnerCommand, counted
from chat.management.source_questions import zone_named
from chat.storage import StorageError, Store
from chat.text.names import BadName, clean_room_name, folded, free_slug

AUTO, CHATSITE = "auto", "chatsite"  # values of --from that are no reader's

_unknown_format = (
    "This is no file of chatsite. If it is the export of another chat, unpack it if it is compressed, "
    "and say with --from which chat that is."
)


class Command(OwnerCommand):
    help = (
        "Imports the export of another chat, what export_history wrote as json or jsonl, or a copy of a room's file. "
        "What is there is skipped, so it can be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="SOURCE", help="a file, compressed or not, or a folder; - is stdin")
        parser.add_argument(
            "--from",
            dest="format",
            type=str.lower,
            choices=[AUTO, CHATSITE, *READERS],
            default=AUTO,
            help="the chat that it is from (default: auto, by what is in it)",
        )
        parser.add_argument(
            "--room",
            action="append",
            metavar="ROOM[=TARGET]",
            help="only this room of the source, or into another one; may be given again (default: all, as they are)",
        )
        parser.add_argument("--dry-run", action="store_true", help="check the source and say what is in it")
        others = parser.add_argument_group("exports of other chats")
        others.add_argument(
            "--skip-room", action="append", metavar="ROOM", help="leave out this room of the source; may be given again"
        )
        others.add_argument("--timezone", metavar="ZONE", help="of times without one: Europe/Berlin, for example")
        others.add_argument("--date-order", choices=DATE_ORDERS, help="of dates that can be read in several ways")
        others.add_argument(
            "--direct",
            metavar="PREFIX",
            help="import direct messages too, into rooms whose names begin with PREFIX; everybody here reads them",
        )
        others.add_argument("--skip-broken", action="store_true", help="leave out what is broken, and import the rest")

    def act(self, **options: Any) -> None:
        self.name = options["file"]
        path = Path(self.name)
        if self.name.startswith("~") and not path.exists():
            text = f"There is no {self.name}: the shell has not put your home folder in the place of ~. Write $HOME"
            raise CommandError(f"{text}, or the name without quotes around it.", returncode=USAGE)
        is_there = self.name != "-" and (path.is_file() or path.is_dir())
        if options["format"] == CHATSITE or (options["format"] == AUTO and not is_there):
            # Chatsite's own reader takes a stream, and says what is wrong with a path that leads nowhere.
            return self._import_own(options)
        try:
            with Source(path) as export:
                reader = self._reader(export, options["format"])
                if reader is not None:
                    return ForeignImport(self, self.store, export, reader, _wishes(options)).run()
        except BadSource as error:
            raise CommandError(str(error), returncode=FAILED) from None
        return self._import_own(options)

    def _reader(self, export: Source, format_name: str) -> Reader | None:
        """The reader of a source; None for chatsite's own files."""
        if format_name != AUTO:
            chosen = READERS[format_name]
            for other in others(export, chosen):
                self.note(f"{self.name} has an export of {other.title} too: --from {other.name} reads that one.")
            return chosen
        reader = recognized(export)
        if reader is not None:
            self.note(f"{self.name}: an export of {reader.title}.")
        return reader

    def _import_own(self, options: dict[str, Any]) -> None:
        """Import chatsite's own formats."""
        if options["skip_room"]:
            raise CommandError(
                "--skip-room is for exports of other chats: say --room for each of the others.", returncode=USAGE
            )
        try:
            with source.open_source(self.name) as file:
                found = self._checked(file, options["format"])
                chosen = self._targets(found, options["room"] or [])
                self._check_names(found, chosen, options["room"] or [])
                if options["dry_run"]:
                    self._print_counts(found, chosen)
                else:
                    self._import(file, found, chosen)
        except source.BadFile as error:
            raise CommandError(f"{self.name}: {error}", returncode=FAILED) from None

    def _checked(self, file: IO[bytes], format_name: str) -> Survey:
        """The first pass. If anything is wrong nothing is written."""
        with self.progress("Checking") as step:
            found = survey.survey_file(file, step)
        if found.problems:
            problems = [f"{self.name}: {problem}" for problem in found.problems]
            more = [f"... and {found.more_problems} more."] if found.more_problems else []
            unknown = [_unknown_format] if format_name == AUTO and not found.rooms else []
            raise CommandError("\n".join([*problems, *more, *unknown, "Nothing was imported."]), returncode=FAILED)
        if not found.rooms:
            self.note(f"{self.name}: there is no message in it.")
        for text in found.notes:
            self.note(f"{self.name}: {text}.")
        return found

    def _targets(self, found: Survey, wanted: list[str]) -> Targets:
        try:
            return targets(list(found.rooms), wanted, source.default_room(self.name))
        except BadTarget as error:
            raise CommandError(str(error), returncode=USAGE) from None

    def _check_names(self, found: Survey, chosen: Targets, wanted: list[str]) -> None:
        """Refuse to mix two rooms that have the same address and different names, unless `--room` says so."""
        for room, target in chosen.items():
            name, other = found.rooms[room].name, None if is_chosen(wanted, target) else self.store.find(target)
            if other is None or name is None or folded(name) == folded(other.name):
                continue
            with closing(self.store.open(target)) as log:
                is_same = log.epoch == found.rooms[room].epoch  # it was renamed
            if not is_same:
                free = free_slug(target, lambda each: self.store.find(each) is None)
                raise CommandError(
                    f'{target}: is called "{name}" in the file, and the room "{other.name}" has this address here. '
                    f"Say --room {target}={target} to import into that one, or --room {target}={free} for its own.",
                    returncode=USAGE,
                )

    def _print_counts(self, found: Survey, chosen: Targets) -> None:
        for room, target in chosen.items():
            self.stdout.write(f"{target}: {counted(found.rooms[room].message_count, 'message')}")
        if chosen:
            self.note("Nothing was written. Run it without --dry-run to import.")

    def _import(self, file: IO[bytes], found: Survey, chosen: Targets) -> None:
        """The second pass. A room that fails is reported and skipped; the others continue."""
        with ExitStack() as logs:
            merges = self._start_merges(logs, found, chosen)
            with self.progress("Importing", sum(found.rooms[room].message_count for room in merges)) as step:
                for event in survey.events(file):
                    if event.room in merges:
                        step()
                        if not self._succeeds(chosen[event.room], merges[event.room].add, event):
                            del merges[event.room]
            for room, merge in merges.items():
                if self._succeeds(chosen[room], merge.finish):
                    self.note(_outcome(chosen[room], merge, found.rooms[room].other_count))

    def _start_merges(self, logs: ExitStack, found: Survey, chosen: Targets) -> dict[str | None, Merge]:
        merges: dict[str | None, Merge] = {}

        def start(room: str | None, target: str) -> None:
            own = room or source.default_room(self.name)
            name = _room_name(found.rooms[room].name if own == target else None, target)
            if (other := _room_called(self.store, name, target)) is not None:
                self.note(f'{target}: is called "{name}" in the file, as the room at {other} is here, or its address.')
                name = target
            self.store.create(target, name)
            log = self.store.open(target)
            logs.callback(log.close)
            if other is None and own == target and found.rooms[room].name and folded(log.name) != folded(name):
                self.note(f'{target}: is called "{name}" in the file, and "{log.name}" here.')
            merges[room] = Merge(log, found.rooms[room])
            logs.callback(merges[room].close)

        for room, target in chosen.items():
            self._succeeds(target, start, room, target)
        return merges

    def _succeeds(self, target: str, part: Callable[..., None], *arguments: object) -> bool:
        """Run a part of a room's import. False, and a reported failure, if it raises an error of the store."""
        try:
            part(*arguments)
        except (StorageError, ConcurrentWrite) as error:
            self.report_failure(f"{target}: {error}")
            return False
        return True


def _room_called(store: Store, name: str, room: str) -> str | None:
    """The address of a room, other than the one at `room`, that has this name, or whose address it is."""
    if folded(name) == room:
        return None
    others = (info for info in store.rooms() if info.room != room)
    return next((info.room for info in others if folded(name) in {info.room, folded(info.name)}), None)


def _room_name(name: str | None, room: str) -> str:
    """The name for people of a new room."""
    try:
        return clean_room_name(name or room)
    except BadName:
        return room


def _outcome(target: str, merge: Merge, others: int) -> str:
    left_out = f", {counted(others, 'event')} of other kinds left out" if others else ""
    amended = f", {counted(merge.amended, 'change')} of messages" if merge.amended else ""
    return f"{target}: {counted(merge.imported, 'message')} imported, {merge.skipped} already there{amended}{left_out}."


def _wishes(options: dict[str, Any]) -> Wishes:
    zone = options["timezone"]
    return Wishes(
        zone=None if zone is None else zone_named(zone),
        date_order=options["date_order"],
        rooms=options["room"] or [],
        skipped_rooms=options["skip_room"] or [],
        direct=options["direct"],
        dry_run=options["dry_run"],
        skip_broken=options["skip_broken"],
    )
