"""Several processes on one storage, in one test process: what is lost between them is late, and comes once."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from chat.carrier.redis_layer import RedisLayer
from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import early_batches, housekeeper, look
from chat.rooms.channel_group import BATCH
from chat.rooms.connections import Connection
from chat.rooms.group_commit import GroupCommit
from chat.rooms.hub import Hub
from chat.rooms.room import Room
from chat.storage import StorageUnavailable
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import PostMessage
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.faulty_network import FaultyNetwork
from tests.support.core.room_actions import ADA, BOB, fill, join, open_room, resume, say
from tests.support.servers.redis_server import RedisServer
from tests.support.storage.looking_store import LookingJsonStore

PROCESSES = 3
POSTS = 150


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(look, "LOOK_SECONDS", (0.01, 0.05))
    monkeypatch.setattr(early_batches, "WAIT_SECONDS", 0.01)


@pytest.fixture
def store(storage: Path) -> LookingJsonStore:
    return LookingJsonStore(storage)


class Processes:
    """Hubs of one storage, and a client of the lobby in each."""

    def __init__(self, conf: Conf, store: LookingJsonStore) -> None:
        self._conf, self._store = conf, store
        self.hubs: list[Hub] = []
        self.clients: list[tuple[Room, Connection, RecordingWriter]] = []

    async def add(self, layer: Any) -> None:
        self.hubs.append(Hub(self._store, self._conf, layer))
        room, number = await open_room(self.hubs[-1], "lobby"), len(self.hubs)
        writer = RecordingWriter()
        connection = await room.join(writer, Identity(f"a-{number}", f"n-{number}"), None)
        self.clients.append((room, connection, writer))

    async def post_at_random(self, rng: random.Random, count: int, first: int = 0) -> None:
        """Several processes write at once, and now and then all of them pause."""
        for number in range(first, first + count):
            room, connection, _ = rng.choice(self.clients)
            room.publish(connection, PostMessage(message=f"{number}", client_id=f"c-{number}"))
            if rng.random() < 0.2:
                await asyncio.sleep(rng.uniform(0, 0.02))

    async def all_have(self, last_id: int) -> None:
        """Every client gets every event once and in order."""
        await until(lambda: all(writer.ids[-1:] == [last_id] for _, _, writer in self.clients), "the last event")
        assert all(writer.ids == list(range(3, last_id + 1)) for _, _, writer in self.clients)
        assert len({tuple(writer.texts) for _, _, writer in self.clients}) == 1
        assert {len(writer.of_type("welcome")) for _, _, writer in self.clients} == {1}


@pytest.fixture
async def processes(conf: Conf, store: LookingJsonStore) -> AsyncIterator[Processes]:
    """The lobby has one event, with id 2."""
    await fill(conf, ["first"])
    processes = Processes(conf, store)
    yield processes
    for hub in processes.hubs:
        await hub.close()


async def two_apart(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> tuple[FaultyNetwork, list[dict[str, Any]]]:
    """Two processes between which the test carries the messages: the network, and what was sent."""
    network = FaultyNetwork(0)
    for _ in range(2):
        await processes.add(network.new_layer())
    network.is_cut = True
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(network, "carry", lambda sender, group, message: sent.append(message))
    return network, sent


@pytest.mark.parametrize("seed", range(3))
async def test_what_the_network_loses_doubles_delays_and_reorders_is_only_late(seed: int, processes: Processes) -> None:
    network, rng, posted = FaultyNetwork(seed), random.Random(seed), 0
    for _ in range(PROCESSES):
        await processes.add(network.new_layer())
    while not posted or not (network.lost and network.doubled and network.late):  # a slow disk makes few batches
        await processes.post_at_random(rng, POSTS, first=posted)
        posted += POSTS
        await processes.all_have(posted + 2)


async def test_the_same_over_redis(redis: RedisServer, processes: Processes) -> None:
    for _ in range(PROCESSES):
        await processes.add(RedisLayer(redis.url))
    await processes.post_at_random(random.Random(1), POSTS)
    await processes.all_have(POSTS + 2)


async def test_a_redis_that_ends_hangs_and_cuts_connections_off_costs_no_event(processes: Processes) -> None:
    with RedisServer() as server:
        for _ in range(PROCESSES):
            await processes.add(RedisLayer(server.url))

        def trouble() -> None:
            server.kill()
            server.start()
            with server.paused(), contextlib.suppress(RedisError):
                Redis.from_url(server.url, socket_timeout=0.2).ping()
            with contextlib.closing(server.client()) as client:
                client.client_kill_filter(_type="pubsub")
                client.client_kill_filter(_type="normal", skipme=True)
            server.stop()

        troubles, posted, rng = asyncio.create_task(asyncio.to_thread(trouble)), 0, random.Random(2)
        while not troubles.done() or not posted:
            await processes.post_at_random(rng, 10, first=posted)
            posted += 10
            await processes.all_have(posted + 2)
        await troubles


async def test_a_batch_that_overtakes_another_waits_for_it_and_nothing_is_read_from_the_log(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_batches, "WAIT_SECONDS", 3600.0)
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    network, sent = await two_apart(processes, monkeypatch)
    (room, ada, ada_writer), (other, _, other_writer) = processes.clients
    for text in ("one", "two", "three"):
        await say(room, ada, ada_writer, text)
    monkeypatch.setattr(other.log, "refresh", lambda: 1 / 0)
    batches = [message for message in sent if message["type"] == BATCH]
    for message in (batches[2], batches[1], batches[1], batches[0]):
        network.layers[1].deliver("room.lobby", message)
    await until(lambda: other_writer.texts == ["one", "two", "three"])


async def test_a_lost_batch_delays_a_room_that_is_never_idle_for_one_wait(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: 64 batches waited for it one after the other, since the housekeeper leaves busy rooms alone."""
    network, sent = await two_apart(processes, monkeypatch)
    (room, ada, ada_writer), (other, _, other_writer) = processes.clients
    monkeypatch.setattr(GroupCommit, "busy", property(lambda commit: commit is other.group_commit))
    for text in ("lost", "early", "later"):
        await say(room, ada, ada_writer, text)
    await until(lambda: len([message for message in sent if message["type"] == BATCH]) == 3, "the batches")
    _, early, later = (message for message in sent if message["type"] == BATCH)
    overdue: list[bool] = []
    network.layers[1].add_gap_listener(lambda: overdue.append(True))
    network.layers[1].deliver("room.lobby", early)
    await until(lambda: overdue, "the end of the wait")
    network.layers[1].deliver("room.lobby", later)
    await until(lambda: other_writer.texts == ["lost", "early", "later"])


