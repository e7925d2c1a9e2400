"""`manage.py remove_rooms`: remove rooms that nobody needs, after a confirmation."""

from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from chat.history.dates import start_of
from chat.history.removal import RemovalPlan, is_empty, is_older, plan_removal
from chat.management.owner_command import FAILED, USAGE, OwnerCommand, counted, damage_of
from chat.storage import RoomLog, StorageError
from chat.text.names import LOBBY


class Command(OwnerCommand):
    help = "Removes rooms with all that was said in them, for good. The lobby stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rooms", nargs="*", metavar="ROOM", help="these rooms")
        parser.add_argument("--empty", action="store_true", help="every room without messages")
        parser.add_argument(
            "--older-than", type=start_of, metavar="WHEN", help="ISO 8601: every room that is silent since before then"
        )
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")

    def act(self, **options: Any) -> None:
        named, empty, older_than = options["rooms"], options["empty"], options["older_than"]
        self._check(named, empty=empty, older_than=older_than)

        def is_chosen(log: RoomLog) -> bool:
            return (
                log.room in named or (empty and is_empty(log)) or (older_than is not None and is_older(log, older_than))
            )

        # Only the last two look at every room: to open one reads its whole file.
        candidates = self.chosen_rooms(None if empty or older_than is not None else named)
        rooms = sorted({info.room for info in candidates} - {LOBBY})
        plans = [plan for room in rooms if (plan := self._plan(room, is_chosen)) is not None]
        for plan in plans:
            self.stdout.write(f"{plan.room}: {counted(plan.message_count, 'message')}.")
        if not plans:
            self.note("No room is to be removed.")
        if options["dry_run"] or not plans:
            return
        if not options["noinput"] and not self.confirmed(f"Remove {counted(len(plans), 'room')}?"):
            raise CommandError("Nothing was removed.", returncode=FAILED)
        for plan in plans:
            self._remove(plan)

    def _check(self, named: list[str], *, empty: bool, older_than: datetime | None) -> None:
        if not named and not empty and older_than is None:
            raise CommandError("Name rooms, or say --empty or --older-than.", returncode=USAGE)
        if LOBBY in named:
            raise CommandError("The lobby stays: clear_history --room lobby clears it.", returncode=USAGE)
        if named:
            self.chosen_rooms(named)

    def _plan(self, room: str, is_chosen: Callable[[RoomLog], bool]) -> RemovalPlan | None:
        log = self.open(room)
        if log is None:
            return None
        with closing(log):
            try:
                if not is_chosen(log):
                    return None
                if (damage := damage_of(log)) is None:
                    return plan_removal(log)
                self.report_failure(f"{room}: {damage}. It is not removed.")
            except StorageError as error:
                self.report_failure(f"{room}: {error}")
            return None

    def _remove(self, plan: RemovalPlan) -> None:
        try:
            removed = self.store.remove(plan.room, plan.epoch, plan.last_id)
        except StorageError as error:
            return self.report_failure(f"{plan.room}: not removed: {error}")
        if not removed:
            return self.report_failure(f"{plan.room}: not removed: somebody wrote in it meanwhile.")
        self.note(f"{plan.room}: removed.")
