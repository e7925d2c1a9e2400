"""`manage.py clear_history`: forget what was said, after a copy and a question."""

import sys
from argparse import ArgumentParser
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.history.clearing import Plan, plan
from chat.history.dates import start_of
from chat.management.owner_command import FAILED, USAGE, OwnerCommand, counted, damage_of
from chat.storage import StorageError


class Command(OwnerCommand):
    help = (
        "Clears what was said, for everybody and for good. A copy of each room's file is kept unless you say otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--room", action="append", help="this room; may be given again")
        which.add_argument("--all", action="store_true", help="every room")
        parser.add_argument("--before", type=start_of, metavar="WHEN", help="ISO 8601: only what was said before then")
        copy = parser.add_mutually_exclusive_group()
        copy.add_argument("--backup", metavar="FILE", help="where the copy goes (default: beside the room's file)")
        copy.add_argument("--no-backup", action="store_true", help="keep no copy")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="say what would be cleared, and clear nothing")

    def act(self, **options: Any) -> None:
        rooms = [info.room for info in self.choose(options["room"])]
        self._check_backup(options["backup"], rooms)
        plans = [found for room in rooms if (found := self._plan(room, options["before"])) is not None]
        copies = {} if options["no_backup"] else {found.room: self._copy_of(found, options) for found in plans}
        for found in plans:
            self.stdout.write(_described(found, copies.get(found.room)))
        if options["dry_run"] or not plans:
            return
        if not options["noinput"]:
            self._ask(sum(found.cleared for found in plans))
        for found in plans:
            self._clear(found, copies.get(found.room))

    def _check_backup(self, backup: str | None, rooms: list[str]) -> None:
        if backup is None:
            return
        if len(rooms) != 1:
            raise CommandError("--backup names one file, so it goes with one room.", returncode=USAGE)
        if Path(backup).exists():
            raise CommandError(f"{backup} is there already, and a backup never replaces a file.", returncode=USAGE)
        self.refuse_own_file(Path(backup))

    def _plan(self, room: str, before: datetime | None) -> Plan | None:
        log = self.open(room)
        if log is None:
            return None
        with closing(log):
            if (damage := damage_of(log)) is not None:
                self.complain(f"{room}: {damage}. It is not touched.")
                return None
            return self._worth_it(plan(log, before))

    def _worth_it(self, found: Plan) -> Plan | None:
        if found.out_of_reach:
            self.note(
                f"{found.room}: {counted(found.out_of_reach, 'older message')} behind newer ones will stay (imported?)."
            )
        if not found.cleared:
            self.note(f"{found.room}: nothing to clear.")
        return found if found.cleared else None

    def _copy_of(self, found: Plan, options: dict[str, Any]) -> Path:
        return Path(options["backup"] or self.store.default_backup_path(found.room))

    def _ask(self, count: int) -> None:
        """Go on only after a yes. Nobody at the other end is an error, not a reason to wait."""
        if not sys.stdin.isatty():
            raise CommandError("Nobody can be asked: this is no terminal. Say --noinput to clear.", returncode=USAGE)
        self.stdout.flush()
        self.stderr.write(f"Clear {counted(count, 'message')}? Type yes to go on: ", style_func=str, ending="")
        self.stderr.flush()
        if sys.stdin.readline().strip().lower() != "yes":
            raise CommandError("Nothing was cleared.", returncode=FAILED)

    def _clear(self, found: Plan, copy: Path | None) -> None:
        """The copy first: without it nothing is cleared."""
        try:
            if copy is not None:
                self.store.back_up(found.room, copy)
            with closing(self.store.open(found.room)) as log:
                if log.epoch != found.epoch:
                    return self.complain(f"{found.room}: not cleared: its file was replaced by another history.")
                log.clear(found.through)
        except (OSError, StorageError) as error:
            return self.complain(f"{found.room}: not cleared: {error}")
        self.note(f"{found.room}: cleared {counted(found.cleared, 'message')}.")


def _described(found: Plan, copy: Path | None) -> str:
    kept = "no copy is kept" if copy is None else f"a copy is kept in {copy}"
    return f"{found.room}: {found.cleared} of {counted(found.total, 'message')}; {kept}."
