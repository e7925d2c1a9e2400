"""What the owner's commands have in common: rooms, notes, and an end that scripts can rely on.

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed (also in part: the other
rooms are done), 2 called wrongly. A reader that goes away (`| head`) ends a command with 141, Ctrl-C with 130, both
without a word, as the system's own tools end.
"""

import contextlib
import os
import sys
from abc import abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chat.storage import RoomDamaged, RoomInfo, RoomLog, StorageError
from chat.storage.backends import open_store
from chat.text.names import is_room

FAILED = 1
USAGE = 2
INTERRUPTED = 130
READER_GONE = 141
ROOMS_NAMED = 20  # in an error
REDRAWN_EVERY = 1000  # steps of a progress bar


class OwnerCommand(BaseCommand):
    """A command on the rooms of this installation; a subclass says what it does in `act`."""

    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a program."""
        try:
            super().run_from_argv(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still wants to write
            sys.exit(READER_GONE)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and turn what the disk refuses into one sentence."""
        self.store = open_store(settings.CHAT)
        self.verbose = options["verbosity"] > 0
        self.failed = 0
        try:
            self.act(**options)
        except BrokenPipeError:
            raise
        except (StorageError, OSError) as error:
            raise CommandError(_sentence(error), returncode=FAILED) from None
        if self.failed:
            raise CommandError(f"{counted(self.failed, 'room')} failed; see above.", returncode=FAILED)

    @abstractmethod
    def act(self, **options: Any) -> None:
        """What the command does. May raise CommandError, `StorageError` and OSError."""

    def note(self, text: str) -> None:
        """A line for a person; not with --verbosity 0."""
        if self.verbose:
            self.stderr.write(text, style_func=str)

    def complain(self, text: str) -> None:
        """Name what failed, and go on: the exit code will be 1."""
        self.stderr.write(text)
        self.failed += 1

    def choose(self, wanted: list[str] | None) -> list[RoomInfo]:
        """The rooms that were named, or all of them. One that is not there is an error that names those that are."""
        there = sorted(self.store.rooms())  # by what stands in the address: names can change
        rooms = {info.room: info for info in there}
        for room in wanted or []:
            if room not in rooms:
                raise CommandError(f"There is no room {room!r}. {self._there(list(rooms))}", returncode=USAGE)
        return [rooms[room] for room in dict.fromkeys(wanted)] if wanted else there

    def _there(self, rooms: list[str]) -> str:
        if not rooms:
            return f"There are no rooms yet in {self.store.location}."
        more = f" and {len(rooms) - ROOMS_NAMED} more" if len(rooms) > ROOMS_NAMED else ""
        return f"There are: {', '.join(rooms[:ROOMS_NAMED])}{more}."

    def refuse_own_file(self, path: Path) -> None:
        """Raise CommandError if writing this file would create or replace a part of the store."""
        if self.store.owns(path):
            text = f"{path} is where chatsite keeps a room: choose another name, or another folder."
            raise CommandError(text, returncode=USAGE)

    def open(self, room: str) -> RoomLog | None:
        """A room's log; None, and a complaint, for a file that cannot be read at all."""
        try:
            return self.store.open(room)
        except StorageError as error:
            self.complain(f"{room}: {error}")
            return None

    @contextlib.contextmanager
    def progress(self, doing: str, total: int | None = None, *, hidden: bool = False) -> Iterator[Callable[[], None]]:
        """A bar on standard error, on a terminal only. Call what this gives once for every step."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        hidden = hidden or not self.verbose or not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
            task = bar.add_task(doing, total=total)
            steps = 0

            def step() -> None:
                nonlocal steps
                steps += 1
                if steps % REDRAWN_EVERY == 0:
                    bar.update(task, completed=steps)

            yield step


def counted(count: int, noun: str) -> str:
    """`1 room`, `2 rooms`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def room_name(text: str) -> str:
    """A room as it stands in a URL. For argparse."""
    if not is_room(text):
        raise ArgumentTypeError(f"{text!r} is not a room: 1 to 64 of a-z, 0-9 and -, with a letter or digit first")
    return text


def damage_of(log: RoomLog) -> RoomDamaged | None:
    """Why a room is read, and never written."""
    return None if log.damage is None else RoomDamaged(log.room, log.damage, log.location)


def _sentence(error: StorageError | OSError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fspath(error.filename)}: {error.strerror}"
    return str(error)
