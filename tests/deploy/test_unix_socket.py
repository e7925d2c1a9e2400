"""`manage.py serve --unix` behind a real nginx and a real HAProxy, with the lines of docs/operations.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live_server import PROJECT, Client, fetch
from tests.support.proxies.haproxy import HAProxy
from tests.support.proxies.nginx import Nginx
from tests.support.servers.unix_server import UnixServer

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
SOCKET = "/run/chatsite/chat.sock"  # of the documentation


@pytest.fixture
def server(tmp_path: Path) -> Iterator[UnixServer]:
    with UnixServer(tmp_path / "storage", {"CHAT_TRUSTED_PROXIES": "1"}) as server:
        yield server


def documented(pattern: str, server: UnixServer) -> str:
    """The line of the documentation, with the socket of this test."""
    line = re.search(rf"^ +({pattern}.*{SOCKET}.*)$", OPERATIONS, re.MULTILINE)
    assert line
    return line[1].replace(SOCKET, server.address)


async def talk_through(url: str, server: UnixServer) -> None:
    assert fetch(url + "/chat/lobby/").status == 200
    ws_url = url.replace("http:", "ws:")
    async with Client(ws_url, username="ada", origin=url) as ada, server.client(username="bob") as bob:
        assert await ada.say("hello") == await bob.receive("message")


@pytest.mark.skipif(Nginx.path() is None, reason="nginx is not installed")
async def test_people_talk_through_nginx_and_a_unix_socket(server: UnixServer) -> None:
    line = documented("server unix:", server)
    with Nginx(1, {"server 127.0.0.1:8000 max_fails=1 fail_timeout=2s;": line}) as proxy:
        await talk_through(proxy.url, server)


@pytest.mark.skipif(HAProxy.path() is None, reason="HAProxy is not installed")
async def test_people_talk_through_haproxy_and_a_unix_socket(server: UnixServer) -> None:
    with HAProxy(1, {"server chatsite 127.0.0.1:8000": documented("server chatsite", server)}) as proxy:
        await talk_through(proxy.url, server)
