#!/usr/bin/env bash
# Channels 4.3.2: one blocking call in a thread stops every async consumer of the process.
#
# AsyncConsumer.dispatch closes old database connections before each handler, also where no database is configured. It
# does that with sync_to_async. Outside of an HTTP request asgiref has one thread for all such calls. A consumer that
# waits for database_sync_to_async or sync_to_async keeps that thread busy, and no other consumer gets a frame until
# the call returns.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages channels==4.3.2 daphne==4.2.3 Django==5.2.19 asgiref==3.13.0 Twisted==26.10.0 autobahn==26.10.2 \
    websockets==17.4
seen=$(observe <<'PYTHON'
import time

from daphne_server import serve
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from websockets.sync.client import connect

settings.configure(DATABASES={})


class Consumer(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        if text_data == "slow":
            await sync_to_async(time.sleep)(3)
        await self.send(text_data)


def client(url):
    with connect(url) as slow, connect(url) as fast:
        fast.send("warm up")
        fast.recv()
        slow.send("slow")
        time.sleep(0.5)
        started = time.monotonic()
        fast.send("fast")
        fast.recv()
        return time.monotonic() - started


waited = serve(Consumer.as_asgi(), client)
print("an echo waits until the thread is free" if waited > 1.5 else "an echo is answered immediately")
PYTHON
)
verdict "an echo is answered immediately" "an echo waits until the thread is free" "$seen"
