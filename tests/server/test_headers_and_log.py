"""The headers of every response, and what the log must not contain."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally
from tests.support.live_server import Client, LiveServer, Response, fetch
from tests.support.servers.misconfigured_server import FORM, HOST, MisconfiguredServer
from tests.support.servers.raw_http import handshake

HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


# Headers


@pytest.mark.promise
@pytest.mark.parametrize(
    ("method", "path", "status", "headers"),
    [
        ("GET", "/chat/lobby/", 200, {}),
        ("HEAD", "/chat/lobby/", 200, {}),
        ("GET", "/api/rooms/", 200, {}),
        ("POST", "/api/rooms/", 405, {}),
        ("GET", "/api/nowhere", 404, {}),
        ("GET", "/static/chat/main.js", 200, {}),
        ("GET", "/static/chat/nothing.js", 404, {}),
        ("GET", "/", 302, {}),
        ("GET", "/chat/lobby", 301, {}),
        ("GET", "/nowhere", 404, {}),
        ("GET", "/chat/shopping/", 503, {}),
        ("POST", "/name/", 403, FORM),
        ("GET", "/chat/lobby/", 400, {"Host": "evil.example"}),
        ("OPTIONS", "/api/rooms/", 200, {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}),
        ("GET", "/ws/chat/lobby/", 404, {}),
        ("GET", "/ws/chat/lobby/", 426, {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}),
    ],
)
def test_every_answer_carries_the_headers(
    misconfigured: MisconfiguredServer, method: str, path: str, status: int, headers: dict[str, str], tally: Tally
) -> None:
    (misconfigured.folder / "shopping.json").write_text('{"milk": 2}\n')
    check_headers(fetch(misconfigured.url + path, method, headers=headers), status)
    tally("answers")


@pytest.mark.promise
def test_a_form_that_is_too_large_is_refused_with_the_headers_too(
    misconfigured: MisconfiguredServer, tally: Tally
) -> None:
    cookies = cookie_headers(misconfigured)["Cookie"]
    answer = fetch(misconfigured.url + "/name/", "POST", headers={**FORM, "Cookie": cookies}, body="x" * 70_000)
    check_headers(answer, 413)
    tally("answers")


@pytest.mark.promise
def test_a_redirect_to_https_carries_the_headers_too(behind_https: MisconfiguredServer, tally: Tally) -> None:
    check_headers(fetch(behind_https.url + "/chat/lobby/"), 301)
    page = fetch(behind_https.url + "/chat/lobby/", headers={"X-Forwarded-Proto": "https"})
    check_headers(page, 200)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    tally("answers", 2)


def check_headers(answer: Response, *statuses: int) -> None:
    assert answer.status in statuses
    for name, part in HEADERS.items():
        assert part in (answer.headers[name] or ""), f"{answer.status} without {name}"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.status < 400 or answer.headers["Cache-Control"] == "no-store"


# The log

WORDS = "nobody-else-reads-this"


@pytest.mark.promise
@pytest.mark.parametrize("command", ["serve", "daphne"])
async def test_the_log_contains_no_message_and_no_cookie(command: Any, tmp_path: Path, tally: Tally) -> None:
    limits = {"CHAT_MAX_ROOM_BYTES": "2000", "CHAT_RATE": "0.01", "CHAT_RATE_BURST": "20"}
    server = LiveServer(tmp_path / "storage", command, limits)
    with server:
        cookies = (await asyncio.to_thread(cookie_headers, server))["Cookie"]
        async with Client(server.ws_url, headers={"Cookie": cookies}) as ada:
            outcomes = [await ada.say(text) for text in (WORDS, WORDS + "x" * 4000, WORDS + "\x00", *[WORDS * 5] * 20)]
            for text in (WORDS, f'{{"type":"{WORDS}"}}', f'{{"type":"message","message":5,"client_id":"{WORDS}"}}'):
                await ada.send_text(text)
                await ada.receive("error")
            await ada.send(type="history")
            await ada.receive("error", where=lambda error: "too fast" in error["detail"])
        await asyncio.to_thread((tmp_path / "storage" / ".other.lock").mkdir)
        async with Client(server.ws_url, "other", headers={"Cookie": cookies}) as ada:
            outcomes.append(await ada.say(WORDS, client_id=WORDS))
        await asyncio.to_thread(refused_requests, server, cookies)
        await asyncio.to_thread(server.terminate)
    codes = {outcome.get("code") for outcome in outcomes}
    assert codes >= {"message_too_long", "invalid_text", "storage_full", "rate_limited", "storage_unavailable"}
    output = await asyncio.to_thread(lambda: server.output)
    for line in ("refused a WebSocket", "Forbidden (CSRF", "was not stored", "Not Found"):
        assert line in output, "it was logged, and so looked at here"
    assert " ERROR django" not in output
    assert WORDS not in output
    for cookie in cookies.split("; "):
        assert cookie.partition("=")[2] not in output
        tally("logs")


def refused_requests(server: LiveServer, cookies: str) -> None:
    headers = {**FORM, "Cookie": cookies, "Referer": f"{server.url}/chat/lobby/"}
    for path in ("/name/", "/chat/", "/nowhere"):
        fetch(server.url + path, "POST", headers=headers, body=urlencode({"username": WORDS, "name": WORDS}))
    fetch(server.url + "/nowhere", headers=headers)
    fetch(server.url + "/chat/lobby/", headers={**headers, "Host": "evil.example"})
    fetch(server.url + "/name/", "POST", headers=headers, body=WORDS * 5000)
    handshake(server.port, b"/ws/chat/lobby/", HOST, b"Origin: http://evil.example", b"Cookie: " + cookies.encode())
