"""`manage.py copy_history`: copy every room from the JSON files into the database, or back."""

import contextlib
import dataclasses
from argparse import ArgumentParser
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chat.history.copying import CopyError, Outcome, RoomCopy
from chat.management.owner_command import FAILED, USAGE, OwnerCommand, counted, first_of
from chat.storage import ReceivingStore, StorageError, Store
from chat.storage.backends import BACKENDS, open_store, system_checks

DIGEST_CHARACTERS = 12  # that are shown
TABLES_ARE_MISSING = "chat.W010"


class Command(OwnerCommand):
    help = (
        "Copies rooms with everything in them from one store into another: CHAT_STORAGE_DIR and DATABASE_URL say where "
        "these are. What is there already is skipped, so it can be repeated: once while the server runs, and once more "
        "after it was stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rooms", nargs="*", metavar="ROOM", help="only these rooms (default: all)")
        parser.add_argument("--from", dest="origin", choices=BACKENDS, required=True, help="the store that is read")
        parser.add_argument("--to", dest="target", choices=BACKENDS, required=True, help="the store that is written")
        parser.add_argument("--dry-run", action="store_true", help="say what would be copied, and copy nothing")

    def act(self, **options: Any) -> None:
        if options["origin"] == options["target"]:
            raise CommandError("--from and --to name the same store.", returncode=USAGE)
        self.store, target = _open(options["origin"]), _open(options["target"])
        with contextlib.closing(target):
            self._copy_all(target, options)

    def _copy_all(self, target: Store, options: dict[str, Any]) -> None:
        if not isinstance(target, ReceivingStore):
            raise CommandError(f"{target.location} takes no rooms of another store.", returncode=USAGE)
        infos = self.chosen_rooms(options["rooms"])
        done: list[Outcome] = []
        with self.progress("Copying", sum(info.last_id for info in infos)) as step:
            for info in infos:
                outcome = self._copy(RoomCopy(info.room, self.store, target, step), info.room, options["dry_run"])
                done += [outcome] if outcome else []
        if not options["rooms"]:
            self._note_others(target, {info.room for info in infos})
        new = counted(sum(each.new for each in done), "event")
        if options["dry_run"]:
            return self.note(f"{new} would be copied to {target.location}.")
        self.note(f"{new} copied to {target.location}. What was read back is the same in {counted(len(done), 'room')}.")

    def _note_others(self, target: Store, copied: Collection[str]) -> None:
        """A room that was removed between two copies would come back with the other store."""
        if others := sorted(info.room for info in target.rooms() if info.room not in copied):
            self.note(
                f"Only in {target.location}, and left there: {first_of(others)}. Rooms that were removed here since the"
                " last copy have to be removed there too (remove_rooms)."
            )

    def _copy(self, copy: RoomCopy, room: str, dry_run: bool) -> Outcome | None:
        """Copy one room; None, and a reported failure, if that fails. The others continue."""
        try:
            outcome = copy.run(dry_run=dry_run)
        except (CopyError, StorageError, OSError) as error:
            self.report_failure(f"{room}: {error}")
            return None
        new, content = outcome
        digest = content.digest[:DIGEST_CHARACTERS]
        self.stdout.write(f"{room}: {counted(new, 'new event')} of {content.events}, digest {digest}")
        return outcome


def _open(storage: str) -> Store:
    if storage == "database" and not settings.CHAT.database_url:
        raise CommandError("DATABASE_URL is not set: it says where the database is.", returncode=USAGE)
    conf = dataclasses.replace(settings.CHAT, storage=storage)
    for check in system_checks(conf):
        if check.id == TABLES_ARE_MISSING:
            raise CommandError(f"{check.msg} {check.hint}", returncode=FAILED)
    return open_store(conf)
