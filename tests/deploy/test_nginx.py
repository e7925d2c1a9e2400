"""The documented deployment: Daphne with debugging off, behind a real nginx with the site files of deploy/nginx/."""

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urljoin

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.conf import load
from tests.support.effort import Tally
from tests.support.live_server import PROJECT, Client, LiveServer, fetch
from tests.support.servers.nginx import PROGRAM, SHIPPED, Proxy, run_nginx

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed")

# `import "./a.js"`, and `... from "./a.js"` behind an import or export that may go over several lines.
IMPORTED = re.compile(r"""^(?:import|(?:import|export)\b[^"';]*\bfrom)\s*["'](\.[^"']+)["']""", re.MULTILINE)
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7;proto=https",
}


@pytest.fixture(scope="module")
def static_files() -> None:
    """Collected, with hashed names, as in any deployment."""
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], cwd=PROJECT, check=True)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, static_files: None) -> Iterator[Proxy]:
    with LiveServer(tmp_path_factory.mktemp("nginx") / "storage") as server:
        with run_nginx("chatsite.conf", server.port) as proxy:
            yield proxy


# Pages and files


def test_the_room_page_comes_with_every_security_header(proxy: Proxy) -> None:
    page = fetch(proxy.url + "/chat/lobby/")
    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_static_files_are_hashed_typed_and_kept_for_a_year(proxy: Proxy) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', fetch(proxy.url + "/chat/lobby/").text))
    assert {Path(path).suffix for path in paths} >= {".js", ".css"}
    for path in paths:
        answer = fetch(proxy.url + path)
        assert answer.status == 200, path
        assert re.search(r"\.[0-9a-f]{12}\.", path), path
        assert "immutable" in answer.headers["Cache-Control"], path
        assert int(re.findall(r"max-age=(\d+)", answer.headers["Cache-Control"])[0]) >= 365 * 24 * 3600, path
        assert answer.headers.get_content_type() == types.get(Path(path).suffix, answer.headers.get_content_type())


def test_every_module_that_a_script_imports_is_there_under_its_hashed_name(proxy: Proxy) -> None:
    page = fetch(proxy.url + "/chat/lobby/").text
    waiting = set(re.findall(r'src="(/static/[^"]+\.js)"', page))
    seen: set[str] = set()
    while waiting:
        seen.add(path := waiting.pop())
        script = fetch(proxy.url + path)
        assert script.status == 200, path
        imported = IMPORTED.findall(script.text)
        assert all(re.search(r"\.[0-9a-f]{12}\.js$", name) for name in imported), (path, imported)
        waiting |= {urljoin(path, name) for name in imported} - seen
    assert len(seen) > 1


def test_a_body_larger_than_any_form_stops_at_nginx(proxy: Proxy) -> None:
    assert fetch(proxy.url + "/chat/", "POST", body=b"x" * 100_000).status == 413


# Talking


async def test_two_people_talk_through_nginx(proxy: Proxy) -> None:
    async with Client(proxy.ws_url, "talk", username="ada") as ada, Client(proxy.ws_url, "talk", username="bob") as bob:
        said = await ada.say("hello through nginx")
        received = await bob.receive("message")
    assert (received["id"], received["username"], received["message"]) == (said["id"], "ada", "hello through nginx")


async def test_a_page_of_the_site_may_connect_and_one_of_another_site_may_not(proxy: Proxy) -> None:
    async with Client(proxy.ws_url, "origins", origin=proxy.url) as ada:
        assert ada.welcome["room"] == "origins"
    with pytest.raises(InvalidStatus) as refused:
        async with Client(proxy.ws_url, "origins", origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[LiveServer, Proxy]]:
    """A server that a test may stop and start, and the nginx in front of it."""
    with LiveServer(tmp_path / "storage") as server, run_nginx("chatsite.conf", server.port) as proxy:
        yield server, proxy


async def test_after_a_restart_a_reader_gets_exactly_what_was_missed(site: tuple[LiveServer, Proxy]) -> None:
    server, proxy = site
    async with Client(proxy.ws_url, "restart", username="ada") as ada:
        last = await ada.say("before")
        await asyncio.to_thread(server.terminate)
        assert await ada.close_code() == 4000
    await asyncio.to_thread(server.start)
    async with Client(server.ws_url, "restart", username="bob") as bob:
        missed = [(await bob.say(text))["id"] for text in ("one", "two", "three")]
        resume = {"since": last["id"], "epoch": ada.welcome["epoch"]}
        async with Client(proxy.ws_url, "restart", username="ada", **resume) as back:
            live = await bob.say("four")
            got = [event["id"] for event in await back.collect("message", 4)]
    assert not back.welcome.get("reset")
    assert got == [*missed, live["id"]]
    assert back.messages[-1]["message"] == "four"
    assert len(back.messages) == 4


# Headers that a client forges


@pytest.fixture
def upstream() -> Iterator["Upstream"]:
    """A server in chatsite's place that records what nginx sent."""
    upstream = Upstream(("127.0.0.1", 0), RecordingHandler)
    thread = threading.Thread(target=upstream.serve_forever)
    thread.start()
    yield upstream
    upstream.shutdown()
    thread.join()
    upstream.server_close()


class Upstream(HTTPServer):
    headers_seen: dict[str, str]


