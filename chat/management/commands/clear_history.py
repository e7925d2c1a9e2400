"""`manage.py clear_history`: remove messages, after a backup and a confirmation."""

from argparse import ArgumentParser
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.history.clearing import ClearPlan, plan_clear
from chat.history.dates import start_of
from chat.management.backup_options import BackupCommand, kept
from chat.management.owner_command import FAILED, counted, damage_of
from chat.storage import StorageError


class Command(BackupCommand):
    help = (
        "Clears what was said, for everybody and for good. A copy of each room's file is kept unless you say otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--room", action="append", help="this room; may be given again")
        which.add_argument("--all", action="store_true", help="every room")
        parser.add_argument("--before", type=start_of, metavar="WHEN", help="ISO 8601: only what was said before then")
        self.add_backup_arguments(parser, "cleared")

    def act(self, **options: Any) -> None:
        rooms = [info.room for info in self.chosen_rooms(options["room"])]
        self.check_backup(options, rooms)
        plans = [plan for room in rooms if (plan := self._plan(room, options["before"])) is not None]
        backups = {plan.room: self.backup_path(plan.room, options) for plan in plans}
        for plan in plans:
            self.stdout.write(_described(plan, backups[plan.room]))
        if options["dry_run"] or not plans:
            return
        if not options["noinput"]:
            self._confirm(sum(plan.cleared for plan in plans))
        for plan in plans:
            self._clear(plan, backups[plan.room])

    def _plan(self, room: str, before: datetime | None) -> ClearPlan | None:
        log = self.open(room)
        if log is None:
            return None
        with closing(log):
            if (damage := damage_of(log)) is not None:
                self.report_failure(f"{room}: {damage}. It is not touched.")
                return None
            return self._unless_empty(plan_clear(log, before))

    def _unless_empty(self, plan: ClearPlan) -> ClearPlan | None:
        if plan.out_of_reach:
            self.note(
                f"{plan.room}: {counted(plan.out_of_reach, 'older message')} behind newer ones will stay (imported?)."
            )
        if not plan.cleared:
            self.note(f"{plan.room}: nothing to clear.")
        return plan if plan.cleared else None

    def _confirm(self, count: int) -> None:
        """Continue only after a yes."""
        if not self.confirmed(f"Clear {counted(count, 'message')}?"):
            raise CommandError("Nothing was cleared.", returncode=FAILED)

    def _clear(self, plan: ClearPlan, backup: Path | None) -> None:
        """The backup first: if it fails nothing is cleared."""
        try:
            if backup is not None:
                self.store.back_up(plan.room, backup)
            with closing(self.store.open(plan.room)) as log:
                if log.epoch != plan.epoch:
                    return self.report_failure(f"{plan.room}: not cleared: its file was replaced by another history.")
                log.clear(plan.through)
        except (OSError, StorageError) as error:
            return self.report_failure(f"{plan.room}: not cleared: {error}")
        self.note(f"{plan.room}: cleared {counted(plan.cleared, 'message')}.")


def _described(plan: ClearPlan, backup: Path | None) -> str:
    return f"{plan.room}: {plan.cleared} of {counted(plan.total, 'message')}; {kept(backup)}."
