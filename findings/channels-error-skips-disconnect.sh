#!/usr/bin/env bash
# Channels 4.3.2: after an exception in receive() the consumer's disconnect() never runs.
#
# disconnect() is where consumers leave their groups and release what they hold. After an exception in a handler the
# connection is closed with 1011, but the consumer is not told: its group entry stays, and messages to the group collect
# in a queue without a reader. Reported as django/channels#1466.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages channels==4.3.2 daphne==4.2.3 Django==5.2.19 asgiref==3.13.0 Twisted==26.10.0 autobahn==26.10.2 \
    websockets==17.4
seen=$(observe <<'PYTHON'
import logging
import time

from daphne_server import serve
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

settings.configure(
    DATABASES={}, CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
)
logging.disable()


class Consumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        await self.send(str(100 // int(text_data)))

    async def disconnect(self, code):
        await self.channel_layer.group_discard("room", self.channel_name)


def members_after(url, text):
    with connect(url) as client:
        client.send(text)
        try:
            client.recv(timeout=10)
        except ConnectionClosed:
            pass
    time.sleep(1)
    return len(get_channel_layer().groups.get("room", {}))


def client(url):
    good, bad = members_after(url, "5"), members_after(url, "0")
    return f"members left after a good frame: {good}, after an exception: {bad}"


print(serve(Consumer.as_asgi(), client))
PYTHON
)
verdict "members left after a good frame: 0, after an exception: 0" \
    "members left after a good frame: 0, after an exception: 1" "$seen"
