"""Floods of frames, connections and requests, from one connection and from one address."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from chat import consumers
from chat.conf import Conf
from chat.entrance import limits
from chat.entrance.limits import ADDRESS_FACTOR, FRAME_RATE_FACTOR, MAX_RATE_ERRORS, ROOM_BURST
from chat.rooms.history_renderer import QueueKey
from chat.rooms.hub import Hub
from chat.storage.json_files.store import JsonFileStore
from chat.text.markup import message_weight
from tests.chat.conftest import HubWith
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import TIME_LIMIT, until
from tests.support.core.room_actions import open_room
from tests.support.core.virtual_time_loop import virtual_time
from tests.support.effort import Tally, effort

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"
EXPENSIVE = "*a* " * 1000
TINY_RATE = 0.001  # messages per second: no bucket refills while a test runs


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_DELAY_SECONDS", 0.05)


async def join_all(stack: AsyncExitStack, hub: Hub, count: int, **options: Any) -> list[WebSocketClient]:
    """So many clients, joined one after the other."""
    people = [await stack.enter_async_context(WebSocketClient(hub, **options)) for _ in range(count)]
    for one in people:
        await one.receive("welcome")
    return people


async def answer_to(client: WebSocketClient, **frame: Any) -> str:
    """The answer to a ping, or to a frame that is refused: `pong`, or the code of an error."""
    await client.send(**frame)
    while (frame := await client.receive())["type"] not in {"pong", "error"}:
        pass
    return str(frame.get("code", frame["type"]))


# Frames


@pytest.mark.promise
@pytest.mark.parametrize("kind", ["message", "typing", "history", "rename"])
async def test_the_connections_of_one_address_share_what_ten_of_them_may_send(
    hub_with: HubWith, kind: str, tally: Tally
) -> None:
    hub, burst = hub_with(rate=TINY_RATE, rate_burst=3), 3
    frame = {"message": {"message": "hi"}, "rename": {"username": "ada"}}.get(kind, {})
    async with AsyncExitStack() as stack:
        people = await join_all(stack, hub, ADDRESS_FACTOR + 1, address=CHARLIE)
        (ada,) = await join_all(stack, hub, 1, address=ADA)
        for one in people[:ADDRESS_FACTOR]:
            for _ in range(burst):
                await one.send(type=kind, **frame)
            assert await answer_to(one, type="ping") == "pong", "all of it was taken"
        await people[-1].send(type=kind, **frame)
        assert await answer_to(people[-1], type="ping") == "rate_limited", "one more of the same address"
        assert (await ada.say("from elsewhere"))["type"] == "message"
    tally("floods")


@pytest.mark.promise
async def test_what_an_address_has_stored_counts_in_every_room_and_for_nobody_else(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setitem(vars(limits.STORED), "address", lambda conf: (TINY_RATE, 10))
    hub = hub_with()
    async with (
        WebSocketClient(hub, address="203.0.113.7") as ada,
        WebSocketClient(hub, "other", address="203.0.113.7") as bob,
        WebSocketClient(hub, address="192.0.2.1") as charlie,
    ):
        assert [(await ada.say(f"{number}" * 4000))["type"] for number in range(3)] == ["message"] * 3
        refused = await bob.say("hi")
        assert (refused["code"], refused["retry"]) == ("rate_limited", True)
        assert (await charlie.say("hi"))["type"] == "message"
    tally("floods")


@pytest.mark.promise
async def test_who_has_used_up_their_stored_bytes_can_delete_what_they_have_said(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """Regression: a delete had to wait until the bytes of the messages were paid back."""
    monkeypatch.setitem(vars(limits.STORED), "address", lambda conf: (TINY_RATE, 10))
    async with WebSocketClient(hub_with()) as ada:
        said = [await ada.say(f"{number}" * 4000) for number in range(3)]
        assert (await ada.say("hi"))["code"] == "rate_limited"
        await ada.send(type="delete", id=said[0]["id"])
        assert (await ada.receive("delete"))["target"] == said[0]["id"]
    tally("floods")


@pytest.mark.promise
async def test_a_message_that_is_expensive_to_render_counts_as_several(hub_with: HubWith, tally: Tally) -> None:
    hub = hub_with(rate=TINY_RATE, rate_burst=message_weight(EXPENSIVE) + 4)
    async with WebSocketClient(hub) as ada:
        assert (await ada.say(EXPENSIVE))["type"] == "message"
        assert [(await ada.say(word))["type"] for word in "abc"] == ["message"] * 3
        assert (await ada.say(EXPENSIVE, client_id="again"))["type"] == "message", "as long as there is one left"
        refused = await ada.say("d")
        assert refused["code"] == "rate_limited"
        assert refused["retry_after"] == pytest.approx(message_weight(EXPENSIVE) / TINY_RATE, rel=0.01)
    tally("floods")


@pytest.mark.promise
async def test_pings_and_invalid_frames_are_limited_for_a_connection_and_for_its_address(
    hub_with: HubWith, tally: Tally
) -> None:
    hub = hub_with(rate=TINY_RATE, rate_burst=2)
    async with AsyncExitStack() as stack:
        people = await join_all(stack, hub, ADDRESS_FACTOR + 1, address=CHARLIE)
        answers = [await answer_to(people[0], type="ping") for _ in range(2 * FRAME_RATE_FACTOR + 1)]
        assert answers == ["pong"] * 2 * FRAME_RATE_FACTOR + ["rate_limited"]
        answers = [await answer_to(people[1], text="nonsense" if n % 3 else '{"type":"ping"}') for n in range(30)]
        assert answers[2 * FRAME_RATE_FACTOR :] == ["rate_limited"] * 10
        for one in people[2:ADDRESS_FACTOR]:
            for _ in range(2 * FRAME_RATE_FACTOR):
                await one.send(type="ping")
            for _ in range(2 * FRAME_RATE_FACTOR):
                await one.receive("pong")
        assert await answer_to(people[-1], type="ping") == "rate_limited"
    tally("floods", 3)


@pytest.mark.promise
async def test_reconnecting_does_not_refill_the_buckets(hub_with: HubWith, tally: Tally) -> None:
    hub, said = hub_with(rate=TINY_RATE, rate_burst=2), 0
    for _ in range(ADDRESS_FACTOR + 3):
        async with WebSocketClient(hub, address=CHARLIE) as charlie:
            await charlie.receive("welcome")
            said += [(await charlie.say(text))["type"] for text in ("a", "b")].count("message")
    assert said == ADDRESS_FACTOR * 2
    tally("floods")


@pytest.mark.promise
def test_a_client_that_waits_as_told_gets_every_message_stored_in_order(conf: Conf, tally: Tally) -> None:
    with virtual_time() as loop:  # on a slow machine there would be nothing to wait for
        loop.run_until_complete(_wait_as_told(Hub(JsonFileStore(conf.storage_dir), replace(conf, rate_burst=1))))
    tally("floods")


async def _wait_as_told(hub: Hub) -> None:
    async with WebSocketClient(hub) as ada:
        waits = 0
        for number in range(8):
            answer = await ada.say(str(number))
            if answer["type"] == "error":
                assert (answer["code"], answer["retry"]) == ("rate_limited", True)
                await asyncio.sleep(answer["retry_after"])
                waits += 1
                assert (await ada.say(str(number)))["type"] == "message", "the time to wait was the right one"
        assert waits
    texts = [frame["message"] for frame in ada.frames if frame.get("type") == "message"]
    assert texts == [str(number) for number in range(8)]
    await hub.close()


# Connections


@pytest.mark.promise
async def test_the_connections_of_an_address_are_limited_and_the_error_says_so(hub_with: HubWith, tally: Tally) -> None:
    hub = hub_with(max_connections_per_address=3)
    async with AsyncExitStack() as stack:
        people = await join_all(stack, hub, 3, address=CHARLIE)
        for _ in range(effort(5, torture=100)):
            async with WebSocketClient(hub, address=CHARLIE) as fourth:
                assert fourth.accepted
                error = await fourth.receive()
                assert (error["code"], error["retry"]) == ("too_many_connections", True)
                assert await fourth.close_code() == 4010
            tally("refused entries")
        await join_all(stack, hub, 1, address=ADA)
        assert len((await open_room(hub, "lobby")).people) == 4
        people[0]._socket.future.cancel()
        await until(lambda: _open(hub, CHARLIE) == 2)
        await join_all(stack, hub, 1, address=CHARLIE)
    await until(lambda: _open(hub, CHARLIE) == _open(hub, ADA) == 0)


def _open(hub: Hub, address: str) -> int:
    return hub.address_limiters.get(address, time.monotonic()).connections


async def test_a_limit_of_zero_connections_is_no_limit(hub_with: HubWith) -> None:
    async with AsyncExitStack() as stack:
        assert len(await join_all(stack, hub_with(max_connections_per_address=0), 30)) == 30


@pytest.mark.promise
async def test_an_address_that_joins_too_fast_waits_and_then_is_refused(hub_with: HubWith, tally: Tally) -> None:
    hub = hub_with(rate=TINY_RATE, rate_burst=1)
    async with AsyncExitStack() as stack:
        await join_all(stack, hub, ADDRESS_FACTOR, address=CHARLIE)
        async with WebSocketClient(hub, address=CHARLIE) as one_more:
            error = await one_more.receive()
            assert (error["code"], error["retry"]) == ("rate_limited", True)
            assert await one_more.close_code() == 4009
        await join_all(stack, hub, 1, address=ADA)
        assert _open(hub, CHARLIE) == ADDRESS_FACTOR
    tally("refused entries")


async def test_clients_that_reconnect_together_are_admitted_one_after_the_other(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart of the server all clients of an office connect in the same second."""
    monkeypatch.setattr(limits, "MAX_DELAY_SECONDS", 3.0)
    hub = hub_with(rate=20.0, rate_burst=1)
    async with AsyncExitStack() as stack:
        people = [WebSocketClient(hub, address=ADA) for _ in range(3 * ADDRESS_FACTOR)]
        await asyncio.gather(*(stack.enter_async_context(one) for one in people))
        assert [(await one.receive())["type"] for one in people] == ["welcome"] * 3 * ADDRESS_FACTOR


