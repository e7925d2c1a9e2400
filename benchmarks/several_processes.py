"""CPU of a delivery with Redis and PostgreSQL: python -m benchmarks.several_processes

500 clients in one room of one process, 100 messages a second. The same with JSON files and the in-memory layer, in
rounds one after the other; then what a second process spends meanwhile, without and with somebody in the room. Needs
redis-server or valkey-server, and PostgreSQL.
"""

import argparse
import contextlib
import dataclasses
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import load, machine
from benchmarks.peers import Peer, chatsite
from benchmarks.report import align_columns
from benchmarks.server import Server
from tests.support.servers.postgres_server import PostgresServer
from tests.support.servers.redis_server import RedisServer

CLIENTS, SENDERS, RATE, SECONDS = 500, 50, 100, 6
IN_ROOM = {"clients": CLIENTS, "senders": SENDERS, "rate": RATE, "duration": SECONDS, "warmup": 2}
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Two tables, of medians over the rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_processes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    machine.raise_file_limit()
    with PostgresServer() as postgres, RedisServer() as redis:
        redis_url, database = {"REDIS_URL": redis.url}, {"CHAT_STORAGE": "database"}
        print(
            deliveries(
                {
                    "JSON files, in memory": lambda: {},
                    "JSON files, Redis": lambda: redis_url,
                    "PostgreSQL, in memory": lambda: {**database, "DATABASE_URL": postgres.new_database()},
                    "PostgreSQL, Redis": lambda: {**redis_url, **database, "DATABASE_URL": postgres.new_database()},
                },
                rounds,
            )
        )
        both = {**redis_url, **database, "DATABASE_URL": postgres.new_database()}
        print("\n" + second_process(chatsite_with(both)))


def chatsite_with(environment: dict[str, str]) -> Peer:
    """chatsite with more settings."""
    peer = chatsite("serve")
    return dataclasses.replace(peer, environment=lambda storage: {**peer.environment(storage), **environment})


def deliveries(engines: dict, rounds: int) -> str:
    """CPU us of a delivery to one client, and its ratio to the first line."""
    found: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, results in found.items():
            with Server(chatsite_with(engines[name]())) as server:
                results.append(load.run("fanout", **server.load_options, **IN_ROOM)["cpu_us_per_delivery"])
    first = statistics.median(next(iter(found.values())))
    lines = [["storage, carrier", "us per delivery", "ratio"]]
    for name, results in found.items():
        lines.append([name, f"{statistics.median(results):.2f}", f"{statistics.median(results) / first:.2f}"])
    return align_columns(lines)


def second_process(peer: Peer) -> str:
    """CPU of another process per message in the room: idle, without a member, with one."""
    lines = [["second process", "CPU us per message"]]
    with Server(peer) as busy, Server(peer) as other:
        time.sleep(1)  # excludes work of the start
        begin = cpu_seconds(other.pid)
        time.sleep(SECONDS)
        idle = cpu_seconds(other.pid) - begin
        lines.append(["idle, per message of a rate that it does not have", f"{idle / SECONDS / RATE * 1e6:.0f}"])
        for name, members in (("without a member", 0), ("with one", 1)):
            with members_of(other, members):
                begin = cpu_seconds(other.pid)
                load.run("fanout", **busy.load_options, **IN_ROOM)
                spent = cpu_seconds(other.pid) - begin
            lines.append([name, f"{spent / (SECONDS + 2) / RATE * 1e6:.0f}"])
    return align_columns(lines)


@contextlib.contextmanager
def members_of(server: Server, count: int) -> Iterator[None]:
    """So many clients are in the room."""
    if not count:
        yield
        return
    with load.run_and_hold("connect", **server.load_options, clients=count):
        yield


def cpu_seconds(pid: int) -> float:
    """What a process has spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
