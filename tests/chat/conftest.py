"""Fixtures for the tests of the application: settings with a storage folder of their own, hubs, and an HTTP client."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from channels.layers import BaseChannelLayer, channel_layers

from chat import conf as chat_conf
from chat.conf import Conf
from chat.rooms import housekeeper, open_rooms, reset_delay
from chat.rooms.hub import Hub
from chat.storage.database.store import DatabaseStore
from chat.storage.json_files.store import JsonFileStore
from chat.text import markup
from tests.support.core.asgi_clients import HttpClient
from tests.support.core.doubles import TIME_LIMIT
from tests.support.core.safe_html import bleach_sanitize, nh3_sanitize
from tests.support.servers.postgres_server import PostgresServer, migrate
from tests.support.storage.databases import database_store

HubWith = Callable[..., Hub]


@pytest.fixture(autouse=True)
def _new_channel_layer() -> Iterator[None]:
    """Django keeps one layer for the whole process, but a layer belongs to the event loop of one test."""
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


@pytest.fixture(autouse=True)
def _deserted_rooms_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow test has not lost its room when somebody joins. Tests of the closing of rooms set this time themselves."""
    monkeypatch.setattr(open_rooms, "EMPTY_ROOM_IDLE_SECONDS", TIME_LIMIT)


@pytest.fixture
def _poll_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hubs deliver within milliseconds what other processes write."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 0.02)


@pytest.fixture(params=[bleach_sanitize, nh3_sanitize], ids=["bleach", "nh3"])
def _sanitizer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs each test twice: with bleach, and with its possible replacement."""
    monkeypatch.setattr(markup, "sanitize", request.param)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    folder = tmp_path / "storage"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def conf(storage: Path) -> Conf:
    return chat_conf.load({"CHAT_STORAGE_DIR": str(storage), "DJANGO_SECRET_KEY": "a key for tests"})


@pytest.fixture
async def hub_with(conf: Conf) -> AsyncIterator[HubWith]:
    """A factory of hubs with other settings, given by keyword. They share one storage folder."""
    opened: list[Hub] = []

    def open_hub(layer: BaseChannelLayer | None = None, **changes: Any) -> Hub:
        opened.append(Hub(JsonFileStore(conf.storage_dir), dataclasses.replace(conf, **changes), layer))
        return opened[-1]

    yield open_hub
    for hub in opened:
        await hub.close()


@pytest.fixture
async def hub(conf: Conf) -> AsyncIterator[Hub]:
    hub = Hub(JsonFileStore(conf.storage_dir), conf)
    yield hub
    await hub.close()


@pytest.fixture
def http_client(hub: Hub) -> HttpClient:
    """An HTTP client of the hub."""
    return HttpClient(hub)


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
