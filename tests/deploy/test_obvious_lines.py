"""A real nginx with the lines that everybody writes first: the page and the log of chatsite say what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.live_server import Client, LiveServer, fetch
from tests.support.proxies.nginx import Nginx
from tests.support.servers.misconfigured_server import post_form
from tests.support.servers.plain_nginx import run_plain_nginx

pytestmark = pytest.mark.skipif(Nginx.path() is None, reason="nginx is not installed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    with LiveServer(tmp_path / "storage", "serve", {"CHAT_METRICS": "local"}) as server:
        yield server


async def refused_with(url: str) -> int:
    """The status of the response to a handshake from a page of this site."""
    with pytest.raises(InvalidStatus) as refused:
        async with Client(url.replace("http:", "ws:"), origin=url):
            pass
    assert refused.value.response.headers["Cache-Control"] == "no-store"
    return refused.value.response.status_code


async def test_proxy_pass_alone(server: LiveServer, tmp_path: Path) -> None:
    """nginx drops Upgrade, and sends the host of the upstream."""
    lines = f"location / {{ proxy_pass http://127.0.0.1:{server.port}; }}"
    with run_plain_nginx(tmp_path / "nginx", lines, server.port) as url:
        assert fetch(url + "/chat/lobby/").status == 200
        assert await refused_with(url) == await refused_with(url) == 426
        assert server.output.count("without its Upgrade header: the proxy") == 1
        form = post_form(server, "/name/", {"username": "ada"}, Origin=url)
        assert form.status == 403
        assert fetch(server.url + "/metrics").status == 200
        assert fetch(url + "/metrics").status == 403, "a visitor is not a local program"
        assert url in form.text
        assert f"{server.url}&#x27;. A proxy" in form.text


async def test_upgrade_without_connection(server: LiveServer, tmp_path: Path) -> None:
    """nginx sends `Connection: close` unless it is told otherwise."""
    lines = "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade;"
    lines += f"location / {{ proxy_pass http://127.0.0.1:{server.port}; }}"
    with run_plain_nginx(tmp_path / "nginx", lines, server.port) as url:
        assert await refused_with(url) == await refused_with(url) == 400
        assert server.output.count("a WebSocket handshake is not valid") == 1


async def test_the_name_of_the_upstream_as_host(server: LiveServer, tmp_path: Path) -> None:
    """nginx sends the name of an `upstream` block as the host."""
    with run_plain_nginx(tmp_path / "nginx", "location / { proxy_pass http://chatsite; }", server.port) as url:
        page = fetch(url + "/chat/lobby/")
        assert page.status == 400
        assert "host name &#x27;chatsite&#x27;" in page.text
        assert server.output.count("refused a request for the host 'chatsite'") == 1
