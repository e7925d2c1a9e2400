"""Errors that `manage.py serve` answers with: no cache stores them, and bad requests leave no traceback in the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.live_server import LiveServer, fetch, wait_until
from tests.support.servers.misconfigured_server import FORM
from tests.support.servers.raw_websocket import HANDSHAKE, connect, read_all

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
POST = b"POST /name/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
SOCKET = HANDSHAKE % b"/ws/chat/lobby/"
KEY = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
RESPONSES_OF_THE_SERVER = {
    "not HTTP": (b"x-mark\r\n\r\n", 400),
    "a header without a colon": (GET + b"x-mark\r\n\r\n", 400),
    "a header with a control character": (GET + b"x-mark: \x0b\r\n\r\n", 400),
    "a path that is not ASCII": (b"GET /\xe4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
    "a body that is too large": (POST + b"Content-Length: 400000\r\n\r\n", 413),
    "a handshake without Connection": (SOCKET.replace(b"Connection: Upgrade", b"Connection: close"), 400),
    "a handshake of another site": (SOCKET.replace(b"\r\nUp", b"\r\nOrigin: http://evil.example\r\nUp"), 403),
    "a handshake without a room": (HANDSHAKE % b"/ws/", 403),
}


@pytest.mark.parametrize(("request_", "status"), RESPONSES_OF_THE_SERVER.values(), ids=RESPONSES_OF_THE_SERVER.keys())
def test_no_cache_stores_an_error_that_the_server_writes_itself(
    server: LiveServer, request_: bytes, status: int
) -> None:
    """Regression: none of them had the header, and a cache in front may keep a 404 or 413 without it."""
    with connect(server) as client:
        client.sendall(request_)
        head = read_all(client).partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert head.lower().count(b"\r\ncache-control: no-store") == 1


def test_no_cache_stores_the_error_of_an_application(echo: LiveServer) -> None:
    answer = fetch(echo.url + "/failing/")
    assert (answer.status, answer.headers["Cache-Control"]) == (500, "no-store")


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[LiveServer]:
    """A server whose log has the lines of one test."""
    with LiveServer(tmp_path / "storage", "serve") as server:
        yield server


@pytest.mark.parametrize(
    ("fields", "status"),
    [("x" * 70_000, 413), ("x" * 130_000, 413), ("&".join(f"f{n}=1" for n in range(50)), 400)],
    ids=["70 kB", "130 kB", "50 fields"],
)
def test_a_form_that_django_does_not_take_is_one_line_without_a_traceback(
    quiet: LiveServer, fields: str, status: int
) -> None:
    """Regression: a form between the limits of Django and of the server was an ERROR of 60 lines."""
    headers = {**FORM, **cookie_headers(quiet)}
    answer = fetch(quiet.url + "/name/", "POST", headers=headers, body=fields)
    assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
    (line,) = [line for line in quiet.output.splitlines() if " django." in line]
    assert " WARNING django.security." in line
    assert "Traceback" not in quiet.output


def test_a_multipart_form_that_cannot_be_parsed_leaves_no_traceback(quiet: LiveServer) -> None:
    headers = {**cookie_headers(quiet), "Content-Type": "multipart/form-data; boundary="}
    assert fetch(quiet.url + "/name/", "POST", headers=headers, body="x-mark").status == 400
    wait_until(lambda: "django.request" in quiet.output, "a line")
    assert "Traceback" not in quiet.output


def test_the_log_names_the_mistake_of_a_proxy_once_not_for_every_try(quiet: LiveServer) -> None:
    no_connection, status = RESPONSES_OF_THE_SERVER["a handshake without Connection"]
    for _ in range(5):
        assert fetch(quiet.url + "/ws/chat/lobby/", headers=KEY).status == 426
        assert fetch(quiet.url + "/chat/lobby/", headers={"Host": "chat.example.org"}).status == 400
        with connect(quiet) as client:
            client.sendall(no_connection)
            assert read_all(client).startswith(b"HTTP/1.1 %d " % status)
    lines = [line for line in quiet.output.splitlines() if " WARNING " in line]
    for words in ("without its Upgrade header", "'chat.example.org': it is not in", "Connection header"):
        assert len([line for line in lines if words in line]) == 1, lines
    assert len(lines) == 3
