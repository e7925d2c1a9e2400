"""`manage.py serve --unix` behind a real nginx and a real HAProxy, with the lines of docs/operations.md."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.live_server import PROJECT, Client, fetch, free_port, responds_ok, wait_until
from tests.support.servers.nginx import PROGRAM, run_nginx
from tests.support.servers.unix_server import UnixServer

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
SOCKET = "/run/chatsite/chat.sock"  # of the documentation
CHECKED = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 90s
frontend site
    bind 127.0.0.1:{port}
    option forwardfor
    default_backend chatsite
backend chatsite
    {server}
"""


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


@pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed")
async def test_people_talk_through_nginx_and_a_unix_socket(server: UnixServer) -> None:
    line = documented("server unix:", server)
    with run_nginx("chatsite.conf", 1, {"server 127.0.0.1:1;": line}) as proxy:
        await talk_through(proxy.url, server)


@contextmanager
def run_haproxy(folder: Path, line: str) -> Iterator[str]:
    port = free_port()
    (folder / "haproxy.cfg").write_text(CHECKED.format(port=port, server=line))
    process = subprocess.Popen([str(HAPROXY), "-db", "-q", "-f", str(folder / "haproxy.cfg")])
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: responds_ok(url + "/healthz"), "HAProxy answers")
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed")
async def test_people_talk_through_haproxy_and_a_unix_socket(server: UnixServer, tmp_path: Path) -> None:
    with run_haproxy(tmp_path, documented("server chatsite", server)) as url:
        await talk_through(url, server)
