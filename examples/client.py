"""Talk in a room: python examples/client.py http://127.0.0.1:8000 lobby ada "Hello"."""

import asyncio
import json
import sys
import uuid
from urllib.parse import urlencode
from urllib.request import urlopen

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


async def chat(site: str, room: str, username: str, message: str) -> None:
    cookies = urlopen(f"{site}/chat/{room}/").headers.get_all("Set-Cookie")  # noqa: ASYNC210, S310
    headers = {"Cookie": "; ".join(cookie.split(";")[0] for cookie in cookies)}  # one author, also after a reconnect
    post = json.dumps({"type": "message", "message": message, "client_id": str(uuid.uuid4())})
    place = {"username": username}
    while True:
        try:
            address = f"{site.replace('http', 'ws', 1)}/ws/chat/{room}/?{urlencode(place)}"
            async with connect(address, additional_headers=headers) as socket:
                async for text in socket:
                    frame = json.loads(text)
                    if frame["type"] == "welcome":
                        place = {"since": frame["last_id"], **place, "epoch": frame["epoch"]}
                        if frame.get("reset"):
                            place["since"] = 0
                        await socket.send(post)  # however often it is sent, it is stored once
                    for event in frame.get("events", [frame]):
                        if event.get("id", 0) > place["since"]:
                            place["since"] = event["id"]
                            print(f"{event.get('username', '')}: {event.get('message', '')}", flush=True)
        except (OSError, WebSocketException):
            await asyncio.sleep(2)  # the server is away


asyncio.run(chat(*sys.argv[1:5]))
