"""Fixtures of the tests of whole servers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.live_server import LiveServer, fetch
from tests.support.servers.misconfigured_server import MisconfiguredServer
from tests.support.servers.raw_websocket import EchoServer, upgrade
from tests.support.servers.server_kinds import DAPHNE_DIRECT, DAPHNE_SEND, SERVER_KINDS, ServerKind

StoredMessages = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture(params=SERVER_KINDS, ids=str)
def server_kind(request: pytest.FixtureRequest) -> ServerKind:
    """Every path that a frame can take to a browser, with a server that uses it."""
    kind: ServerKind = request.param
    return kind


@pytest.fixture(params=[DAPHNE_DIRECT, DAPHNE_SEND], ids=str)
def daphne_kind(request: pytest.FixtureRequest) -> ServerKind:
    """Both paths of a plain Daphne."""
    kind: ServerKind = request.param
    return kind


@pytest.fixture
def stored_messages(storage: Path) -> StoredMessages:
    """Reads the messages of the lobby's file."""

    def read() -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = json.loads((storage / "lobby.json").read_text(encoding="utf-8"))
        return [record for record in records if record["type"] == "message"]

    return read


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One `manage.py serve` for all tests that do not change it."""
    with LiveServer(tmp_path_factory.mktemp("serve") / "storage", "serve") as server:
        fetch(server.url + "/chat/lobby/")  # loads what a first page and connection need, which is no attacker's
        upgrade(server).close()
        yield server


@pytest.fixture(scope="session")
def by_twisted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The same with CHAT_WEBSOCKET_LEG=off."""
    with LiveServer(tmp_path_factory.mktemp("twisted") / "storage", "serve", {"CHAT_WEBSOCKET_LEG": "off"}) as server:
        fetch(server.url + "/chat/lobby/")
        upgrade(server).close()
        yield server


@pytest.fixture(scope="module")
def misconfigured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MisconfiguredServer]:
    """A server with a permissive umask."""
    with MisconfiguredServer(tmp_path_factory.mktemp("entries")) as server:
        yield server


@pytest.fixture(scope="module")
def behind_https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MisconfiguredServer]:
    """The same with CHAT_HTTPS=on."""
    with MisconfiguredServer(tmp_path_factory.mktemp("secure"), CHAT_HTTPS="on", CHAT_TRUSTED_PROXIES="1") as server:
        yield server


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The same server with the application of echo_program.py."""
    with EchoServer(tmp_path_factory.mktemp("echo") / "storage") as server:
        upgrade(server).close()
        yield server


def cookie_headers(server: LiveServer) -> dict[str, str]:
    """The headers of a browser that has loaded a page, and so has its cookies."""
    cookies = fetch(server.url + "/chat/lobby/").headers.get_all("Set-Cookie", [])
    return {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}
