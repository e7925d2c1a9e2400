"""What chatsite needs from any proxy, tried with the real one and the files of deploy/."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.deploy.conftest import Kind, each
from tests.support.effort import Tally
from tests.support.live_server import Client, LiveServer, fetch, unverified_tls
from tests.support.proxies.kinds import PROXIES
from tests.support.proxies.proxy import ProxyServer
from tests.support.servers.misconfigured_server import post_form
from tests.support.servers.raw_websocket import UPGRADE
from tests.support.servers.recording_server import RecordingServer

pytestmark = pytest.mark.promise
CONNECTIONS = 2  # that the server allows an address
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7;proto=https",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {
        "CHAT_TRUSTED_PROXIES": "1",
        "CHAT_RATE": "0",
        "CHAT_MAX_CONNECTIONS_PER_ADDRESS": str(CONNECTIONS),
        "CHAT_METRICS": "local",
    }
    with LiveServer(tmp_path_factory.mktemp("proxies") / "storage", "serve", env) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(kind: Kind, server: LiveServer) -> Iterator[ProxyServer]:
    with kind(server.port) as proxy:
        yield proxy


# Pages and forms


def test_pages_and_files_come_with_their_headers(proxy: ProxyServer) -> None:
    page = fetch(proxy.url + "/chat/lobby/")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers.get_all("Set-Cookie")
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    for path in paths:
        for _ in range(2):  # from the server, and from a cache if there is one
            file = fetch(proxy.url + path)
            assert file.status == 200, path
            assert "immutable" in file.headers["Cache-Control"], path
    assert paths


def test_a_page_of_one_visitor_is_shown_to_no_other(proxy: ProxyServer) -> None:
    cookies = {fetch(proxy.url + "/chat/lobby/").headers["Set-Cookie"] for _ in range(3)}
    assert len(cookies) == 3


def test_metrics_for_this_machine_are_not_for_visitors(proxy: ProxyServer, server: LiveServer) -> None:
    """The proxy is on this machine, and the visitor says that they are, too."""
    assert fetch(server.url + "/metrics").status == 200
    for forged in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Host": "localhost:8000", "X-Real-IP": "127.0.0.1"}):
        answer = fetch(proxy.url + "/metrics", headers=forged)
        assert answer.status == 403
        assert "process_" not in answer.text


def test_the_form_for_the_name_is_accepted(proxy: ProxyServer) -> None:
    """The form needs the Host that the visitor typed: it is compared with Origin."""
    answer = post_form(proxy, "/name/", {"username": "ada", "next": "/chat/lobby/"}, Origin=proxy.url)
    assert (answer.status, urlsplit(answer.headers["Location"]).path) == (302, "/chat/lobby/")


def test_a_body_larger_than_any_form_is_refused(proxy: ProxyServer) -> None:
    assert fetch(proxy.url + "/name/", "POST", body=b"x" * 100_000).status in proxy.refusals


# WebSockets


async def test_two_people_talk(proxy: ProxyServer) -> None:
    """More than a proxy lets pass in the body of a request, in both directions."""
    async with (
        Client(proxy.ws_url, f"talk-{proxy.port}", username="ada", origin=proxy.url) as ada,
        Client(proxy.ws_url, f"talk-{proxy.port}", username="bob") as bob,
    ):
        for number in range(25):
            text = f"{number} " + "x" * 3900
            assert (await ada.say(text))["message"] == text
            assert (await bob.receive("message"))["message"] == text
        await bob.say("and back")
        assert (await ada.receive("message"))["message"] == "and back"


async def test_a_page_of_another_site_may_not_connect(proxy: ProxyServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with Client(proxy.ws_url, "origins", origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


# Headers that a client forges


async def test_a_forged_address_is_ignored(proxy: ProxyServer, tally: Tally) -> None:
    async with AsyncExitStack() as stack:

        async def come_from(address: str, forged: str) -> None:
            headers = {"X-Forwarded-For": forged}
            client = Client(proxy.ws_url, "addresses", headers=headers, local_address=address)
            await stack.enter_async_context(client)

        for number in range(CONNECTIONS):
            await come_from("127.0.0.2", f"192.0.2.{number}")
        for forged in ("192.0.2.10", "192.0.2.11, 192.0.2.12", "127.0.0.3", "127.0.0.2, 127.0.0.3"):
            with pytest.raises(ConnectionClosed) as refused:
                await come_from("127.0.0.2", forged)
            assert refused.value.rcvd is not None
            assert refused.value.rcvd.code == 4010
            tally("forged addresses")
        await come_from("127.0.0.3", "127.0.0.2")


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.mark.parametrize("kind", each([kind for kind in PROXIES if kind.is_shipped]))
def test_the_server_sees_what_is_true(kind: Kind, upstream: RecordingServer) -> None:
    with kind(upstream.server_port) as proxy:
        host = f"127.0.0.1:{proxy.port}"
        for path, more in [("/", {}), ("/static/x.js", {}), ("/ws/chat/lobby/", {}), ("/ws/chat/lobby/", HANDSHAKE)]:
            fetch(proxy.url + path, headers={**FORGED, **more})
            believed = {name: upstream.headers_seen.get(name.lower(), "") for name in ["Host", *FORGED]}
            true = {"Host": host, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": host}
            assert {name: value for name, value in believed.items() if value}.items() <= true.items(), path
            assert true.keys() - believed.keys() <= {"X-Forwarded-Host"}  # lighttpd adds it, and nothing reads it


def test_nothing_that_follows_a_refused_handshake_passes_unread(proxy: ProxyServer) -> None:
    """Attack: a proxy that forwards a connection as soon as it has seen `Upgrade` also forwards the next request, whose
    headers it no longer looks at. So the server ends a connection whose handshake it refuses.
    """
    host = f"Host: 127.0.0.1:{proxy.port}\r\n".encode()
    refused = b"GET /ws/chat/lobby/ HTTP/1.1\r\nOrigin: https://evil.example\r\n" + host + UPGRADE
    forged = b"GET /healthz HTTP/1.1\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n" + host + b"\r\n"
    received = b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as client:
        client.sendall(refused + forged)
        while part := client.recv(2**16):
            received += part
    assert received.startswith(b"HTTP/1.1 403")
    assert not proxy.pipes_handshakes or b'"status"' not in received


# https


@pytest.fixture(scope="module")
def secure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"CHAT_TRUSTED_PROXIES": "1", "CHAT_HTTPS": "on"}
    with LiveServer(tmp_path_factory.mktemp("secure") / "storage", "serve", env) as server:
        yield server


@pytest.fixture(params=each([kind for kind in PROXIES if kind.has_tls]), scope="module")
def secure(request: pytest.FixtureRequest, secure_server: LiveServer) -> Iterator[ProxyServer]:
    with request.param(secure_server.port, tls=True) as proxy:
        yield proxy


async def test_people_talk_over_https(secure: ProxyServer) -> None:
    page = await asyncio.to_thread(fetch, secure.tls_url + "/chat/lobby/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert all("Secure" in cookie for cookie in page.headers.get_all("Set-Cookie", ["none"]))
    async with Client(secure.tls_ws_url, f"talk-{secure.port}", username="ada", origin=secure.tls_url) as ada:
        assert (await ada.say("privately"))["message"] == "privately"


def test_plain_http_is_sent_to_https(secure: ProxyServer) -> None:
    plain = fetch(secure.url + "/chat/lobby/?q=1", headers={"X-Forwarded-Proto": "https"})
    target = urlsplit(plain.headers["Location"])
    assert (plain.status, target.scheme, f"{target.path}?{target.query}") == (308, "https", "/chat/lobby/?q=1")


def test_pages_may_come_by_http_2(secure: ProxyServer) -> None:
    context = unverified_tls()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", secure.tls_port), timeout=30) as plain:
        with context.wrap_socket(plain) as connection:
            assert connection.selected_alpn_protocol() == "h2"
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
