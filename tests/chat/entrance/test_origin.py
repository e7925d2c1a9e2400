"""Pages of other sites may not connect with the cookies of our visitors."""

import asyncio
import dataclasses
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from websockets.exceptions import InvalidStatus

from chat.entrance import origin
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.effort import Tally
from tests.support.live_server import Client, LiveServer


async def may_connect(hub: Hub, host: str | None, origin: str | None) -> bool:
    headers = [(b"host", host.encode())] if host is not None else []
    if origin is not None:
        headers.append((b"origin", origin.encode("latin1")))
    async with WebSocketClient(hub, headers=headers) as somebody:
        return somebody.accepted


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8000", "http://localhost:8000"),
        ("localhost", "http://localhost"),
        ("localhost", "https://localhost"),
        ("localhost", "http://localhost:80"),
        ("localhost:80", "http://localhost"),
        ("localhost:443", "https://localhost"),
        ("localhost", "https://localhost:443"),
        ("LOCALHOST:8000", "http://localhost:8000"),
        ("localhost:8000", "HTTP://LOCALHOST:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("chat.localhost", "http://chat.localhost"),
        ("localhost:8000", None),
        ("localhost:8000", ""),
    ],
)
async def test_pages_of_this_site_and_scripts_may_connect(hub: Hub, host: str, origin: str | None) -> None:
    assert await may_connect(hub, host, origin)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost.:8000", "http://localhost.:8000"),
        ("LOCALHOST.", "https://localhost."),
        ("localhost:8000", "http://localhost.:8000"),
        ("localhost.:8000", "http://localhost:8000"),
        ("127.0.0.1.", "http://127.0.0.1."),
    ],
)
async def test_a_host_with_a_final_dot_is_the_same_host(hub: Hub, host: str, origin: str) -> None:
    """Regression: the page of http://localhost.:8000/ was served, and its WebSocket was refused with 403 for ever."""
    assert (await HttpClient(hub).request("GET", "/chat/lobby/", {"host": host})).status == 200
    assert await may_connect(hub, host, origin)


@pytest.mark.parametrize("host", ["localhost..:8000", ".", "..", "evil.example."])
async def test_other_dots_make_another_host(hub: Hub, host: str) -> None:
    assert (await HttpClient(hub).request("GET", "/chat/lobby/", {"host": host})).status == 400
    assert not await may_connect(hub, host, f"http://{host}")


@pytest.mark.promise
@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8001",
        "http://localhost",
        "https://localhost",
        "http://evil.example:8000",
        "http://localhost.evil.example:8000",
        "http://evil.example/localhost:8000",
        "http://localhost:8000.evil.example",
        "http://localhost@evil.example:8000",
        "http://127.0.0.1:8000",
        "null",
        "file://",
        "chrome-extension://abcdefgh",
        "localhost:8000",
        "://localhost:8000",
        "http://localhost:99999",
        "http://[::1",
        "http://",
        "\xff",
        "*",
    ],
)
async def test_pages_of_other_sites_may_not_connect(
    hub: Hub, origin: str, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    assert not await may_connect(hub, "localhost:8000", origin)
    assert "refused a WebSocket for 'localhost:8000' from a page of" in caplog.text
    assert "not in CHAT_ALLOWED_ORIGINS, or the proxy replaces Host" in caplog.text
    tally("refused entries")


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "evil.example:8000", "localhost.evil.example", "a b", "::1"]
)
@pytest.mark.parametrize("origin", [None, "http://evil.example"])
async def test_an_unknown_host_is_refused(
    hub: Hub, host: str | None, origin: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    assert not await may_connect(hub, host, origin)
    assert "the host is not in DJANGO_ALLOWED_HOSTS, or the proxy replaces Host" in caplog.text


async def test_pages_of_the_allowed_origins_may_connect(hub: Hub) -> None:
    conf = dataclasses.replace(settings.CHAT, allowed_origins=("https://www.example.org", "http://a.example:8080"))
    with override_settings(CHAT=conf):
        assert await may_connect(hub, "localhost:8000", "https://www.example.org")
        assert await may_connect(hub, "localhost:8000", "https://WWW.example.org")
        assert await may_connect(hub, "localhost:8000", "http://a.example:8080")
        for origin in ("http://www.example.org", "https://www.example.org:8443", "https://example.org"):
            assert not await may_connect(hub, "localhost:8000", origin)
        assert not await may_connect(hub, "evil.example", "https://www.example.org")


@pytest.mark.promise
async def test_behind_https_a_page_loaded_over_http_is_of_another_site(hub: Hub, tally: Tally) -> None:
    """An attacker on the network can write such a page, and would post with the visitor's cookie."""
    named = "http://old.example.org"
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, https=True, allowed_origins=(named,))):
        for host in ("localhost", "localhost:80", "localhost:443"):
            assert not await may_connect(hub, host, "http://localhost")
            tally("refused entries")
        assert not await may_connect(hub, "localhost:8000", "http://localhost:8000")
        assert await may_connect(hub, "localhost", "https://localhost")
        assert await may_connect(hub, "localhost:8443", "https://localhost:8443")
        assert await may_connect(hub, "localhost", named), "the owner says so"
        assert await may_connect(hub, "localhost", None)


async def test_a_long_origin_does_not_fill_the_log(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    await may_connect(hub, "localhost:8000", "http://" + "x" * 5000 + "\n")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "chat.entrance.origin"]
    assert len(line) < 500
    assert "\n" not in line


async def test_a_real_daphne_answers_a_wrong_origin_with_403(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "storage", env={"CHAT_ALLOWED_ORIGINS": "https://www.example.org"}) as server:
        for origin in (None, server.url, "https://www.example.org"):
            async with Client(server.ws_url, origin=origin) as client:
                assert client.welcome
        with pytest.raises(InvalidStatus) as refused:
            async with Client(server.ws_url, origin="http://evil.example"):
                pass
        assert refused.value.response.status_code == 403
        output = await asyncio.to_thread(lambda: server.output)
        assert "refused a WebSocket for" in output
        assert "evil.example" in output


def test_what_was_decided_is_remembered_for_the_same_settings_alone() -> None:
    origin._reason_to_refuse.cache_clear()
    for _ in range(3):
        assert not origin.reason_to_refuse("localhost:8000", "http://localhost:8000")
    assert origin._reason_to_refuse.cache_info().hits == 2
    with override_settings(ALLOWED_HOSTS=["chat.example.org"]):
        assert origin.reason_to_refuse("localhost:8000", "http://localhost:8000")
    with override_settings(CHAT=dataclasses.replace(settings.CHAT, https=True)):
        assert origin.reason_to_refuse("localhost:8000", "http://localhost:8000")
    assert origin.reason_to_refuse("localhost", f"http://{'x' * origin.MAX_REMEMBERED}")
    assert origin._reason_to_refuse.cache_info().currsize == 3
