"""Limits of the requests and connections of one address, for the proxies that have them: nginx and HAProxy."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from chat.conf import load
from tests.deploy.conftest import Kind, each
from tests.support.effort import Tally
from tests.support.live_server import Client, LiveServer, fetch
from tests.support.proxies.haproxy import HAProxy
from tests.support.proxies.nginx import Nginx
from tests.support.proxies.proxy import DEPLOY
from tests.support.servers.recording_server import RecordingServer

ADA, CHARLIE = "203.0.113.7", "198.51.100.9"
NETWORK = ["2001:db8:1:2::1", "2001:db8:1:2:a:b:c:d", "2001:db8:1:2::", "2001:db8:1:2:ffff::"]  # of one customer
NEIGHBOUR = "2001:db8:1:3::1"
FILE, HANDSHAKE = "/static/chat/main.js", "/ws/chat/lobby/"

each_limited = pytest.mark.parametrize("kind", each([Nginx, HAProxy]))


def test_a_client_may_have_as_many_connections_as_the_server_allows() -> None:
    max_connections = load({}).max_connections_per_address
    nginx = (DEPLOY / "nginx" / "snippets" / "chatsite.conf").read_text()
    assert f"limit_conn chatsite {max_connections};" in nginx
    assert f"zone=chatsite_sockets burst={max_connections} nodelay;" in nginx, "and all of them may come back at once"
    for site in ("haproxy.cfg", "haproxy-tls.cfg"):
        assert f"sc0_conn_cur gt {max_connections} " in (DEPLOY / "haproxy" / site).read_text()


@pytest.mark.promise
@each_limited
@pytest.mark.parametrize("path", [FILE, HANDSHAKE], ids=["pages and files", "handshakes"])
def test_a_flood_of_requests_stops_at_the_proxy(upstream: RecordingServer, kind: Kind, path: str, tally: Tally) -> None:
    limits = {
        (Nginx, FILE): {"burst=3000 delay=1000": "burst=3 nodelay", "rate=200r/s": "rate=1r/m"},
        (Nginx, HANDSHAKE): {"burst=1000 nodelay": "burst=3 nodelay", "rate=200r/s": "rate=1r/m"},
        (HAProxy, FILE): {"sc0_http_req_rate gt 3000": "sc0_http_req_rate gt 4"},
        (HAProxy, HANDSHAKE): {"sc0_http_req_rate gt 3000": "sc0_http_req_rate gt 4"},
    }
    with kind(upstream.server_port, limits[kind, path]) as proxy:

        def statuses(*visitors: str) -> list[int]:
            return [fetch(proxy.url + path, headers={"X-Comes-From": visitor}).status for visitor in visitors]

        assert statuses(*[CHARLIE] * 6) == [204] * 4 + [429] * 2
        assert statuses(*NETWORK, *NETWORK) == [204] * 4 + [429] * 4
        assert statuses(ADA, NEIGHBOUR) == [204] * 2
        tally("floods", 2)


@pytest.mark.promise
@each_limited
async def test_one_connection_too_many_stops_at_the_proxy(tmp_path: Path, kind: Kind, tally: Tally) -> None:
    limits = {
        Nginx: {"limit_conn chatsite 1000;": "limit_conn chatsite 2;"},
        HAProxy: {"sc0_conn_cur gt 1000": "sc0_conn_cur gt 2"},
    }
    with LiveServer(tmp_path / "storage") as server, kind(server.port, limits[kind]) as proxy:
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
