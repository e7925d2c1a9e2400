"""What the tests of real servers share."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.live_server import LiveServer, fetch
from tests.support.servers.misconfigured_server import Loose
from tests.support.servers.raw_websocket import EchoServer, upgrade
from tests.support.servers.server_kinds import DIRECT, SEND, WAYS, Way


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """Every way that a frame can take to a browser, with the server that takes it."""
    way: Way = request.param
    return way


@pytest.fixture(params=[DIRECT, SEND], ids=str)
def daphne(request: pytest.FixtureRequest) -> Way:
    """Both ways of a plain Daphne."""
    way: Way = request.param
    return way


@pytest.fixture
def said(storage: Path) -> Callable[[], list[dict[str, Any]]]:
    """The messages in the lobby's file, as its owner reads them."""

    def read() -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = json.loads((storage / "lobby.json").read_text(encoding="utf-8"))
        return [record for record in records if record["type"] == "message"]

    return read


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One `manage.py serve` for all tests that leave it as it was."""
    with LiveServer(tmp_path_factory.mktemp("serve") / "storage", "serve") as server:
        fetch(server.url + "/chat/lobby/")  # what a first page and a first connection make it load is no attacker's
        upgrade(server).close()
        yield server


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loose]:
    """A server as a careless owner starts it."""
    with Loose(tmp_path_factory.mktemp("entries")) as server:
        yield server


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loose]:
    """One that is reached by https."""
    with Loose(tmp_path_factory.mktemp("secure"), CHAT_HTTPS="on", CHAT_TRUSTED_PROXIES="1") as server:
        yield server


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The same server around echo.py."""
    with EchoServer(tmp_path_factory.mktemp("echo") / "storage") as server:
        upgrade(server).close()
        yield server


def visitor(server: LiveServer) -> dict[str, str]:
    """The headers of a browser that has looked at the page, and so has its cookie."""
    cookies = fetch(server.url + "/chat/lobby/").headers.get_all("Set-Cookie", [])
    return {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}
