#!/usr/bin/env bash
# Channels 4.3.2, InMemoryChannelLayer: one broadcast to N members looks at 2 x N x N entries.
#
# Every receive() looks for expired messages in all channels and for expired members in all groups. After a broadcast
# each of the N members calls receive() again, so one message to twice as many members costs four times as much.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages channels==4.3.2 Django==5.2.19
seen=$(observe <<'PYTHON'
import asyncio

from channels.layers import InMemoryChannelLayer


class Counted(dict):
    looked_at = 0

    def items(self):
        Counted.looked_at += len(self)
        return super().items()


async def entries_for_one_broadcast(count):
    layer = InMemoryChannelLayer()
    layer.channels, layer.groups["room"] = Counted(), Counted()
    received = asyncio.Semaphore(0)

    async def member(name):
        await layer.group_add("room", name)
        while True:
            await layer.receive(name)
            received.release()

    tasks = [asyncio.create_task(member(f"member!{number}")) for number in range(count)]
    await asyncio.sleep(1)  # all of them listen
    Counted.looked_at = 0
    await layer.group_send("room", {"type": "news"})
    for _ in range(count):
        await received.acquire()
    await asyncio.sleep(0.5)  # all of them listen again
    for task in tasks:
        task.cancel()
    return Counted.looked_at


few, many = (asyncio.run(entries_for_one_broadcast(count)) for count in (100, 400))
print(f"4 times the members cost {round(many / few)} times as much")
PYTHON
)
verdict "4 times the members cost 4 times as much" "4 times the members cost 16 times as much" "$seen"
