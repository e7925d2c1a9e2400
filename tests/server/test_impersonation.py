"""No client can use the cookie or the identity of another. Charlie tries, at a real server."""

import asyncio
import re
from urllib.parse import urlencode

import pytest
from django.urls import get_resolver

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally
from tests.support.live_server import Client, fetch
from tests.support.servers.misconfigured_server import FORM, SECRET, MisconfiguredServer, files_below, post_form
from tests.support.servers.raw_http import handshake, request

# Other sites


@pytest.mark.promise
@pytest.mark.parametrize(
    "headers",
    [
        (b"Host: localhost", b"Origin: http://evil.example"),
        (b"Host: localhost", b"Origin: http://localhost", b"Origin: http://evil.example"),
        (b"Host: localhost", b"oRiGiN: null"),
        (b"Host: localhost", b"Origin: http://localhost.evil.example"),
        (b"Host: localhost", b"Origin:\thttp://evil.example"),
        (b"Host: localhost", b"Origin: https://localhost:1"),
        (b"Host: evil.example", b"Origin: http://evil.example"),
        (b"Host: evil.example",),
        (b"Host: localhost", b"Host: evil.example"),
        (b"Host: evil.example", b"Host: localhost"),
        (b"Host: localhost@evil.example",),
        (b"Host: evil.example", b"X-Forwarded-Host: localhost"),
        (),
    ],
)
def test_a_page_of_another_site_opens_no_websocket(
    misconfigured: MisconfiguredServer, headers: tuple[bytes, ...], tally: Tally
) -> None:
    """It would post with the cookie of its visitor."""
    cookie = cookie_headers(misconfigured)["Cookie"].encode()
    status, _ = handshake(misconfigured.port, b"/ws/chat/lobby/", *headers, b"Cookie: " + cookie)
    assert status in {400, 403}
    tally("refused entries")


@pytest.mark.promise
@pytest.mark.parametrize(
    "host", [b"evil.example", b"evil.example:80", b"localhost@evil.example", b"localhost,evil.example"]
)
def test_an_unknown_host_name_gets_nothing(misconfigured: MisconfiguredServer, host: bytes, tally: Tally) -> None:
    """Its owner could point it at this machine, and read through the browsers of people who can reach it."""
    for path in (b"/chat/lobby/", b"/api/rooms/", b"/api/rooms/lobby/messages", b"/", b"/static/chat/main.js"):
        answer = request(misconfigured.port, path, b"Host: " + host)
        assert answer.startswith(b"HTTP/1.1 400"), path
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"evil.example" not in head, "no redirect and no cookie for it"
        assert b"no-store" in head, "no cache shows to others what it says"
        assert body.count(b"evil.example") == 1, "in the sentence that names it, and in no link"
        assert not re.search(rb'="[^"]*evil', body)
        tally("refused entries")


def form_urls() -> list[str]:
    """Every URL that could accept a form."""
    named = [str(pattern.pattern) for pattern in get_resolver("chat.urls").url_patterns]
    rooms = [re.sub("<str:room>|<room:room>", "lobby", name) for name in named]
    return ["/" + re.sub("<(int|id):[a-z_]+>", "1", name) for name in rooms]


@pytest.mark.promise
@pytest.mark.parametrize("path", form_urls())
def test_forms_are_accepted_only_from_pages_of_this_site(
    misconfigured: MisconfiguredServer, path: str, tally: Tally
) -> None:
    before, fields = files_below(misconfigured.storage), {"name": "made by another site", "username": "mallory"}
    cookies = cookie_headers(misconfigured)["Cookie"]
    wrong: list[dict[str, str]] = [{}, {"Cookie": cookies}, {"Cookie": cookies, "X-CSRFToken": "a" * 64}]
    answers = [
        fetch(misconfigured.url + path, "POST", headers={**FORM, **more}, body=urlencode(fields)) for more in wrong
    ]
    answers += [post_form(misconfigured, path, fields, Origin=origin) for origin in ("http://evil.example", "null")]
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answers.append(fetch(misconfigured.url + path, method, headers={**FORM, "Cookie": cookies}))
    for answer in answers:
        assert answer.status in {403, 405}
        assert not [cookie for cookie in answer.headers.get_all("Set-Cookie", []) if "chatsite_author" in cookie]
        tally("refused entries")
    assert files_below(misconfigured.storage) == before


