"""The limits of an address at a real server: the client address behind a proxy, and no effect on other clients."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.conftest import StoredMessages
from tests.support.effort import Tally, effort
from tests.support.live_server import Client, LiveServer, fetch
from tests.support.servers.misconfigured_server import HOST
from tests.support.servers.raw_http import handshake
from tests.support.servers.server_kinds import NO_RATE_LIMIT

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"
FLOOD = "flood"


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that trusts one proxy: the test, which writes the header."""
    limits = {"CHAT_TRUSTED_PROXIES": "1", "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "2"}
    with LiveServer(tmp_path_factory.mktemp("proxy") / "storage", "serve", {**NO_RATE_LIMIT, **limits}) as server:
        yield server


def join(server: LiveServer, *forwarded: str) -> str:
    """The first frame for a client behind the proxy: `welcome`, or the code of an error."""
    lines = [b"X-Forwarded-For: " + line.encode() for line in forwarded]
    status, answer = handshake(server.port, b"/ws/chat/lobby/", HOST, *lines)
    assert status == 101, answer
    return "welcome" if b'"welcome"' in answer else answer.split(b'"code":"')[1].split(b'"')[0].decode()


@pytest.mark.promise
async def test_a_forged_address_gives_no_additional_connection(behind_a_proxy: LiveServer, tally: Tally) -> None:
    server = behind_a_proxy
    async with AsyncExitStack() as stack:
        for forged in (ADA, "10.0.0.1"):
            headers = {"X-Forwarded-For": f"{forged}, {CHARLIE}"}
            await stack.enter_async_context(Client(server.ws_url, headers=headers))
        forgeries: list[tuple[str, ...]] = [(f"192.0.2.{n}, {CHARLIE}",) for n in range(effort(3, torture=60))]
        forgeries += [
            (ADA, CHARLIE),
            (CHARLIE,),
            (f"{ADA},{CHARLIE}:443",),
            (f"::ffff:{CHARLIE}",),
            (f"{ADA},,{CHARLIE}",),
        ]
        for lines in forgeries:
            assert await asyncio.to_thread(join, server, *lines) == "too_many_connections", lines
            tally("forged addresses")
        assert await asyncio.to_thread(join, server, f"{CHARLIE}, {ADA}") == "welcome", "the proxy names ada"


@pytest.mark.promise
async def test_the_addresses_of_one_ipv6_network_are_one(behind_a_proxy: LiveServer, tally: Tally) -> None:
    server, network = behind_a_proxy, "2001:db8:1:2"
    async with AsyncExitStack() as stack:
        for host in ("::1", ":a:b:c:d"):
            headers = {"X-Forwarded-For": network + host}
            await stack.enter_async_context(Client(server.ws_url, headers=headers))
        for host in ("::2", "::", ":ffff:ffff:ffff:ffff"):
            assert await asyncio.to_thread(join, server, network + host) == "too_many_connections"
            tally("forged addresses")
        assert await asyncio.to_thread(join, server, "2001:db8:1:3::1") == "welcome"


@pytest.mark.promise
def test_pages_are_counted_by_the_same_address(storage: Path, tally: Tally) -> None:
    env = {"CHAT_TRUSTED_PROXIES": "1", "CHAT_RATE": "0.001", "CHAT_RATE_BURST": "1"}
    with LiveServer(storage, "serve", env) as server:
        statuses = [
            fetch(server.url + "/api/rooms/", headers={"X-Forwarded-For": f"192.0.2.{n}, {CHARLIE}"}).status
            for n in range(12)
        ]
        assert statuses == [200] * 10 + [429] * 2
        assert fetch(server.url + "/api/rooms/", headers={"X-Forwarded-For": f"{CHARLIE}, {ADA}"}).status == 200
        tally("forged addresses", 12)


@pytest.mark.promise
async def test_without_a_proxy_the_header_is_not_looked_at(storage: Path, tally: Tally) -> None:
    with LiveServer(storage, "serve", {**NO_RATE_LIMIT, "CHAT_MAX_CONNECTIONS_PER_ADDRESS": "1"}) as server:
        async with Client(server.ws_url, headers={"X-Forwarded-For": CHARLIE}):
            assert await asyncio.to_thread(join, server, ADA) == "too_many_connections"
    tally("forged addresses")


@pytest.mark.promise
async def test_a_flood_that_reconnects_again_and_again_stops_no_other_client(
    storage: Path, stored_messages: StoredMessages, tally: Tally
) -> None:
    # With this rate it is a flood on a slow machine, too: no token comes between two hundred refusals.
    with LiveServer(storage, "serve", {"CHAT_TRUSTED_PROXIES": "1", "CHAT_RATE": "0.1"}) as server:
        async with AsyncExitStack() as stack:
            people = [Client(server.ws_url, headers={"X-Forwarded-For": ADA}, username=f"n {n}") for n in range(5)]
            for one in people:
                await stack.enter_async_context(one)
            # The first is cut, the second comes too early and is refused, the third is cut.
            flooding = asyncio.create_task(flood(server, effort(3, torture=13)))
            texts = [f"talk {number}" for number in range(20)]
            for number, text in enumerate(texts):
                answer = await people[number % 5].say(text)
                assert answer["type"] == "message", answer
            codes = await flooding
            assert set(codes) <= {4009, 1006}, "cut off; who goes on writing may not get to read why"
            assert (await people[0].say("talk on"))["type"] == "message"
            late = Client(server.ws_url, headers={"X-Forwarded-For": ADA})
            await stack.enter_async_context(late)  # joins, although the address of the flood is blocked
            for one in people:
                one.abort()  # a closing handshake would have to wait for unread frames
    assert [message["message"] for message in stored_messages() if message["message"] != FLOOD] == [*texts, "talk on"]
    tally("floods", len(codes))


async def flood(server: LiveServer, times: int) -> list[int]:
    """Send frames as fast as possible until cut, and reconnect immediately; the close code of each connection."""
    codes = []
    for _ in range(times):
        charlie = Client(server.ws_url, headers={"X-Forwarded-For": CHARLIE}, username="charlie")
        try:
            async with charlie:
                with contextlib.suppress(ConnectionClosed):
                    for _ in range(5000):
                        await charlie.send(type="message", message=FLOOD)
                codes.append(await charlie.close_code())
        except ConnectionClosed as closed:  # before the welcome
            codes.append(closed.rcvd.code if closed.rcvd else 1006)
    return codes
