"""One side of benchmarks.layers: python -m benchmarks.layers_process publish|receive LAYER URL

Prints the CPU of an event in microseconds.
"""

import asyncio
import json
import sys
import time

from channels.layers import BaseChannelLayer

from benchmarks.layers import BYTES, EVENTS, GROUP, RATE, layer_of

LIMIT_SECONDS = 60.0
START_SECONDS = 0.5  # until a subscription stands


async def publish(layer: BaseChannelLayer) -> float:
    """Send the events at the rate, from one of which on the clock runs."""
    message = {"type": "room.batch", "epoch": "e", "first_id": 1, "texts": ["x" * BYTES]}
    await layer.group_send(GROUP, message)
    await asyncio.sleep(START_SECONDS)
    begin, cpu = time.monotonic(), time.process_time()
    for number in range(EVENTS):
        await asyncio.sleep(max(0.0, begin + number / RATE - time.monotonic()))
        await layer.group_send(GROUP, message)
    await asyncio.sleep(START_SECONDS)
    return (time.process_time() - cpu) / EVENTS * 1e6


async def receive(layer: BaseChannelLayer) -> float:
    """Count the events; the first one starts the clock."""
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    await asyncio.sleep(START_SECONDS)
    print("ready", flush=True)
    async with asyncio.timeout(LIMIT_SECONDS):  # past it events were lost
        await layer.receive(channel)
        cpu = time.process_time()
        for _ in range(EVENTS):
            await layer.receive(channel)
    return (time.process_time() - cpu) / EVENTS * 1e6


def main(role: str, name: str, url: str) -> None:
    """Run one side to its end."""
    try:
        layer = layer_of(name, url)
    except ImportError as error:
        sys.exit(f"{name} is not installed: {error}")
    print(json.dumps(asyncio.run((publish if role == "publish" else receive)(layer))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