class RecordingHandler(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.server.headers_seen = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is for failures."""


@pytest.mark.parametrize("path", ["/", "/ws/chat/lobby/"])
def test_forged_headers_never_reach_the_server(upstream: Upstream, path: str) -> None:
    with run_nginx("chatsite.conf", upstream.server_port) as proxy:
        fetch(proxy.url + path, headers=FORGED)
    believed = {name: upstream.headers_seen[name.lower()] for name in FORGED if name.lower() in upstream.headers_seen}
    assert believed == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    assert upstream.headers_seen["host"] == f"127.0.0.1:{proxy.port}"


@pytest.mark.promise
async def test_behind_nginx_a_forged_address_is_ignored(tmp_path: Path, tally: Tally) -> None:
    env = {"CHAT_TRUSTED_PROXIES": "1", "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "1"}
    with LiveServer(tmp_path / "storage", "serve", env) as server, run_nginx("chatsite.conf", server.port) as proxy:
        async with Client(proxy.ws_url, headers={"X-Forwarded-For": "192.0.2.1"}):
            for forged in ("192.0.2.2", "192.0.2.3, 192.0.2.4", "127.0.0.1, 192.0.2.5"):
                with pytest.raises(ConnectionClosed) as refused:
                    async with Client(proxy.ws_url, headers={"X-Forwarded-For": forged}):
                        pass
                assert refused.value.rcvd is not None
                assert refused.value.rcvd.code == 4010
                tally("forged addresses")
            async with Client(server.ws_url, headers={"X-Forwarded-For": "192.0.2.6"}) as other:
                assert other.welcome["count"] == 2, "whom a proxy really names is somebody else"


def test_a_forged_root_path_changes_no_address(proxy: Proxy) -> None:
    page = fetch(proxy.url + "/chat/lobby/", headers={"Daphne-Root-Path": "/elsewhere"})
    assert page.status == 200
    assert "/elsewhere" not in page.text


def test_a_client_cannot_claim_that_it_came_by_https(tmp_path: Path) -> None:
    with (
        LiveServer(tmp_path / "storage", env={"CHAT_HTTPS": "on"}) as server,
        run_nginx("chatsite.conf", server.port) as proxy,
    ):
        answer = fetch(proxy.url + "/chat/lobby/", headers=FORGED)
    assert answer.status == 301
    assert answer.headers["Location"].startswith("https://127.0.0.1")


# Limits of a client

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"
NETWORK = ["2001:db8:1:2::1", "2001:db8:1:2:a:b:c:d", "2001:db8:1:2::", "2001:db8:1:2:ffff::"]  # of one customer
NEIGHBOUR = "2001:db8:1:3::1"


def test_nginx_lets_a_client_have_as_many_connections_as_the_server_does() -> None:
    max_connections = load({}).max_connections_per_address
    words = (SHIPPED / "snippets" / "chatsite.conf").read_text()
    assert f"limit_conn chatsite {max_connections};" in words
    assert f"zone=chatsite_sockets burst={max_connections} nodelay;" in words, "and all of them may come back at once"


@pytest.mark.promise
@pytest.mark.parametrize(
    ("path", "shipped"),
    [("/static/chat/main.js", "burst=3000 delay=1000"), ("/ws/chat/lobby/", "burst=1000 nodelay")],
    ids=["pages and files", "handshakes"],
)
def test_a_flood_of_requests_stops_at_nginx(upstream: Upstream, path: str, shipped: str, tally: Tally) -> None:
    assert shipped in (SHIPPED / "snippets" / "chatsite.conf").read_text()
    limits = {shipped: "burst=3 nodelay", "rate=200r/s": "rate=1r/m"}
    with run_nginx("chatsite.conf", upstream.server_port, limits) as proxy:

        def statuses(*visitors: str) -> list[int]:
            return [fetch(proxy.url + path, headers={"X-Comes-From": visitor}).status for visitor in visitors]

        assert statuses(*[CHARLIE] * 6) == [204] * 4 + [429] * 2
        assert statuses(*NETWORK, *NETWORK) == [204] * 4 + [429] * 4
        assert statuses(ADA, NEIGHBOUR) == [204] * 2
        tally("floods", 2)


@pytest.mark.promise
async def test_one_connection_too_many_stops_at_nginx(tmp_path: Path, tally: Tally) -> None:
    with (
        LiveServer(tmp_path / "storage") as server,
        run_nginx("chatsite.conf", server.port, {"limit_conn chatsite 1000;": "limit_conn chatsite 2;"}) as proxy,
    ):
        async with AsyncExitStack() as stack:

            async def come_in(visitor: str) -> None:
                await stack.enter_async_context(Client(proxy.ws_url, headers={"X-Comes-From": visitor}))

            for visitor in (CHARLIE, CHARLIE, *NETWORK[:2]):
                await come_in(visitor)
            for visitor in (CHARLIE, *NETWORK[2:]):
                with pytest.raises(InvalidStatus) as refused:
                    await come_in(visitor)
                assert refused.value.response.status_code == 429
                tally("refused entries")
            for visitor in (ADA, NEIGHBOUR):
                await come_in(visitor)


# https


@pytest.fixture
def secure(tmp_path: Path, static_files: None) -> Iterator[Proxy]:
    with (
        LiveServer(tmp_path / "storage", env={"CHAT_HTTPS": "on"}) as server,
        run_nginx("chatsite-tls.conf", server.port) as proxy,
    ):
        yield proxy


def test_the_https_site_gives_secure_cookies_and_asks_browsers_to_stay(secure: Proxy) -> None:
    page = fetch(secure.tls_url + "/chat/lobby/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookies = page.headers.get_all("Set-Cookie", [])
    assert cookies
    assert all("Secure" in cookie for cookie in cookies)


def test_plain_http_is_sent_to_https(secure: Proxy) -> None:
    plain = fetch(secure.url + "/chat/lobby/?q=1")
    assert (plain.status, plain.headers["Location"]) == (308, "https://127.0.0.1/chat/lobby/?q=1")


async def test_people_talk_over_a_secure_websocket(secure: Proxy) -> None:
    async with Client(secure.tls_ws_url, username="ada", origin=secure.tls_url) as ada:
        said = await ada.say("privately")
    assert said["message"] == "privately"
