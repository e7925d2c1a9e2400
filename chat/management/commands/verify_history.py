"""`manage.py verify_history`: check every record of every room, and change nothing."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from chat.management.owner_command import OwnerCommand, counted
from chat.storage.json_files.verify import Inspection, inspect


class Command(OwnerCommand):
    help = "Checks the file of every room, record by record, without changing anything. Exit code 1 if one is damaged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--room", action="append", help="only this room; may be given again (default: all)")

    def act(self, **options: Any) -> None:
        for info in self.choose(options["room"]):
            try:
                found = inspect(settings.CHAT.storage_dir / f"{info.room}.json")
            except OSError as error:
                self.complain(f"{info.room}: cannot be read: {error.strerror}")
                continue
            self.stdout.write(f"{info.room}: {_described(found)}")
            self.failed += found.damage is not None


def _described(found: Inspection) -> str:
    parts = [counted(found.records, "record")]
    if found.edited:
        parts.append(f"{found.edited} edited by hand")
    if found.torn_bytes:
        parts.append(f"a torn tail of {found.torn_bytes} bytes (cut off at the next start, and kept beside the file)")
    if found.damage is not None:
        parts.append(f"damaged at line {found.damage.line}: {found.damage.reason}")
    return ", ".join(parts if len(parts) > 1 else [*parts, "all well"])
