"""The form that posts a message without scripts: the rules of the WebSocket, and nothing typed is lost."""

import asyncio
import html
import re
from typing import Any

import pytest
from django.conf import settings

from chat.entrance.identity import COOKIE, from_cookie
from chat.rooms import single_post
from chat.rooms.hub import Hub
from chat.storage import StorageUnavailable
from tests.chat.conftest import HubWith
from tests.support.core.asgi_clients import HttpClient, Response, WebSocketClient

POST = "/chat/lobby/message/"


async def enter(client: HttpClient, name: str = "ada") -> str:
    """Choose a name as the page without scripts does; the nonce of its form."""
    await client.get("/chat/lobby/")
    await client.post("/name/", {"username": name, "next": "/chat/lobby/"})
    return field(await client.get("/chat/lobby/"), "nonce")


def field(page: Response, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="(.*?)"', page.text)
    return html.unescape(value)


def texts(page: Response) -> list[str]:
    return re.findall(r'<div class="message__body.*?<p dir="auto">(.*?)</p></div>', page.text)


async def say(client: HttpClient, nonce: str, message: str, username: str = "ada", **headers: str) -> Response:
    return await client.post(POST, {"message": message, "username": username, "nonce": nonce}, **headers)


async def test_a_message_is_posted_and_the_redirect_leads_to_it(hub: Hub, http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    async with WebSocketClient(hub, username="bob") as bob:
        answer = await say(http_client, nonce, "hello\r\n*world*\r\n")
        event = await bob.receive("message")
    assert (event["username"], event["message"]) == ("ada", "hello\n*world*")
    assert (answer.status, answer.headers["location"]) == (302, f"/chat/lobby/{event['id']}#message-{event['id']}")
    page = await http_client.get(f"/chat/lobby/{event['id']}")
    assert f'id="message-{event["id"]}"' in page.text
    assert len(list((await hub.open_rooms.open("lobby")).connections)) == 0


async def test_a_form_that_is_sent_twice_posts_once_but_another_text_is_another_message(
    http_client: HttpClient,
) -> None:
    """A text browser goes back to the form as it was: with the same hidden fields, to write the next message."""
    nonce = await enter(http_client)
    answers = [await say(http_client, nonce, text) for text in ("one", "one", "two", "one")]
    assert {answer.status for answer in answers} == {302}
    assert [answer.headers["location"].split("#")[1] for answer in answers] == [
        "message-2",
        "message-2",
        "message-3",
        "message-2",
    ]
    assert texts(await http_client.get("/chat/lobby/")) == ["one", "two"]


async def test_a_form_sent_twice_at_once_posts_once(http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    answers = await asyncio.gather(*(say(http_client, nonce, "one") for _ in range(5)))
    assert {answer.headers["location"] for answer in answers} == {"/chat/lobby/2#message-2"}


async def test_a_message_that_the_newest_page_does_not_show_is_found_on_an_older_one(
    hub: Hub, http_client: HttpClient
) -> None:
    nonce = await enter(http_client)
    first = await say(http_client, nonce, "first")
    async with WebSocketClient(hub, username="bob") as bob:
        for number in range(60):
            await bob.say(f"message {number}")
    again = await say(http_client, nonce, "first")
    assert first.headers["location"] == again.headers["location"] == "/chat/lobby/2#message-2"
    assert texts(await http_client.get("/chat/lobby/2"))[0] == "first"


@pytest.mark.parametrize(
    ("message", "username", "reason"),
    [
        (" \r\n ", "ada", "at least one character"),
        ("<x-mark>" * 600, "ada", "can have 4000 characters"),
        ("a\x07b", "ada", "Control characters"),
        ("hello", " ", "name"),
        ("hello", "x" * 33, "name"),
    ],
)
async def test_a_refused_message_is_shown_again_with_the_reason(
    http_client: HttpClient, message: str, username: str, reason: str
) -> None:
    nonce = await enter(http_client)
    answer = await say(http_client, nonce, message, username)
    assert answer.status == 400
    assert "no-store" in answer.headers["cache-control"]
    (problem,) = re.findall(r'id="composer-problem".*?>(.*?)</p>', answer.text)
    assert reason in html.unescape(problem)
    (kept,) = re.findall(r"<textarea.*?>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert html.unescape(kept) == message
    assert field(answer, "nonce") == nonce, "sent again it is the same message"
    assert "<x-mark" not in answer.text
    assert texts(await http_client.get("/chat/lobby/")) == []


async def test_the_name_in_the_form_is_kept_in_the_cookie(http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    await say(http_client, nonce, "hello", "Ada Lovelace")
    identity = from_cookie(http_client.cookies[COOKIE].strip('"'))
    assert identity is not None
    assert identity.username == "Ada Lovelace"
    assert field(await http_client.get("/chat/lobby/"), "username") == "Ada Lovelace"


async def test_nobody_speaks_under_the_name_of_somebody_who_is_there(hub: Hub, http_client: HttpClient) -> None:
    nonce = await enter(http_client, "Bob")
    async with WebSocketClient(hub, username="bob") as bob:
        await say(http_client, nonce, "I am bob", "Bob")
        assert (await bob.receive("message"))["username"] == "Bob-2"
    await say(http_client, nonce, "the owner", "chatsite")
    assert "chatsite-2" in (await http_client.get("/chat/lobby/")).text


async def test_a_form_without_its_csrf_token_posts_nothing(http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    token, http_client.token = http_client.token, "x" * len(http_client.token)
    assert (await say(http_client, nonce, "hello")).status == 403
    http_client.token = token
    assert texts(await http_client.get("/chat/lobby/")) == []


async def test_the_limits_of_the_address_hold(hub_with: HubWith) -> None:
    """It has no connection; so what many connections of one address may do together is what it may do."""
    client = HttpClient(hub_with(rate=0.1, rate_burst=1))
    await client.get("/chat/lobby/")
    answers = [await say(client, str(number), f"message {number}") for number in range(7)]
    assert {answer.status for answer in answers} <= {302, 429}
    hub = hub_with(rate=0.01, rate_burst=100)
    client, expensive = HttpClient(hub), "**a** " * 600
    await client.get("/chat/lobby/")
    statuses = [(await say(client, str(number), expensive)).status for number in range(200)]
    assert 429 in statuses
    refused = await say(client, "last", expensive)
    assert (refused.status, int(refused.headers["retry-after"]) > 0) == (429, True)


async def test_a_disk_that_refuses_is_told_and_the_text_is_kept(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonce = await enter(http_client)
    room = await hub.open_rooms.open("lobby")

    def refuse(*_: Any) -> None:
        raise StorageUnavailable("lobby", "no space")

    with monkeypatch.context() as patched:
        patched.setattr(room.log, "append", refuse)
        answer = await say(http_client, nonce, "hello")
    assert (answer.status, "hello</textarea>" in answer.text) == (503, True)
    assert (await say(http_client, nonce, "hello")).status == 302


async def test_a_disk_that_hangs_is_not_waited_for_for_ever(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_post, "ANSWER_SECONDS", 0.01)
    nonce = await enter(http_client)
    room = await hub.open_rooms.open("lobby")
    with monkeypatch.context() as patched:
        patched.setattr(room.group_commit, "enqueue", lambda *_: True)
        answer = await say(http_client, nonce, "hello")
    assert (answer.status, "hello</textarea>" in answer.text) == (503, True)
    assert len(list(room.connections)) == 0


async def test_a_server_that_stops_says_so(hub: Hub, http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    (await hub.open_rooms.open("lobby")).shutting_down = True
    answer = await say(http_client, nonce, "hello")
    assert (answer.status, "about to stop" in answer.text) == (503, True)


async def test_an_address_that_looks_like_another_room_is_not_posted_to(hub: Hub, http_client: HttpClient) -> None:
    await enter(http_client)
    answer = await http_client.post("/chat/1obby/message/", {"message": "hello", "username": "ada", "nonce": "n"})
    assert (answer.status, "the name of another room" in answer.text) == (400, True)


async def test_the_form_posts_what_is_shown_while_scripts_load(http_client: HttpClient) -> None:
    """Somebody who types before main.js has run may press Send: the form is a form."""
    await enter(http_client)
    page = (await http_client.get("/chat/lobby/")).text
    form = page.split('id="composer"')[1].split("</form>")[0]
    assert f'action="{POST}"' in form
    assert "disabled" not in form
    assert settings.CSRF_COOKIE_HTTPONLY


async def test_a_form_can_answer_a_message(hub: Hub, http_client: HttpClient) -> None:
    nonce = await enter(http_client)
    await say(http_client, nonce, "tea?")
    async with WebSocketClient(hub, username="bob", since=2) as bob:
        fields = {"message": "yes", "username": "ada", "nonce": nonce, "reply_to": "2"}
        assert (await http_client.post(POST, fields)).status == 302
        event = await bob.receive("message")
    assert (event["reply_to"], event["reply"]) == (2, {"id": 2, "username": "ada", "excerpt": "tea?"})
    for wrong, status in (("99", 404), ("two", 400), ("9" * 30, 400), ("9" * 5000, 400)):
        refused = await http_client.post(POST, {**fields, "reply_to": wrong})
        assert (refused.status, field(refused, "reply_to")) == (status, wrong)
