"""A room on a real server, its clients, and its owner, who uses tools on its file."""

import asyncio
import contextlib
import fcntl
import gzip
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from tests.support.core.doubles import until
from tests.support.live_server import LiveServer
from tests.support.servers.epoch_checker import Acknowledgement, EpochChecker, differences, lost
from tests.support.servers.persistent_client import PersistentClient
from tests.support.tools.owner_tools import Effect, Tool, run_script

ATTEMPTS = 3  # of an owner with a tool that reports an error
Record = dict[str, Any]


class ToolRoom:
    """`poster` posts all the time. `sleeper` receives what it posts, and is away while the tools are used."""

    def __init__(self, server: LiveServer, room: str, cookies: Sequence[Mapping[str, str]], folder: Path) -> None:
        self.room = room
        self.file = server.storage / f"{room}.json"
        self.epochs = EpochChecker()
        self.poster, self.sleeper = (
            PersistentClient(server.ws_url, room, name, cookie, self.epochs)
            for name, cookie in zip(("poster", "sleeper"), cookies, strict=True)
        )
        self.sleeper.is_posting = False
        self.violations: list[str] = []
        self.used: list[str] = []  # tools
        self.verified = ""  # what verify_history said after the tool
        self._work = folder / room
        self._work.mkdir(parents=True)
        self._copies: list[Path] = []
        self._kept: list[Acknowledgement] = []  # what the last tool has left in the file
        self._ended_at = 0.0  # when the last tool had ended
        self._before: list[Acknowledgement] = []  # what was there when the last tool was begun
        self._emptied = False
        self._server = server
        self._log_length = 0  # of the server's log, when the last tool was begun

    # The file

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """While nobody writes a batch."""
        with self.file.with_name(f".{self.room}.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def content(self) -> bytes | None:
        """The bytes of the file, None without one."""
        return self.file.read_bytes() if self.file.exists() else None

    def records(self) -> list[Record]:
        """The records of the file. Raises OSError, ValueError."""
        with self.locked():
            content = self.file.read_bytes()
        records: list[Record] = json.loads(content)
        return records

    def take_copy(self, *tools: Tool) -> None:
        """An older copy, which these tools may put back."""
        copy = self._work / f"old-{len(self._copies)}.json"
        with self.locked():
            copy.write_bytes(self.file.read_bytes())
            copy.with_suffix(".json.gz").write_bytes(gzip.compress(copy.read_bytes()))
            self._copies.append(copy)
            for tool in tools:
                run_script(tool.prepare, self.file, self._work, copy)

    async def use(self, tool: Tool, *earlier: Tool, rng: random.Random | None = None) -> None:
        """Use a tool. Everything that was acknowledged since the last one must be there until it begins.

        The `earlier` ones are used shortly before it, in whatever state the file is then.
        """
        before = await asyncio.to_thread(self.records)
        self.violations += lost(self._expected(), before)
        self._log_length = len(self._server.output)
        for other in earlier:
            with contextlib.suppress(CalledProcessError):
                await self._run(other.script)
        old = self._copies[-1] if tool.prepare or rng is None else rng.choice(self._copies)
        await self._run_repeatedly(tool.script, old)
        left = _left_by(tool, before, old)
        self._kept = _as_acknowledged(left)
        self._ended_at = asyncio.get_running_loop().time()
        self._emptied = tool.effect is Effect.EMPTIES
        self._before = _as_acknowledged(before)
        self.used.append(tool.name)

    async def undo(self, tool: Tool) -> None:
        """The owner takes back what hides the file."""
        await self._run(tool.undo)

    async def _run_repeatedly(self, script: str, old: Path) -> None:
        """As an owner does: a program that reads the file while a message is written may meet the end of it twice."""
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(CalledProcessError):
                return await self._run(script, old)
        await self._run(script, old)

    async def _run(self, script: str, old: Path | None = None) -> None:
        await asyncio.to_thread(run_script, script, self.file, self._work, old or self._copies[-1])

    # What must hold

    def _expected(self) -> list[Acknowledgement]:
        return self._kept + self._posted_since_the_tool()

    def _posted_since_the_tool(self) -> list[Acknowledgement]:
        messages = [*self.poster.acknowledged, *self.sleeper.acknowledged]
        return [message for message in messages if message.asked_at > self._ended_at]

    @property
    def kept_count(self) -> int:
        """The messages that the last tool has left in the file."""
        return len(self._kept)

    async def check_log(self) -> None:
        """The server tells when records were taken away."""
        gone = lost(self._before, await asyncio.to_thread(self.records))
        log = self._server.output[self._log_length :]
        if self._emptied and " is ready" in log:
            return  # a server that is started does not miss the file of a room that nobody has opened
        if gone and not re.search(f"WARNING.*{self.file}: .*before: .*now: ", log):
            lines = [line for line in log.splitlines() if self.file.name in line or " is ready" in line]
            self.violations.append(f"{self.used[-1]} took records away, and the log does not tell: {lines}")

    async def has_posted(self, count: int) -> None:
        """Wait until so many messages more are acknowledged."""
        goal = len(self.poster.acknowledged) + count
        await until(lambda: len(self.poster.acknowledged) >= goal, f"{goal} acknowledged messages")

    async def can_be_written(self) -> None:
        """Wait until a message is stored that was posted after the tool had ended."""
        await until(lambda: self._posted_since_the_tool(), "a message after the tool")

    async def is_refused(self) -> None:
        """Wait until the room is refused for good."""
        await until(lambda: self.poster.refusal, "an error that names what is wrong with the file")

    async def settle(self) -> None:
        """Stop posting, and wait until both clients have everything."""
        for client in (self.poster, self.sleeper):
            client.is_posting = False
            await until(lambda client=client: not client.pending, f"everything acknowledged to {client.name}")
        records = await asyncio.to_thread(self.records)
        end = records[0]["epoch"], records[-1]["id"]
        for client in (self.poster, self.sleeper):
            await until(lambda client=client: (client.epoch, client.last_id) == end, f"{client.name} at {end}")

    async def check(self, *, same_words: bool = True) -> None:
        """Compare clients and file, after both have settled."""
        records = await asyncio.to_thread(self.records)
        self.violations += lost(self._expected(), records)
        if not same_words:
            return
        self.violations += self.epochs.violations
        for client in (self.poster, self.sleeper):
            self.violations += differences(client.name, client.view, records)


def _left_by(tool: Tool, before: list[Record], old: Path) -> list[Record]:
    """The records that stay, whatever else is posted while the tool works."""
    match tool.effect:
        case Effect.RESTORES:
            copy: list[Record] = json.loads(old.read_bytes())
            return copy
        case Effect.CUTS:
            return before[:-1]
        case Effect.EMPTIES:
            return []
        case _:
            return before


def _as_acknowledged(records: list[Record]) -> list[Acknowledgement]:
    return [Acknowledgement(record["client_id"], "", record["id"], 0.0) for record in records[1:]]
