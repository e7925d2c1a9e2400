#!/usr/bin/env bash
# Channels 4.3.2, InMemoryChannelLayer: one message that lies unread too long removes a live member from its groups.
#
# A consumer that is busy for longer than `expiry` (60 seconds by default, 1 second here) loses the message that
# waited. It also loses its membership in every group: when it listens again, nothing arrives any more. Its connection
# stays open, and neither the sender nor the member sees an error.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages channels==4.3.2 Django==5.2.19
seen=$(observe <<'PYTHON'
import asyncio

from channels.layers import InMemoryChannelLayer


async def main():
    layer = InMemoryChannelLayer(expiry=1)
    received = []

    async def member():
        await layer.group_add("room", "member!1")
        await asyncio.sleep(2)  # busy
        while True:
            received.append((await layer.receive("member!1"))["number"])

    task = asyncio.create_task(member())
    await asyncio.sleep(0.2)
    await layer.group_send("room", {"type": "news", "number": 1})
    await asyncio.sleep(3)  # the member listens now
    for number in (2, 3):
        await layer.group_send("room", {"type": "news", "number": number})
    await asyncio.sleep(0.5)
    task.cancel()
    print(f"received {received}, members of the room: {len(layer.groups['room'])}")


asyncio.run(main())
PYTHON
)
verdict "received [2, 3], members of the room: 1" "received [], members of the room: 0" "$seen"
