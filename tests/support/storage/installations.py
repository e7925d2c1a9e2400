"""One installation of every kind of storage, for tests of what all backends promise."""

import contextlib
import importlib.util
import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from chat import conf
from chat.storage import Store
from chat.storage.backends import open_store
from chat.storage.quota import Quota

HAS_DATABASE = importlib.util.find_spec("chat.storage.database") is not None
KINDS = ("json", "sqlite", "postgresql") if HAS_DATABASE else ("json",)


class Installation:
    """Settings, and the stores of any number of processes with them. A test closes none; `close` does."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = dict(environ)
        self.conf = conf.load(self.environ)
        self._opened: list[Any] = []

    def open(self, **limits: int) -> Store:
        """The store of one more process, with a quota of these limits."""
        store = open_store(self.conf, quota=Quota(**limits))
        self._opened.append(store)
        return store

    def stored(self) -> str:
        """Everything that is stored, as text."""
        raise NotImplementedError

    def close(self) -> None:
        for store in self._opened:
            getattr(store, "close", lambda: None)()


class JsonInstallation(Installation):
    def __init__(self, folder: Path) -> None:
        super().__init__({"CHAT_STORAGE_DIR": str(folder / "storage"), "DJANGO_SECRET_KEY": "of a test"})

    def stored(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.conf.storage_dir.iterdir()))


class DatabaseInstallation(Installation):
    def __init__(self, folder: Path, url: str) -> None:
        super().__init__({**JsonInstallation(folder).environ, "CHAT_STORAGE": "database", "DATABASE_URL": url})


class SqliteInstallation(DatabaseInstallation):
    """A copy of a file that has the tables."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.file = folder / "chat.db"
        shutil.copy(template, self.file)
        super().__init__(folder, f"sqlite:///{self.file}")

    def stored(self) -> str:
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return "\n".join(connection.iterdump())


class PostgresInstallation(DatabaseInstallation):
    """A database with the tables, which are made empty."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url)
        with psycopg.connect(url, autocommit=True) as connection:
            for name in self._tables(connection):
                connection.execute(sql.SQL("truncate {} restart identity cascade").format(sql.Identifier(name)))

    def stored(self) -> str:
        with psycopg.connect(self.conf.database_url) as connection:
            select = "select coalesce(jsonb_agg(to_jsonb(t)), '[]') from {} t"
            names = map(sql.Identifier, self._tables(connection))
            rows = [connection.execute(sql.SQL(select).format(name)).fetchone() for name in names]
            return json.dumps(rows, ensure_ascii=False)

    @staticmethod
    def _tables(connection: psycopg.Connection) -> list[str]:
        tables = "select tablename from pg_tables where schemaname = 'public' and tablename not like 'django_%'"
        return [name for (name,) in connection.execute(tables)]