@pytest.mark.promise
def test_cookies_are_out_of_reach_of_scripts_other_sites_and_eavesdroppers(
    misconfigured: MisconfiguredServer, behind_https: MisconfiguredServer, tally: Tally
) -> None:
    by_https = {"X-Forwarded-Proto": "https"}
    for one, headers, flags, author in (
        (misconfigured, {}, {"HttpOnly", "SameSite=Lax"}, "chatsite_author"),
        (behind_https, by_https, {"Secure"}, "__Host-chatsite_author"),
    ):
        cookies = fetch(one.url + "/chat/lobby/", headers=headers).headers.get_all("Set-Cookie", [])
        assert {cookie.partition("=")[0] for cookie in cookies} == {author, "csrftoken"}
        for cookie in cookies:
            parts = {part.strip() for part in cookie.split(";")}
            assert parts >= flags | {"HttpOnly", "SameSite=Lax", "Path=/"}
            assert not any(part.startswith("Domain") for part in parts)
            tally("cookies")
    assert fetch(behind_https.url + "/chat/lobby/").status == 301
    assert not fetch(behind_https.url + "/chat/lobby/").headers.get_all("Set-Cookie")


# Identity


@pytest.mark.promise
async def test_a_forged_cookie_gives_no_other_identity(misconfigured: MisconfiguredServer, tally: Tally) -> None:
    ada, bob = [(await asyncio.to_thread(cookie_headers, misconfigured))["Cookie"] for _ in range(2)]
    value, other = ada.split("chatsite_author=")[1].split(";")[0], bob.split("chatsite_author=")[1].split(";")[0]
    async with Client(misconfigured.ws_url, headers={"Cookie": ada}) as real:
        author = real.welcome["you"]["author"]
    async with Client(misconfigured.ws_url, headers={"Cookie": ada}) as again:
        assert again.welcome["you"]["author"] == author, "the cookie is who somebody is"
    body, time, signature = value.split(":")
    other_body, other_time, other_signature = other.split(":")
    forged = [
        f"{body}:{time}:{other_signature}",
        f"{body}:{other_time}:{signature}x",
        f"{body}:{time}:",
        f"{body}:{time}",
    ]
    forged += [f"{other_body}:{time}:{signature}", f"{body}:{time}:{signature[:-1]}", f".{value}", f"{value}:{value}"]
    forged += [
        author,
        f'["{author}","ada"]',
        f"{body[:-2]}:{time}:{signature}",
        f"{body}:zzzzzz:{signature}",
        f" {value[1:]}",
    ]
    for wrong in forged:
        async with Client(misconfigured.ws_url, headers={"Cookie": f"chatsite_author={wrong}"}) as charlie:
            assert charlie.welcome["you"]["author"] != author, wrong
        tally("refused entries")


@pytest.mark.promise
async def test_a_claim_in_a_frame_gives_no_other_identity(misconfigured: MisconfiguredServer, tally: Tally) -> None:
    async with Client(misconfigured.ws_url, "who", username="ada") as ada:
        me = ada.welcome["you"]["author"]
        said = await ada.say("mine", client_id="c-1")
        async with Client(misconfigured.ws_url, "who", username="ada", author=me, you=me) as charlie:
            assert charlie.welcome["you"]["author"] != me
            assert charlie.welcome["you"]["username"] == "ada-2"
            event = await charlie.say("not mine", client_id="c-2", author=me, username="ada", id=2, timestamp="x")
            assert (event["author"], event["username"]) == (charlie.welcome["you"]["author"], "ada-2")
            repeat = await charlie.say("same mark", client_id="c-1")
            assert (repeat["author"] == me, repeat["id"] > said["id"]) == (False, True), "a mark is its author's alone"
            await charlie.send(type="rename", username="ada", author=me)
            assert (await charlie.say("still", client_id="c-3"))["username"] == "ada-2"
    answer = await asyncio.to_thread(
        post_form, misconfigured, "/name/", {"username": "ada", "author": me}, Accept="application/json"
    )
    assert answer.json()["author"] != me
    tally("refused entries", 5)


@pytest.mark.promise
async def test_an_id_of_another_room_opens_nothing(misconfigured: MisconfiguredServer, tally: Tally) -> None:
    async with (
        Client(misconfigured.ws_url, "mine", username="ada") as ada,
        Client(misconfigured.ws_url, "yours") as charlie,
    ):
        ids = [(await ada.say(f"{SECRET} {number}"))["id"] for number in range(5)]
        await charlie.say("here")
        error = await charlie.say("an answer", reply_to=ids[-1])
        assert error["code"] == "not_found"
        for where in (
            {"after": ids[0]},
            {"before": ids[-1] + 1},
            {"after": 0},
            {"room": "mine"},
            {"before": 2**53 - 1},
        ):
            await charlie.send(type="history", **where)
            page = await charlie.receive("history")
            assert SECRET not in str(page)
            tally("refused entries")
        for since in (1, ids[-1]):
            async with Client(misconfigured.ws_url, "yours", since=since, epoch=ada.welcome["epoch"]) as again:
                assert again.welcome.get("reset") is True
                assert SECRET not in str(await again.receive("history"))
        answer = await asyncio.to_thread(
            fetch, f"{misconfigured.url}/api/rooms/yours/messages?after={ids[0]}&room=mine"
        )
        assert SECRET not in answer.text
    tally("refused entries", 4)
