"""`manage.py verify_history`: check every record of every room, and repair what tools did to a file."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from chat.management.owner_command import READS_WHOLE_ROOMS, USAGE, OwnerCommand, counted
from chat.storage import Edit, RepairableStore, StorageError, Verification


class Command(OwnerCommand):
    help = "Checks the file of every room, record by record; exit code 1 if one is damaged. Repairs only if asked."
    niceness = READS_WHOLE_ROOMS

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--room", action="append", help="only this room; may be given again (default: all)")
        repair = parser.add_mutually_exclusive_group()
        repair.add_argument("--repair-layout", action="store_true", help="write one record a line again")
        repair.add_argument("--accept-edits", action="store_true", help="take over lines that were edited by hand")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="accept edits without a question")
        parser.add_argument("--dry-run", action="store_true", help="say what would be repaired, and change nothing")

    def act(self, **options: Any) -> None:
        repair = options["repair_layout"] or options["accept_edits"]
        if (options["noinput"] or options["dry_run"]) and not repair:
            raise CommandError("--noinput and --dry-run go with --repair-layout or --accept-edits.", returncode=USAGE)
        rooms = [info.room for info in self.chosen_rooms(options["room"])]
        if repair:
            rooms = self._repaired(rooms, options)
        if not options["dry_run"]:
            for room in rooms:
                self._verify(room)

    def _verify(self, room: str) -> None:
        try:
            found = self.store.verify(room)
        except StorageError as error:
            self.report_failure(f"{room}: cannot be read: {error.why}")
            return
        self.stdout.write(f"{room}: {_described(found)}")
        self.failed += found.damage is not None

    # Repairs

    def _repaired(self, rooms: list[str], options: dict[str, Any]) -> list[str]:
        """Repair these rooms; returns those that did not fail."""
        store = self.store
        if not isinstance(store, RepairableStore):
            raise CommandError(f"Rooms in {store.location} cannot be edited by hand.", returncode=USAGE)
        repair = self._repair_layout if options["repair_layout"] else self._accept_edits
        return [room for room in rooms if self._succeeds(room, repair, store, options)]

    def _succeeds(self, room: str, repair: Callable[..., None], *arguments: object) -> bool:
        try:
            repair(room, *arguments)
        except (OSError, StorageError) as error:
            self.report_failure(f"{room}: not changed: {error}")
            return False
        return True

    def _repair_layout(self, room: str, store: RepairableStore, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            needed = store.repair_layout(room, None)
            self.stdout.write(f"{room}: its layout {'would be repaired' if needed else 'is as it should be'}")
            return
        backup = store.default_backup_path(room)
        if store.repair_layout(room, backup):
            self.note(f"{room}: its layout was repaired; a copy of the file as it was is kept in {backup}.")

    def _accept_edits(self, room: str, store: RepairableStore, options: dict[str, Any]) -> None:
        edits = store.edits(room)
        for edit in edits:
            self.stdout.write(_compared(room, edit))
        if options["dry_run"] or not edits:
            return
        if not options["noinput"] and not self.confirmed(f"Accept {counted(len(edits), 'edit')} in {room}?"):
            self.note(f"{room}: nothing was accepted.")
            return
        backup = store.default_backup_path(room)
        if store.accept_edits(room, edits, backup):
            self.note(
                f"{room}: accepted {counted(len(edits), 'edit')}; a copy of the file as it was is kept in {backup}."
            )


def _compared(room: str, edit: Edit) -> str:
    before = edit.before or "(not known: no copy of the file beside it has this line)"
    return f"{room}, {edit.where}:\n  before: {before}\n  now:    {edit.after}"


def _described(found: Verification) -> str:
    parts = [counted(found.records, "record"), *found.notes]
    if found.damage is not None:
        kind = "to be repaired" if found.damage.mendable else "damaged"
        parts.append(f"{kind} at {found.damage.where}: {found.damage.reason}")
    return ", ".join(parts if len(parts) > 1 else [*parts, "all well"])
