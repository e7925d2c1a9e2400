"""What the owner's commands share: the store, rooms, output and exit codes.

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed (also if only some of the
rooms failed), 2 wrong usage. A closed pipe (`| head`) ends a command with 141, Ctrl-C with 130, both silently, as it
ends the system's own tools.
"""

import contextlib
import os
import signal
import sys
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chat.storage import RoomDamaged, RoomInfo, RoomLog, StorageError
from chat.storage.backends import open_store

FAILED = 1
USAGE = 2
INTERRUPTED = 130
CLOSED_PIPE = 141
READS_WHOLE_ROOMS = 10  # niceness: the server gets nine tenths of a processor that both want
MAX_ROOMS_NAMED = 20  # in an error or a note
STEPS_PER_REDRAW = 1000  # of a progress bar


class Step(Protocol):
    """Tells a progress bar of steps."""

    def __call__(self, count: int = 1) -> None: ...


class OwnerCommand(BaseCommand):
    """A command on the rooms of this installation; a subclass implements `act`.

    `niceness`: added to that of the process when the command is run as a program. A command that holds a room's lock
    has 0: people would wait for it.
    """

    requires_system_checks = ()
    niceness = 0
    _is_program = False

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a program."""
        self._is_program = True
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as for Ctrl-C: no copy of a room is left behind
        os.nice(self.niceness)
        try:
            super().run_from_argv(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more at exit
            sys.exit(CLOSED_PIPE)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    def handle(self, *args: Any, **options: Any) -> None:
        """Open the store and run `act`; errors of the disk become one sentence."""
        self.store = open_store(settings.CHAT)
        self.verbose = options["verbosity"] > 0
        self.failed = 0
        try:
            self.act(**options)
        except BrokenPipeError:
            raise
        except (StorageError, OSError) as error:
            raise CommandError(_sentence(error), returncode=FAILED) from None
        finally:
            self.store.close()
        if self.failed:
            raise CommandError(f"{counted(self.failed, 'room')} failed; see above.", returncode=FAILED)

    def yield_to_the_server(self) -> None:
        """From here on the process works through much, and holds no lock for which people wait for long."""
        if self._is_program:
            os.nice(READS_WHOLE_ROOMS - self.niceness)

    @abstractmethod
    def act(self, **options: Any) -> None:
        """What the command does. May raise CommandError, `StorageError` and OSError."""

    def note(self, text: str) -> None:
        """Write a line for a person to standard error; not with --verbosity 0."""
        if self.verbose:
            self.stderr.write(text, style_func=str)

    def report_failure(self, text: str) -> None:
        """Say which room failed and why, and continue: the exit code will be 1."""
        self.stderr.write(text)
        self.failed += 1

    def chosen_rooms(self, wanted: list[str] | None) -> list[RoomInfo]:
        """The named rooms, or all of them. A room that does not exist is an error that lists those that do."""
        existing = {info.room: info for info in sorted(self.store.rooms())}  # by slug: names for people can change
        for room in wanted or []:
            if room not in existing:
                raise CommandError(f"There is no room {room!r}. {self._list(list(existing))}", returncode=USAGE)
        return [existing[room] for room in dict.fromkeys(wanted)] if wanted else list(existing.values())

    def _list(self, rooms: list[str]) -> str:
        if not rooms:
            return f"There are no rooms yet in {self.store.location}."
        return f"There are: {first_of(rooms)}."

    def open(self, room: str) -> RoomLog | None:
        """The log of a room; None, and a reported failure, if it cannot be read at all."""
        try:
            return self.store.open(room)
        except StorageError as error:
            self.report_failure(f"{room}: {error}")
            return None

    def refuse_own_file(self, path: Path) -> None:
        """Raise CommandError if writing this file would create or replace a part of the store."""
        if self.store.owns(path):
            text = f"{path} is where chatsite keeps a room: choose another name, or another folder."
            raise CommandError(text, returncode=USAGE)

    def confirmed(self, question: str) -> bool:
        """Whether the answer to a question is yes. Without a terminal this is an error: nobody would answer."""
        if not sys.stdin.isatty():
            text = "Nobody can be asked: this is no terminal. Say --noinput to go on without a question."
            raise CommandError(text, returncode=USAGE)
        self.stdout.flush()
        self.stderr.write(f"{question} Type yes to go on: ", style_func=str, ending="")
        self.stderr.flush()
        return sys.stdin.readline().strip().lower() == "yes"

    @contextlib.contextmanager
    def progress(self, description: str, total: int | None = None, *, hidden: bool = False) -> Iterator[Step]:
        """A progress bar on standard error, on a terminal only. Yields a function to call for its steps."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        console = Console(stderr=True)
        hidden = hidden or not self.verbose or not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
            task = bar.add_task(description, total=total)
            steps = 0

            def step(count: int = 1) -> None:
                nonlocal steps
                steps += count
                if steps % STEPS_PER_REDRAW < count:
                    bar.update(task, completed=steps)

            yield step


def counted(count: int, noun: str) -> str:
    """`1 room`, `2 rooms`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def first_of(rooms: Sequence[str]) -> str:
    """The first rooms, and how many follow."""
    more = f" and {len(rooms) - MAX_ROOMS_NAMED} more" if len(rooms) > MAX_ROOMS_NAMED else ""
    return f"{', '.join(rooms[:MAX_ROOMS_NAMED])}{more}"


def damage_of(log: RoomLog) -> RoomDamaged | None:
    """The error that writing to the room would raise; None for a room without damage."""
    return None if log.damage is None else RoomDamaged(log.room, log.damage, log.location)


def _sentence(error: StorageError | OSError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fspath(error.filename)}: {error.strerror}"
    return str(error)
