"""Several server processes with one PostgreSQL and one Redis.

with Cluster(tmp_path) as cluster:
    one, two = cluster.servers
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgpack
import msgspec
import psycopg
from psycopg import sql

from chat import conf
from chat.storage.backends import open_store
from tests.support.live_server import LiveServer, wait_until
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.redis_server import RedisServer

OUTPUT_BUFFER = "pubsub 1mb 0 0"  # Redis cuts off who has more bytes to read
FLOOD = b"01234567" + msgpack.packb({"type": "of.no.handler", "padding": "x" * 10_000})  # from a process of this id


class Cluster:
    """`servers` run `manage.py serve`. `env` adds to their environment."""

    def __init__(self, folder: Path, *, servers: int = 2, env: Mapping[str, str] | None = None) -> None:
        self.postgres = PostgresServer()
        self.redis = RedisServer(client_output_buffer_limit=OUTPUT_BUFFER)
        self.servers: list[LiveServer] = []
        self.env: dict[str, str] = {}
        self._folder, self._count, self._more = folder, servers, env or {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._stack.enter_context(self.postgres)
            self._stack.enter_context(self.redis)
            urls = {"DATABASE_URL": self.postgres.new_database(), "REDIS_URL": self.redis.url}
            self.env = {"CHAT_STORAGE": "database", **urls, **self._more}
            for _ in range(self._count):
                server = LiveServer(self._folder / "storage", "serve", self.env)
                self.servers.append(self._stack.enter_context(server))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def records(self, room: str) -> list[dict[str, Any]]:
        """What is stored of a room, without what is deleted."""
        return stored_records({**self.env, "CHAT_STORAGE_DIR": str(self._folder / "storage")}, room)

    def rows(self) -> list[str]:
        """Everything that the database holds: each row of each table, as text."""
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            selects = [sql.SQL("select t::text from {} t").format(sql.Identifier(name)) for (name,) in names]
            return [row for select in selects for (row,) in connection.execute(select)]

    def fill_output_buffers(self, room: str) -> None:
        """Publish to a room until Redis has cut off every server that reads nothing: call it while one is paused."""
        with self.redis.client() as client:
            [channel] = client.pubsub_channels(f"chatsite:*:room.{room}")
            before = dict(client.pubsub_numsub(channel))[channel]

            def one_is_cut_off() -> bool:
                return any(client.publish(channel, FLOOD) < before for _ in range(100))

            wait_until(one_is_cut_off, "a full output buffer")


def stored_records(environ: Mapping[str, str], room: str) -> list[dict[str, Any]]:
    """What is stored of a room, wherever that is, without what is deleted; as records of a file."""
    store: Any = open_store(conf.load(environ))
    log, found, complete = store.open(room), [], False
    while not complete:
        records, complete = log.page(after=found[-1].id if found else 0, limit=1000)
        found += records
    getattr(store, "close", lambda: None)()
    return [{"id": 1, "type": "room", "compacted": log.compacted_id}, *map(msgspec.to_builtins, found)]
