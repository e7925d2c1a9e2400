"""Open WebSockets through silence, reloads and restarts of proxies. All proxies at a time, because these tests wait."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT, LiveServer
from tests.support.proxies.kinds import PROXIES
from tests.support.proxies.proxy import ProxyServer
from tests.support.servers.history_checker import violations
from tests.support.servers.pinging_server import PingCounter, pinging_server
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    histories,
    records,
    running,
    wait_until_delivered,
)

pytestmark = pytest.mark.promise
INSTALLED = [kind for kind in PROXIES if kind.path()]
BEHIND_A_PROXY = {**NO_LIMITS, "CHAT_TRUSTED_PROXIES": "1"}
PING_SECONDS = 0.5
PINGS = 16  # for twice the idle timeout of a test
SILENCE_TIMEOUT_SECONDS = 5  # after which a client gives up


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


# Silence


async def test_pings_keep_a_websocket_open_and_silence_does_not() -> None:
    """Without the second part the first could pass with a timeout that is not in force.

    While a proxy starts or ends the loop stands still, and sends no pings: so all start before the first client comes.
    """
    async with pinging_server(PING_SECONDS) as pinging, pinging_server(None) as silent:
        with ExitStack() as stack:
            proxies = [stack.enter_context(kind(pinging, kind.idle_change())) for kind in INSTALLED]
            with_timeout = [kind for kind in INSTALLED if kind.idle_timeout]
            silenced = [stack.enter_context(kind(silent, kind.idle_change())) for kind in with_timeout]
            async with asyncio.TaskGroup() as group:
                for proxy in proxies:
                    group.create_task(stays_open(proxy))
                for proxy in silenced:
                    group.create_task(is_closed(proxy))


async def stays_open(proxy: ProxyServer) -> None:
    async with through(proxy) as client:
        await until(lambda: client.pings >= PINGS, f"{proxy.name} passes {PINGS} pings")
        await client.send("hello")
        assert await client.recv() == "hello", proxy.name


async def is_closed(proxy: ProxyServer) -> None:
    async with through(proxy) as client, asyncio.timeout(TIME_LIMIT):
        await client.wait_closed()
        assert client.close_code == 1006, proxy.name


@asynccontextmanager
async def through(proxy: ProxyServer) -> AsyncIterator[PingCounter]:
    """A client of its own that never pings."""
    url = f"{proxy.ws_url}/ws/chat/lobby/"
    async with connect(url, proxy=None, ping_interval=None, create_connection=PingCounter) as client:
        assert isinstance(client, PingCounter)
        yield client


# Reloads and restarts


class Site:
    """A proxy, and clients that talk through it in a room of their own."""

    def __init__(self, proxy: ProxyServer, cookies: Sequence[dict[str, str]]) -> None:
        self.proxy = proxy
        self.room = proxy.program.replace("_", "-")
        names = [f"{proxy.name} {number}" for number in range(len(cookies))]
        self.clients = [
            ReconnectingClient(proxy.ws_url, self.room, name, cookie, silence_timeout=SILENCE_TIMEOUT_SECONDS)
            for name, cookie in zip(names, cookies, strict=True)
        ]
        for client in self.clients:
            client.max_unacknowledged = 2  # the connections are what is tried, not the speed

    @property
    def acknowledged(self) -> int:
        """Messages of the client that has the fewest."""
        return min(len(client.history.acknowledged) for client in self.clients)

    @property
    def broken_connections(self) -> int:
        return sum(client.broken_connections for client in self.clients)


async def test_nothing_is_lost_when_a_proxy_or_the_server_starts_anew(storage: Path, tally: Tally) -> None:
    asyncio.get_running_loop().set_debug(False)  # it makes clients slow
    with LiveServer(storage, "serve", BEHIND_A_PROXY) as server, ExitStack() as stack:
        cookies = [await asyncio.to_thread(cookie_headers, server) for _ in range(2)]
        sites = [Site(stack.enter_context(kind(server.port)), cookies) for kind in INSTALLED]
        clients = [client for site in sites for client in site.clients]
        async with running(clients):
            await talking(sites)
            for _ in range(effort(1, torture=3)):
                await restart_the_proxies(sites, tally)
                await restart_the_server(sites, server, tally)
                await reload_the_proxies([site for site in sites if site.proxy.is_shipped], tally)
            for site in sites:
                await wait_until_delivered(site.clients)
        for site in sites:
            assert violations(histories(site.clients), records(storage, site.room)) == [], site.proxy.name


async def talking(sites: Sequence[Site]) -> None:
    """Wait until each client has had an acknowledgement since now."""
    for site in sites:
        count = site.acknowledged
        await until(lambda site=site, count=count: site.acknowledged > count, f"people talk through {site.proxy.name}")


async def restart_the_proxies(sites: Sequence[Site], tally: Tally) -> None:
    for stop in (ProxyServer.terminate, ProxyServer.kill):

        def restart(proxy: ProxyServer, stop: Callable[[ProxyServer], None] = stop) -> None:
            stop(proxy)
            proxy.start()

        await asyncio.gather(*[asyncio.to_thread(restart, site.proxy) for site in sites])
        await talking(sites)
        tally("restarts of proxies", len(sites))


async def restart_the_server(sites: Sequence[Site], server: LiveServer, tally: Tally) -> None:
    for stop in (server.terminate, server.kill):
        await asyncio.to_thread(stop)
        await asyncio.to_thread(server.start)
        await talking(sites)
        tally("restarts of servers behind proxies", len(sites))


async def reload_the_proxies(sites: Sequence[Site], tally: Tally) -> None:
    broken = {site: site.broken_connections for site in sites}
    await asyncio.gather(*[asyncio.to_thread(site.proxy.reload) for site in sites])
    await talking(sites)
    for site in sites:
        if not site.proxy.may_cut_on_reload:
            assert site.broken_connections == broken[site], site.proxy.name
    tally("reloads of proxies", len(sites))
