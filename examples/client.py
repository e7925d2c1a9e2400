"""Talk in a room: python3 client.py http://127.0.0.1:8000 lobby ada "Hello".

Python 3.11 or newer, and one library: python3 -m pip install websockets
"""

import asyncio
import json
import sys
import uuid
from http.client import HTTPException
from urllib.parse import quote, urlencode
from urllib.request import urlopen

try:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, WebSocketException
except ImportError:
    sys.exit("client.py needs the library websockets, version 13 or newer: python3 -m pip install websockets")


async def chat(site: str, room: str, username: str, message: str) -> None:
    cookies = urlopen(site).headers.get_all("Set-Cookie", [])  # noqa: ASYNC210, S310
    headers = {"Cookie": "; ".join(cookie.split(";")[0] for cookie in cookies)}  # one author, also after a reconnect
    post = json.dumps({"type": "message", "message": message, "client_id": str(uuid.uuid4())})
    place = {"username": username}
    while True:
        address = f"{site.rstrip('/').replace('http', 'ws', 1)}/ws/chat/{quote(room, safe='')}/?{urlencode(place)}"
        try:
            async with connect(address, additional_headers=headers) as socket:
                async for text in socket:
                    frame = json.loads(text)
                    if frame["type"] == "error":
                        print(f"{frame['code']}: {frame['detail']}", file=sys.stderr, flush=True)
                    if frame["type"] == "welcome":
                        place = {"since": frame["last_id"], **place, "epoch": frame["epoch"]}
                        if frame.get("reset"):
                            place["since"] = 0
                        await socket.send(post)  # however often it is sent, it is stored once
                    for event in frame.get("events", [frame]):
                        if event.get("id", 0) > place.get("since", 0):
                            place["since"] = event["id"]
                            print(f"{event.get('username', '')}: {event.get('message', '')}", flush=True)
        except (OSError, WebSocketException) as error:
            if isinstance(error, ConnectionClosed) and error.rcvd and 4100 <= error.rcvd.code < 4200:
                sys.exit(1)  # final; the error frame says why
            print(f"connecting again: {error}", file=sys.stderr, flush=True)
        await asyncio.sleep(2)


if len(sys.argv) != 5:
    sys.exit('Usage: python3 client.py http://127.0.0.1:8000 lobby ada "Hello"')
try:
    asyncio.run(chat(*sys.argv[1:]))
except (OSError, ValueError, HTTPException) as error:  # of the first request
    sys.exit(f"{sys.argv[1]} cannot be reached: {error}")
except KeyboardInterrupt:
    sys.exit(130)
