"""For the tests of the commands: rooms in a folder, and the result of a command."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from chat.storage import AppendOutcome, Draft
from chat.storage.json_files.store import JsonFileStore
from tests.support.live_server import SITE_VARIABLES


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Rooms:
    """The rooms of a storage folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = JsonFileStore(folder)

    def say(self, room: str, *texts: str, **fields: Any) -> list[AppendOutcome]:
        """Append messages of ada."""
        fields = {"author": "a1", "username": "ada", **fields}
        return self.append(room, [Draft(message=text, **fields) for text in texts])

    def append(self, room: str, drafts: list[Draft]) -> list[AppendOutcome]:
        log = self.store.open(room)
        try:
            return log.append(drafts)
        finally:
            log.close()

    def amend(self, room: str, target: int, kind: str, username: str = "ada", **fields: Any) -> None:
        """Append an edit, a delete or a reaction of a message."""
        fields = {"author": "a1", **({"on": True} if kind == "reaction" else {}), **fields}
        [outcome] = self.append(room, [Draft(type=kind, username=username, target=target, **fields)])
        assert outcome.refusal is None, outcome

    def answer(self, room: str, target: int, text: str, username: str = "ada", author: str = "a1") -> None:
        self.append(room, [Draft(username=username, author=author, message=text, reply_to=target)])

    def events(self, room: str) -> list[tuple[Any, ...]]:
        """Every field of every message, in order."""
        log = self.store.open(room)
        try:
            records = [record for record in log.page(limit=10**6).records if record.type == "message"]
        finally:
            log.close()
        return [(r.id, r.author, r.username, r.message, r.timestamp, r.client_id, r.reply_to) for r in records]

    def texts(self, room: str) -> list[str]:
        return [event[3] for event in self.events(room)]

    def path(self, room: str) -> Path:
        return self.folder / f"{room}.json"

    def damage(self, room: str, record: int = 2) -> None:
        """Damage a record in the middle of a room's file; record 1 is the room's own."""
        lines = self.path(room).read_bytes().split(b"\n")
        lines[record] = lines[record].replace(b'"message":"', b'"message":"!')
        self.path(room).write_bytes(b"\n".join(lines))

    def snapshot(self) -> dict[str, bytes]:
        """The content of every file but locks."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.suffix != ".lock"}


Call = Callable[..., Result]


def environment(rooms: Rooms, **changes: str) -> dict[str, str]:
    """The environment of a command: this test's folder, and no setting of the shell that runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SITE_VARIABLES)}
    return {**inherited, "CHAT_STORAGE_DIR": str(rooms.folder), "DJANGO_SECRET_KEY": "test", **changes}
