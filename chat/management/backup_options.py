"""The options of commands that change rooms for good: a copy of each room's file before, and a question."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.management.owner_command import USAGE, OwnerCommand


class BackupCommand(OwnerCommand):
    """A command that keeps a copy of what it changes, unless its owner says otherwise."""

    def add_backup_arguments(self, parser: ArgumentParser, action: str) -> None:
        """`action`: what is done for good, such as "cleared"."""
        copy = parser.add_mutually_exclusive_group()
        copy.add_argument("--backup", metavar="FILE", help="where the copy goes (default: beside the room's file)")
        copy.add_argument("--no-backup", action="store_true", help="keep no copy")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help=f"say what would be {action}, and change nothing")

    def check_backup(self, options: dict[str, Any], rooms: list[str]) -> None:
        """Refuse a file for the copy that is there, or that several rooms would share. Raises CommandError."""
        backup = options["backup"]
        if backup is None:
            return
        if len(rooms) != 1:
            raise CommandError("--backup names one file, so it goes with one room.", returncode=USAGE)
        if Path(backup).exists():
            raise CommandError(f"{backup} is there already, and a backup never replaces a file.", returncode=USAGE)
        self.refuse_own_file(Path(backup))

    def backup_path(self, room: str, options: dict[str, Any]) -> Path | None:
        """Where the copy of a room goes; None if there is to be none."""
        if options["no_backup"]:
            return None
        return Path(options["backup"] or self.store.default_backup_path(room))


def kept(backup: Path | None) -> str:
    """For people: whether a copy is kept, and where."""
    return "no copy is kept" if backup is None else f"a copy is kept in {backup}"