@pytest.mark.promise
async def test_a_flood_is_closed_and_its_address_is_blocked_for_a_while(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr(consumers, "FLOOD_BLOCK_SECONDS", TIME_LIMIT)
    hub = hub_with(rate=TINY_RATE, rate_burst=1)
    async with WebSocketClient(hub, address=CHARLIE) as charlie:
        await charlie.receive("welcome")
        for _ in range(MAX_RATE_ERRORS + 10):
            await charlie.send(type="typing")
        assert await charlie.close_code() == 4009
        await charlie.send(type="message", message="after all that")
        async with WebSocketClient(hub, address=CHARLIE) as again:
            error = await again.receive()
            assert error["code"] == "rate_limited"
            assert 0 < error["retry_after"] <= TIME_LIMIT + 0.1
            assert await again.close_code() == 4009
        async with WebSocketClient(hub, address=ADA) as ada:
            assert (await ada.say("nobody else waits"))["id"] == 2, "and what came after the close was not stored"
    tally("floods")


# Requests


@pytest.mark.promise
@pytest.mark.parametrize(
    "path", ["/chat/lobby/", "/api/rooms/", "/api/rooms/lobby/messages", "/nowhere", "/static/nothing"]
)
async def test_the_requests_of_an_address_are_limited(hub_with: HubWith, path: str, tally: Tally) -> None:
    """Static files are not limited. A URL like a file's, without a file, was not either: each is a whole error page."""
    hub = hub_with(rate=TINY_RATE, rate_burst=1)
    http_client = HttpClient(hub, address=CHARLIE)
    answers = [await http_client.get(path) for _ in range(ADDRESS_FACTOR + 5)]
    refused = [answer for answer in answers if answer.status == 429]
    assert answers[ADDRESS_FACTOR:] == refused
    assert int(refused[0].headers["retry-after"]) > 1
    assert "content-security-policy" in refused[0].headers
    answer = await http_client.get(path, accept="application/json")
    assert (answer.status, answer.json()["error"]["code"]) == (429, "rate_limited")
    assert (await http_client.get("/static/chat/main.js")).status == 200, "a page has dozens of these"
    assert (await http_client.get("/healthz")).status == 200
    assert (await HttpClient(hub, address=ADA).get(path)).status != 429
    tally("floods")


@pytest.mark.promise
async def test_static_files_of_an_unknown_host_are_limited_too(hub_with: HubWith, tally: Tally) -> None:
    """They are refused with a page, which counts like any other."""
    http_client = HttpClient(hub_with(rate=TINY_RATE, rate_burst=1), host="evil.example", address=CHARLIE)
    statuses = [(await http_client.get("/static/chat/main.js")).status for _ in range(ADDRESS_FACTOR + 1)]
    assert statuses == [400] * ADDRESS_FACTOR + [429]
    tally("floods")


@pytest.mark.promise
async def test_changes_of_the_username_are_limited(hub_with: HubWith, tally: Tally) -> None:
    hub = hub_with(rate=TINY_RATE, rate_burst=1)
    http_client = HttpClient(hub, address=CHARLIE)
    await http_client.get("/chat/lobby/")
    statuses = [(await http_client.post("/name/", {"username": f"n {n}"})).status for n in range(ADDRESS_FACTOR)]
    assert statuses == [302] * (ADDRESS_FACTOR - 1) + [429]
    tally("floods")


# No limit at all


@pytest.mark.promise
async def test_a_rate_of_nothing_turns_every_rate_limit_off(hub_with: HubWith, tally: Tally) -> None:
    hub = hub_with(rate=0.0, rate_burst=1)
    http_client = HttpClient(hub)
    await http_client.get("/chat/lobby/")
    for number in range(ROOM_BURST + 5):
        async with WebSocketClient(hub, f"room-{number}") as ada:
            assert [(await ada.say(text))["type"] for text in "abc"] == ["message"] * 3
        assert (await http_client.get("/api/rooms/")).status == 200
        assert (await http_client.post("/chat/", {"name": f"Form {number}"})).status == 302
    tally("floods")


# Reading


async def test_readers_are_queued_by_their_address(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, joins, history and API: joins are in one queue, requests for more in another."""
    readers: list[QueueKey] = []
    render = hub._renderer.render

    async def recorded(events: Iterator[Any], reader: QueueKey) -> list[Any]:
        readers.append(reader)
        return await render(events, reader)

    monkeypatch.setattr(hub._renderer, "render", recorded)
    await HttpClient(hub, address=CHARLIE).get("/chat/lobby/")
    async with WebSocketClient(hub, address=CHARLIE, since=99) as client:
        await client.receive("history")
        await client.send(type="history")
        await client.receive("history")
    await HttpClient(hub, address=ADA).get("/api/rooms/lobby/messages")
    assert readers == [*2 * [QueueKey(CHARLIE, joining=True)], QueueKey(CHARLIE), QueueKey(ADA)]


@pytest.mark.promise
async def test_amendments_count_like_messages(hub_with: HubWith, tally: Tally) -> None:
    """Each is an action, the text of an edit costs what that of a message does, and each takes of the disk's share."""
    hub = hub_with(rate=TINY_RATE, rate_burst=message_weight(EXPENSIVE) + 4)
    async with WebSocketClient(hub) as ada:
        await ada.say("one")
        await ada.send(type="react", id=2, emoji=":wave:", on=True)
        await ada.send(type="topic", topic="tea")
        await ada.send(type="delete", id=99)
        assert (await ada.receive("error"))["code"] == "not_found"
        await ada.send(type="edit", id=2, message=EXPENSIVE)
        await ada.receive("edit")
        await ada.send(type="delete", id=2, client_id="d")
        refused = await ada.receive("error")
        assert (refused["code"], refused["client_id"]) == ("rate_limited", "d")
    tally("floods")
