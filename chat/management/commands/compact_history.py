"""`manage.py compact_history`: drop what nobody is shown any more, after a backup and a confirmation."""

from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import CommandError

from chat.management.backup_options import BackupCommand, kept
from chat.management.owner_command import FAILED, USAGE, counted, damage_of
from chat.storage import Compaction, StorageError


class Plan(NamedTuple):
    """What would be dropped of a room, as it was when it was looked at."""

    room: str
    epoch: str
    found: Compaction
    backup: Path | None


class Command(BackupCommand):
    help = (
        "Drops earlier texts of edited messages, reactions that were taken back, and what is left of deleted messages, "
        "for good. What is shown stays as it is, and so do ids."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rooms", nargs="*", metavar="ROOM", help="these rooms")
        parser.add_argument("--all", action="store_true", help="every room")
        self.add_backup_arguments(parser, "dropped")

    def act(self, **options: Any) -> None:
        if bool(options["rooms"]) == options["all"]:
            raise CommandError("Name rooms, or say --all.", returncode=USAGE)
        rooms = [info.room for info in self.chosen_rooms(options["rooms"])]
        self.check_backup(options, rooms)
        plans = [plan for room in rooms if (plan := self._plan(room, options)) is not None]
        for plan in plans:
            self.stdout.write(f"{plan.room}: {_described(plan.found)}; {kept(plan.backup)}.")
        if options["dry_run"] or not plans:
            return
        count = counted(sum(plan.found.records for plan in plans), "record")
        if not options["noinput"] and not self.confirmed(f"Drop {count}?"):
            raise CommandError("Nothing was dropped.", returncode=FAILED)
        for plan in plans:
            self._compact(plan)

    def _plan(self, room: str, options: dict[str, Any]) -> Plan | None:
        log = self.open(room)
        if log is None:
            return None
        with closing(log):
            if (damage := damage_of(log)) is not None:
                self.report_failure(f"{room}: {damage}. It is not touched.")
                return None
            found = log.compact(dry_run=True)
            if not found.records:
                self.note(f"{room}: nothing to drop.")
                return None
            return Plan(room, log.epoch, found, self.backup_path(room, options))

    def _compact(self, plan: Plan) -> None:
        """The backup first: if it fails nothing is dropped."""
        try:
            if plan.backup is not None:
                self.store.back_up(plan.room, plan.backup)
            with closing(self.store.open(plan.room)) as log:
                if log.epoch != plan.epoch:
                    return self.report_failure(f"{plan.room}: not compacted: its file was replaced by another history.")
                done = log.compact()
        except (OSError, StorageError) as error:
            return self.report_failure(f"{plan.room}: not compacted: {error}")
        self.note(f"{plan.room}: dropped {_described(done)}.")


def _described(found: Compaction) -> str:
    return f"{counted(found.records, 'record')}, {found.saved_bytes:,} bytes"
