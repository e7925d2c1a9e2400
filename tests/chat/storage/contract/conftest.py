"""Every test of this folder runs on every kind of storage.

`stores` is an installation, `store` one of its processes, `log` that one's lobby.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.storage import RoomLog, Store
from tests.support.servers.postgres_server import PostgresServer, migrate
from tests.support.storage.installations import (
    KINDS,
    Installation,
    JsonInstallation,
    PostgresInstallation,
    SqliteInstallation,
)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def contract_url(postgres: PostgresServer) -> str:
    """The database of this folder. Each test makes it empty, which is faster than a new one."""
    return postgres.new_database()


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    makers: dict[str, Callable[[], Installation]] = {
        "json": lambda: JsonInstallation(tmp_path),
        "sqlite": lambda: SqliteInstallation(tmp_path, request.getfixturevalue("sqlite_template")),
        "postgresql": lambda: PostgresInstallation(tmp_path, request.getfixturevalue("contract_url")),
    }
    installation = makers[request.param]()
    yield installation
    installation.close()


@pytest.fixture
def store(stores: Installation) -> Store:
    return stores.open()


@pytest.fixture
def log(store: Store) -> RoomLog:
    return store.open("lobby")
