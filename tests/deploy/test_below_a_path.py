"""chatsite below a path of another site, behind a real nginx with the lines of docs/operations.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

from tests.support.live_server import PROJECT, Client, LiveServer, fetch
from tests.support.proxies.nginx import Nginx
from tests.support.servers.misconfigured_server import FORM
from tests.support.servers.plain_nginx import run_plain_nginx

pytestmark = pytest.mark.skipif(Nginx.path() is None, reason="nginx is not installed")


def documented() -> str:
    """The `location` of the documentation."""
    block = re.search(
        r"^    location /chat/ \{\n.*?^    \}$", (PROJECT / "docs/operations.md").read_text(), re.M | re.S
    )
    assert block
    return block[0]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    env = {"DJANGO_FORCE_SCRIPT_NAME": "/chat", "CHAT_TRUSTED_PROXIES": "1"}
    with LiveServer(tmp_path / "storage", "serve", env) as server:
        yield server


@pytest.fixture
def host(server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """The URL of the other site."""
    other_site = 'location / { return 200 "another site"; }'
    with run_plain_nginx(tmp_path / "nginx", other_site + documented(), server.port) as url:
        yield url


async def test_everything_is_below_the_path_and_works(host: str, server: LiveServer) -> None:
    assert fetch(host + "/").text == "another site"
    assert fetch(host + "/chat").headers["Location"] == f"{host}/chat/"
    assert fetch(host + "/chat/").headers["Location"] == "/chat/chat/lobby/"
    page = fetch(host + "/chat/chat/lobby/")
    assert page.status == 200
    addresses = set(re.findall(r' (?:src|href|action)="([^"#]+)"', page.text))
    assert len(addresses) > 5
    own = ("/chat/", f"{host}/chat/")  # the address to share is a whole one
    assert [address for address in addresses if not address.startswith(own)] == []
    for address in addresses:
        if "/static/" in address:
            assert "immutable" in fetch(host + address).headers["Cache-Control"], address
    cookies = page.headers.get_all("Set-Cookie", [])
    assert len(cookies) == 2
    assert all("; Path=/chat/;" in f"{cookie};" for cookie in cookies), "the other site does not get them"
    choose_a_name_and_make_a_room(host, page.text, cookies)
    async with Client(host.replace("http:", "ws:") + "/chat", username="ada", origin=host) as ada:
        assert (await ada.say("below a path"))["type"] == "message"
    assert fetch(host + "/chat/api/rooms/").json()["rooms"][0]["url"] == "/chat/chat/lobby/"
    assert fetch(host + "/chat/api/nowhere").json()["error"]["code"] == "page_not_found"
    assert 'href="/chat/"' in fetch(host + "/chat/nowhere").text
    for prefix in ("", "/chat"):
        assert fetch(server.url + prefix + "/healthz").status == 200
    assert f"chatsite is ready: {server.url}/chat/\n" in server.output


def choose_a_name_and_make_a_room(host: str, page: str, cookies: list[str]) -> None:
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    headers = {**FORM, "Origin": host, "Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}
    for path, fields, target in (
        ("/chat/name/", {"username": "ada", "next": "/chat/chat/lobby/"}, "/chat/chat/lobby/"),
        ("/chat/chat/", {"name": "Garden Party"}, "/chat/chat/garden-party/"),
    ):
        body = urlencode({"csrfmiddlewaretoken": token, **fields})
        answer = fetch(host + path, "POST", headers=headers, body=body)
        assert (answer.status, answer.headers["Location"]) == (302, target)
        assert fetch(urljoin(host, target)).status == 200


def test_a_proxy_that_removes_the_path_works_too(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "storage", "serve", {"DJANGO_FORCE_SCRIPT_NAME": "/community"}) as server:
        with_path, without = (fetch(f"{server.url}{prefix}/chat/lobby/") for prefix in ("/community", ""))
        for page in (with_path, without):
            assert page.status == 200
            assert 'name="next" value="/community/chat/lobby/"' in page.text
