"""An HTTP answer in front of Django, for operators: it is given under any host name, and no cache keeps it."""

from chat.wire.fanout import Send


async def answer(send: Send, status: int, body: bytes, content_type: str, *headers: tuple[bytes, bytes]) -> None:
    """Send a whole answer. `headers`: more of them."""
    common = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*common, *headers]})
    await send({"type": "http.response.body", "body": body})
