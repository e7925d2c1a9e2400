"""CPU per event of channel layers between two processes over Redis: python -m benchmarks.layers

chatsite's own layer against the two of channels_redis, where that is installed, in rounds one after the other. Needs
redis-server or valkey-server. A publisher sends events at a fixed rate to one group, a receiver counts them.
"""

import argparse
import json
import statistics
import subprocess
import sys
from typing import Any

from channels.layers import BaseChannelLayer
from django.utils.module_loading import import_string

from benchmarks.machine import LOAD_CORE, SERVER_CORE, pin_to
from benchmarks.report import align_columns
from tests.support.servers.redis_server import RedisServer

LAYERS = {
    "chatsite": ("chat.carrier.redis_layer.RedisLayer", lambda url: {"url": url}),
    "channels_redis pub/sub": ("channels_redis.pubsub.RedisPubSubChannelLayer", lambda url: {"hosts": [url]}),
    "channels_redis core": (
        "channels_redis.core.RedisChannelLayer",
        # Without these it raises after five idle seconds, and drops what is more than 100 events for a process.
        lambda url: {"hosts": [{"address": url, "socket_timeout": None}], "capacity": 2 * EVENTS},
    ),
}
RATE, EVENTS = 250, 750
GROUP = "room.benchmark"
BYTES = 300


def main() -> None:
    """A table of medians over the rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in LAYERS}
    for _ in range(parser.parse_args().rounds):
        for name, results in found.items():
            with RedisServer() as server:
                if (costs := measure(name, server)) is not None:
                    results.append(costs)
    print(table(found))


def measure(name: str, server: RedisServer) -> tuple[float, float, float] | None:
    """CPU us per event of publisher, receiver and server; None if the layer is not installed or loses events."""
    receiver = _start("receive", name, server.url, SERVER_CORE)
    assert receiver.stdout is not None, "a pipe"
    if receiver.stdout.readline() != b"ready\n":
        receiver.wait()
        return None
    before = _cpu_us(server)
    publisher = _start("publish", name, server.url, LOAD_CORE)
    published, received = (json.loads(process.communicate()[0]) for process in (publisher, receiver))
    return published, received, (_cpu_us(server) - before) / EVENTS


def table(found: dict[str, list[tuple[float, float, float]]]) -> str:
    """One line for each layer, with its ratio to the first."""
    medians = {
        name: [statistics.median(column) for column in zip(*results, strict=True)]
        for name, results in found.items()
        if results
    }
    own = sum(next(iter(medians.values()))[:2])
    lines = [["layer", "publisher us", "receiver us", "Redis us", "publisher + receiver"]]
    for name, costs in medians.items():
        lines.append([name, *(f"{cost:.0f}" for cost in costs), f"{sum(costs[:2]) / own:.2f}"])
    return align_columns(lines)


def _start(role: str, name: str, url: str, core: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.layers_process", role, name, url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=pin_to(core))


def _cpu_us(server: RedisServer) -> float:
    with server.client() as client:
        found: Any = client.info("cpu")
        return float(found["used_cpu_user"] + found["used_cpu_sys"]) * 1e6


def layer_of(name: str, url: str) -> BaseChannelLayer:
    """A layer by its name in LAYERS. Raises ImportError."""
    path, config = LAYERS[name]
    layer: BaseChannelLayer = import_string(path)(**config(url))
    return layer


if __name__ == "__main__":
    main()
