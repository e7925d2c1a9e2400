"""A store on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from chat.storage.database.store import DatabaseStore, open_store
from chat.storage.quota import Quota
from tests.support.servers.postgres_server import PostgresServer, migrate


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "chat.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        return postgres.new_database()
    migrated: Path = request.getfixturevalue("migrated_file")
    path = tmp_path / "chat.sqlite"
    path.write_bytes(migrated.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[DatabaseStore]:
    store = database_store(url, tmp_path)
    yield store
    store.close()


def database_store(url: str, folder: Path, quota: Quota | None = None) -> DatabaseStore:
    conf = SimpleNamespace(database_url=url, storage_dir=folder)
    store = open_store(conf, quota or Quota(), 5.0)  # type: ignore[arg-type]
    assert isinstance(store, DatabaseStore)
    return store
