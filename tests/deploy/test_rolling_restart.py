"""A rolling restart behind a real proxy: two processes are drained and replaced in turn, during posting."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.deploy.conftest import each
from tests.server.conftest import cookie_headers
from tests.support.core.doubles import until
from tests.support.effort import Tally, effort
from tests.support.live_server import LiveServer, fetch
from tests.support.proxies.caddy import Caddy
from tests.support.proxies.nginx import Nginx
from tests.support.proxies.proxy import ProxyServer
from tests.support.servers.history_checker import violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    ReconnectingClient,
    histories,
    records,
    running,
    wait_until_delivered,
)

pytestmark = pytest.mark.promise
CLIENTS = 4
DRAIN = {**NO_LIMITS, "CHAT_TRUSTED_PROXIES": "1", "CHAT_DRAIN_SECONDS": "1"}
SILENCE_TIMEOUT_SECONDS = 10
BETWEEN_VISITORS_SECONDS = 0.1
FAIL_TIMEOUT_SECONDS = 2.0  # of the shipped lines: so long nginx leaves out a process that has refused a connection
STORED = """
    select event.id, type, author, client_id, message from chat_event event join chat_room room on room.id = room_id
    where slug = %s order by event.id
"""
Proxy = Callable[[Sequence[int]], ProxyServer]


def nginx(ports: Sequence[int]) -> Nginx:
    """With the lines that the file has as comments."""
    shipped = "server 127.0.0.1:{} max_fails=1 fail_timeout=2s;"
    comments = {f"# {shipped.format(8001 + number)}": shipped.format(port) for number, port in enumerate(ports)}
    return Nginx(ports[0], {f"    {shipped.format(8000)}\n": "", **comments})


def caddy(ports: Sequence[int]) -> Caddy:
    """With the line that the file has as a comment."""
    addresses = " ".join(f"127.0.0.1:{port}" for port in ports)
    return Caddy(ports[0], {"reverse_proxy 127.0.0.1:8000 {": f"reverse_proxy {addresses} {{"})


PROXIES: dict[type[ProxyServer], Proxy] = {Nginx: nginx, Caddy: caddy}


@pytest.fixture(params=each([Nginx, *effort([], torture=[Caddy])]))
def proxy(request: pytest.FixtureRequest) -> Proxy:
    return PROXIES[request.param]


@dataclass
class Site:
    """Two processes that share their rooms, and what they have stored."""

    servers: list[LiveServer]
    database_url: str = ""

    def records(self, room: str) -> list[dict[str, Any]]:
        """What the checker needs of them."""
        if not self.database_url:
            return records(self.servers[0].storage, room)
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(STORED, [room]).fetchall()


@pytest.fixture(params=["database", *effort([], torture=["files"])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    env, url = DRAIN, ""
    if request.param == "database":
        postgres, redis = (request.getfixturevalue(name) for name in ("postgres", "redis"))
        url = postgres.new_database()
        env = {**DRAIN, "CHAT_STORAGE": "database", "DATABASE_URL": url, "REDIS_URL": redis.url}
    with ExitStack() as stack:
        yield Site([stack.enter_context(LiveServer(tmp_path / "storage", "serve", env)) for _ in range(2)], url)


async def test_a_rolling_restart_loses_and_duplicates_nothing(site: Site, proxy: Proxy, tally: Tally) -> None:
    servers = site.servers
    with proxy([server.port for server in servers]) as balancer:
        cookies = [await asyncio.to_thread(cookie_headers, servers[0]) for _ in range(CLIENTS)]
        clients = [
            ReconnectingClient(
                balancer.ws_url, "lobby", f"client-{number}", cookie, silence_timeout=SILENCE_TIMEOUT_SECONDS
            )
            for number, cookie in enumerate(cookies)
        ]
        for client in clients:
            client.max_unacknowledged = 2
        async with running(clients):
            await until(lambda: all(client.history.received for client in clients))
            joins = sum(client.joins for client in clients)
            for server in servers:
                await replace(server, balancer)
                tally("rolling restarts")
            await until(lambda: all(client.joins > 1 for client in clients))
            await wait_until_delivered(clients)
        assert sum(client.joins for client in clients) > joins
        assert not [server.output for server in servers if "Traceback" in server.output]
    stored = site.records("lobby")
    assert violations(histories(clients), stored) == []
    tally("messages", len(stored))


async def replace(server: LiveServer, balancer: ProxyServer) -> None:
    """Meanwhile every visitor is served: the other process answers."""
    ending = asyncio.create_task(asyncio.to_thread(server.terminate))
    while not (await asyncio.wait([ending], timeout=BETWEEN_VISITORS_SECONDS))[0]:
        assert (await asyncio.to_thread(fetch, balancer.url + "/api/rooms/lobby/messages")).status == 200
    assert await ending == 0
    assert "clients are told to reconnect" in server.output
    await asyncio.to_thread(server.start)
    # With the drain of the shipped unit the next process announces its end for longer than that.
    await asyncio.sleep(FAIL_TIMEOUT_SECONDS + BETWEEN_VISITORS_SECONDS)
