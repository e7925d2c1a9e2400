"""Every tool of the table on a running and on a stopped server: one server, one room for each tool.

All rooms go through the same steps at the same time, because most of the time they wait until a file stands still.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from subprocess import CalledProcessError

from chat.history import source, survey
from tests.server.conftest import cookie_headers
from tests.support.live_server import LiveServer
from tests.support.servers.persistent_client import running
from tests.support.servers.reconnecting_client import NO_LIMITS
from tests.support.tools.owner_tools import TOOLS, Effect, Tool
from tests.support.tools.tool_room import ToolRoom

OLD_MESSAGES = 8  # in the older copy
NEW_MESSAGES = 5  # posted after it was taken
RUNNING, STOPPED = "running", "stopped"
REPAIRS = {Effect.LAYS_OUT: ["--repair-layout"], Effect.EDITS: ["--accept-edits", "--noinput"]}
IMPORTABLE = {Effect.KEEPS, Effect.RESTORES, Effect.CUTS, Effect.LAYS_OUT}

Step = Callable[[Tool, ToolRoom], Awaitable[None]]


class ToolRows:
    """`rooms` by the name of the tool and by what the server did when it was used. A tool that is missing has none."""

    def __init__(self, folder: Path) -> None:
        self.server = LiveServer(folder / "storage", "serve", NO_LIMITS)
        self.rooms: dict[tuple[str, str], ToolRoom] = {}
        self._folder = folder
        self._tools = [tool for tool in TOOLS if not tool.missing]

    async def run(self) -> None:
        """Use every tool, and collect what is wrong in the rooms' `violations`."""
        with self.server:
            await self._make_rooms()
            await self._each([RUNNING, STOPPED], self._fill)
            async with self._posting(RUNNING):
                await self._each([RUNNING], self._use_on_a_running_server)
                await self._repair(RUNNING)
                await self._each([RUNNING], self._finish)
            self.server.terminate()
            await self._each([STOPPED], self._use_on_a_stopped_server)
            await self._verify()
            await self._each([STOPPED], self._undo)
            await self._repair(STOPPED)
            self.server.start()
            async with self._posting(STOPPED):
                await self._each([STOPPED], self._finish)

    async def _make_rooms(self) -> None:
        cookies = [await asyncio.to_thread(cookie_headers, self.server) for _ in range(2)]
        for tool in self._tools:
            for when in (RUNNING, STOPPED):
                room = f"{tool.name.replace('.', '-').lower()}-{when}"
                self.rooms[tool.name, when] = ToolRoom(self.server, room, cookies, self._folder)

    async def _each(self, states: Sequence[str], step: Step) -> None:
        """A room in which a step has failed is left out of the next ones."""

        async def guarded(tool: Tool, room: ToolRoom) -> None:
            try:
                await step(tool, room)
            except CalledProcessError as error:
                room.violations.append(f"{error}: {error.stderr}")
            except (AssertionError, OSError, ValueError) as error:
                room.violations.append(f"{step.__name__}: {error!r}")

        rooms = [(tool, self.rooms[tool.name, state]) for tool in self._tools for state in states]
        await asyncio.gather(*(guarded(tool, room) for tool, room in rooms if not room.violations))

    @contextlib.asynccontextmanager
    async def _posting(self, state: str) -> AsyncIterator[None]:
        posters = [self.rooms[tool.name, state].poster for tool in self._tools]
        for poster in posters:
            poster.is_posting = True
        async with running(posters):
            yield

    # The steps

    async def _fill(self, tool: Tool, room: ToolRoom) -> None:
        async with running([room.poster, room.sleeper]):
            await room.has_posted(OLD_MESSAGES)
            await asyncio.to_thread(room.take_copy, tool)
            await room.has_posted(NEW_MESSAGES)
            await room.settle()

    async def _use_on_a_running_server(self, tool: Tool, room: ToolRoom) -> None:
        await room.has_posted(1)
        await room.use(tool)
        if tool.effect in {*REPAIRS, Effect.HIDES, Effect.RENAMES}:
            content = room.content()
            await room.is_refused()
            assert room.content() == content, "a file that cannot be read as it is was changed"
        else:
            await room.can_be_written()
            await room.check_log()
        await room.undo(tool)

    async def _use_on_a_stopped_server(self, tool: Tool, room: ToolRoom) -> None:
        await room.use(tool)
        if tool.effect in IMPORTABLE:
            assert _importable_messages(room.file) >= room.kept_count, "import_history reads less of a copy"

    async def _undo(self, tool: Tool, room: ToolRoom) -> None:
        await room.undo(tool)

    async def _finish(self, tool: Tool, room: ToolRoom) -> None:
        await room.can_be_written()
        await room.check_log()
        async with running([room.sleeper]):
            await room.settle()
        # after an edit, browsers show the old words until they are reloaded
        await room.check(same_words=tool.effect is not Effect.EDITS)

    # The owner's commands

    async def _verify(self) -> None:
        done = await asyncio.to_thread(self.server.manage, "verify_history")
        lines = [line for line in done.stdout.splitlines() + done.stderr.splitlines() if ":" in line]
        by_room = {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}
        for room in self.rooms.values():
            room.verified = by_room.get(room.room, "")

    async def _repair(self, state: str) -> None:
        for effect, arguments in REPAIRS.items():
            rooms = [self.rooms[tool.name, state].room for tool in self._tools if tool.effect is effect]
            chosen = [part for room in rooms for part in ("--room", room)]
            done = await asyncio.to_thread(self.server.manage, "verify_history", *arguments, *chosen)
            print(" ".join(arguments), done.stdout, done.stderr)


def _importable_messages(file: Path) -> int:
    """How many messages import_history finds in a file."""
    with source.open_source(str(file)) as opened:
        found = survey.survey_file(opened, lambda: None)
    assert not found.problems, f"import_history: {found.problems}"
    return sum(room.message_count for room in found.rooms.values())
