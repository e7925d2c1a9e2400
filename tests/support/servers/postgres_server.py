"""A PostgreSQL of the tests' own: Debian's programs, a cluster in a temporary folder, a free port.

    with PostgresServer() as postgres:
        url = postgres.new_database()

It never waits for the disk: what a test kills is PostgreSQL, not the machine.
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from tests.support.live_server import PROJECT, TIME_LIMIT
from tests.support.servers.engine import Engine

OWNER = "chatsite"
TEMPLATE = "template_chatsite"  # a database with the tables of chatsite
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
}


class PostgresServer(Engine):
    """`url` is that of the database `postgres`. Everybody on this machine may connect, as on a developer's."""

    user = "postgres"  # the programs refuse root; Debian's package makes this user

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    @property
    def socket_url(self) -> str:
        """The same on a Unix socket."""
        return f"postgresql://{OWNER}@/postgres?host={self.folder}&port={self.port}"

    def url_of(self, database: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, empty: bool = False) -> str:
        """A database for one test or module, with the tables of chatsite unless it is to be empty; its URL."""
        name = f"test_{next(self._numbers)}"
        if empty:
            self.execute("create database {}", name)
        else:
            self._make_template()
            self.execute("create database {} template {}", name, TEMPLATE)
        return self.url_of(name)

    def execute(self, statement: LiteralString, *names: str) -> None:
        """Run one statement of the administrator, with names of databases for its {}."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=int(TIME_LIMIT)) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def prepare(self) -> None:
        command = [program("initdb"), "--pgdata=data", f"--username={OWNER}", "--auth=trust", "--no-sync"]
        with self.log.open("ab") as log:
            done = self._run([*command, "--encoding=UTF8", "--locale=C.UTF-8"], stdout=log).wait(TIME_LIMIT)
        if done:
            raise RuntimeError(f"initdb failed: {self.log.read_text(errors='replace')[-2000:]}")

    def command(self) -> list[str]:
        options = {**OPTIONS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        return [program("postgres"), "-D", "data", *(f"--{name}={value}" for name, value in options.items())]

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_template(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone():
                return
        self.execute("create database {}", TEMPLATE)
        migrate(self.url_of(TEMPLATE))


def migrate(database_url: str) -> None:
    """Make the tables of chatsite in an empty database."""
    env = {**os.environ, "CHAT_STORAGE": "database", "DATABASE_URL": database_url, "DJANGO_SECRET_KEY": "of a test"}
    command = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
    subprocess.run(command, cwd=PROJECT, env=env, stdin=subprocess.DEVNULL, check=True)


def is_installed() -> bool:
    return bool(_programs("postgres"))


def program(name: str) -> str:
    """The path of a program of the newest PostgreSQL of this machine. Debian keeps them off the PATH."""
    return str(_programs(name)[-1])


def _programs(name: str) -> list[Path]:
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return sorted(found, key=lambda path: int(path.parent.parent.name))
