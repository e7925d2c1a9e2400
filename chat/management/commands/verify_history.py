"""`manage.py verify_history`: check every record of every room, and change nothing."""

from argparse import ArgumentParser
from typing import Any

from chat.management.owner_command import OwnerCommand, counted
from chat.storage import StorageError, Verification


class Command(OwnerCommand):
    help = "Checks the file of every room, record by record, without changing anything. Exit code 1 if one is damaged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--room", action="append", help="only this room; may be given again (default: all)")

    def act(self, **options: Any) -> None:
        for info in self.chosen_rooms(options["room"]):
            try:
                found = self.store.verify(info.room)
            except StorageError as error:
                self.report_failure(f"{info.room}: cannot be read: {error.why}")
                continue
            self.stdout.write(f"{info.room}: {_described(found)}")
            self.failed += found.damage is not None


def _described(found: Verification) -> str:
    parts = [counted(found.records, "record"), *found.notes]
    if found.damage is not None:
        parts.append(f"damaged at {found.damage.where}: {found.damage.reason}")
    return ", ".join(parts if len(parts) > 1 else [*parts, "all well"])