async def test_a_client_that_knows_more_than_its_new_process_resumes(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: in a rolling restart it was reset, if the room was busy there: then the log was not looked at."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)  # nor is it by a poll that began before
    await two_apart(processes, monkeypatch)
    (room, ada, ada_writer), (other, _, other_writer) = processes.clients
    monkeypatch.setattr(GroupCommit, "busy", property(lambda commit: commit is other.group_commit))
    event = await say(room, ada, ada_writer, "hi")
    assert other_writer.texts == []
    _, writer = await resume(other, event["id"])
    assert "reset" not in writer.of_type("welcome")[0]
    assert other_writer.texts == ["hi"]


async def test_a_lost_last_event_is_found_by_one_query_for_all_rooms(conf: Conf, store: LookingJsonStore) -> None:
    network = FaultyNetwork(0)
    here, there = Hub(JsonFileStore(conf.storage_dir), conf, network.new_layer()), Hub(store, conf, network.new_layer())
    slugs = [f"room-{number}" for number in range(10)]
    writers = [(await join(await open_room(there, slug)))[1] for slug in slugs]
    network.is_cut = True
    await until(lambda: store.asked[-1:] == [slugs], "the end of the looks at fewer rooms")
    store.asked.clear()
    for slug in slugs:
        room = await open_room(here, slug)
        await say(room, *await join(room, BOB), "lost")
    await until(lambda: all(writer.texts == ["lost"] for writer in writers))
    assert network.lost == len(slugs)
    assert set(map(tuple, store.asked)) == {tuple(slugs)}
    for hub in (here, there):
        await hub.close()


async def test_a_process_without_a_member_of_a_room_gets_nothing_of_it(conf: Conf, store: LookingJsonStore) -> None:
    """It has the room open for somebody who reads the page."""
    network = FaultyNetwork(4)
    here, there = Hub(store, conf, network.new_layer()), Hub(store, conf, network.new_layer())
    room = await open_room(here, "lobby")
    ada, writer = await join(room)
    read = await open_room(there, "lobby")
    reads: list[int] = []
    page = read.log.page

    def counted_page(**bounds: Any) -> Any:
        reads.append(1)
        return page(**bounds)

    read.log.page = counted_page  # type: ignore[method-assign]
    for number in range(20):
        await say(room, ada, writer, f"{number}")
    await until(lambda: read.feed.last_delivered_id == 21)
    assert network.layers[1].received == []
    assert reads == []
    for hub in (here, there):
        await hub.close()


async def test_a_storage_that_cannot_be_asked_is_one_line_in_the_log(
    conf: Conf, store: LookingJsonStore, caplog: pytest.LogCaptureFixture
) -> None:
    network = FaultyNetwork(0)
    hub = Hub(store, conf, network.new_layer())
    await fill(conf, ["first"])
    _, writer = await join(await open_room(hub, "lobby"))
    store.error = StorageUnavailable("", "the database does not answer")
    asked = len(store.asked)
    await until(lambda: len(store.asked) > asked + 5)
    store.error = None
    await fill(conf, ["written meanwhile"])
    await until(lambda: writer.texts == ["written meanwhile"])
    assert caplog.text.count("storage cannot be asked for new events") == 1
    assert "Traceback" not in caplog.text
    await hub.close()


async def test_a_reported_gap_is_looked_for_at_once(
    conf: Conf, store: LookingJsonStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(look, "LOOK_SECONDS", (3600.0, 3600.0))
    layer = FaultyNetwork(0).new_layer()
    hub = Hub(store, conf, layer)
    await fill(conf, ["first"])
    _, writer = await join(await open_room(hub, "lobby"), ADA)
    for text in ("second", "third"):
        await fill(conf, [text])
        layer.report_gap()
        await until(lambda text=text: writer.texts[-1:] == [text])
    await hub.close()
