"""Compression of pages and API answers: for whom, of what, and in steps."""

import gzip
import re

import pytest

from chat.middleware import SLICE_BYTES
from chat.rooms import batch_priority
from chat.rooms.batch_priority import BatchPriority
from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient, Response, WebSocketClient

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')


async def compressed(client: HttpClient, path: str, encodings: str = "gzip, deflate, br, zstd") -> Response:
    return await client.get(path, **{"accept-encoding": encodings})


@pytest.mark.parametrize("path", ["/chat/lobby/", "/api/rooms/lobby/messages", "/nowhere"])
async def test_pages_and_api_answers_are_compressed(hub: Hub, http_client: HttpClient, path: str) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        for number in range(5):
            await ada.say(f"message {number}")
    await http_client.get("/chat/lobby/")  # for the cookies
    plain, answer = await http_client.get(path), await compressed(http_client, path)
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "Accept-Encoding" in plain.headers["vary"], "a cache must not give the other form to a client"
    assert len(answer.body) < len(plain.body)
    assert TOKEN.sub(b"", gzip.decompress(answer.body)) == TOKEN.sub(b"", plain.body)


@pytest.mark.parametrize(
    ("encodings", "expected"),
    [
        ("gzip", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br, zstd", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("not-gzip", False),
    ],
)
async def test_only_clients_that_accept_it_get_gzip(http_client: HttpClient, encodings: str, expected: bool) -> None:
    answer = await compressed(http_client, "/chat/lobby/", encodings)
    assert ("content-encoding" in answer.headers) is expected


@pytest.mark.parametrize("path", ["/robots.txt", "/healthz", "/"])
async def test_what_fits_into_a_packet_is_sent_as_it_is(http_client: HttpClient, path: str) -> None:
    assert "content-encoding" not in (await compressed(http_client, path)).headers


async def test_the_size_of_a_page_does_not_tell_its_token(http_client: HttpClient) -> None:
    """The token is masked anew in every page, and pages with the same content have different sizes."""
    pages = [await compressed(http_client, "/chat/lobby/") for _ in range(20)]
    tokens = [TOKEN.findall(gzip.decompress(page.body)) for page in pages]
    assert all(tokens)
    assert len({token[0] for token in tokens}) == len(pages)
    sizes = [len(page.body) for page in pages]
    assert max(sizes) - min(sizes) > 20, "a token alone varies by a few bytes"


async def test_a_large_page_is_compressed_in_steps_that_yield_to_batches(
    hub: Hub, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WebSocketClient(hub, username="ada") as ada:
        for number in range(25):
            await ada.say(f"{number} " + "long " * 700)
    size = len((await http_client.get("/chat/lobby/")).body)
    yields = 0
    yield_to_batches = BatchPriority.yield_to_batches

    async def counted(self: BatchPriority) -> None:
        nonlocal yields
        yields += 1
        await yield_to_batches(self)

    monkeypatch.setattr(batch_priority, "STEP_SECONDS", 0)
    monkeypatch.setattr(BatchPriority, "yield_to_batches", counted)
    await http_client.get("/chat/lobby/")
    plain, yields = yields, 0
    await compressed(http_client, "/chat/lobby/")
    assert size > 2 * SLICE_BYTES
    assert yields - plain == -(-size // SLICE_BYTES)
