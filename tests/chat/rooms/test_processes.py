"""Two hubs on one channel layer, as two processes are: people, names, typing, news, limits."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator

import pytest
from channels.layers import InMemoryChannelLayer

from chat.carrier.redis_layer import RedisLayer
from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.entrance.limits import REQUESTS
from chat.rooms import housekeeper, presence, presence_announcer, process_group, room_news
from chat.rooms.connections import Connection
from chat.rooms.hub import Hub
from chat.rooms.presence_announcer import TYPING
from chat.rooms.processes import LEASE_ENDS_SECONDS, LEASE_SECONDS
from chat.rooms.room import Room
from chat.storage.json_files.store import JsonFileStore
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.faulty_network import FaultyNetwork
from tests.support.core.room_actions import BOB, join, open_room, say
from tests.support.core.virtual_time_loop import VirtualTimeLoop, virtual_time
from tests.support.live_server import TIME_LIMIT
from tests.support.servers.redis_server import RedisServer


class RecordingLayer(InMemoryChannelLayer):
    """Records what is sent to groups."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []

    async def group_send(self, group: str, message: dict[str, object]) -> None:
        self.sent.append((group, str(message["type"])))
        await super().group_send(group, message)


class MuteLayer(RecordingLayer):
    """Loses the leases of one process."""

    muted = ""

    async def group_send(self, group: str, message: dict[str, object]) -> None:
        if message["type"] != process_group.LEASE or message["process"] != self.muted:
            await super().group_send(group, message)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_news, "MIN_SECONDS", 0.0)
    monkeypatch.setattr(process_group, "TICK_SECONDS", 0.05)
    for module in (presence, process_group):
        monkeypatch.setattr(module, "GRACE_SECONDS", 0.5)


@pytest.fixture
async def hubs(conf: Conf) -> AsyncIterator[list[Hub]]:
    layer = RecordingLayer()
    both = [Hub(JsonFileStore(conf.storage_dir), conf, layer) for _ in range(2)]
    yield both
    for hub in both:
        await hub.close()


async def rooms(hubs: list[Hub], slug: str = "lobby") -> list[Room]:
    """A room in both processes, which know of each other."""
    rooms = [await open_room(hub, slug) for hub in hubs]
    await until(lambda: all(len(hub.processes) == 1 for hub in hubs), "the leases")
    return rooms


def names(room: Room) -> list[str]:
    return [member.username for member in room.people.members()]


async def test_people_of_the_other_process_join_rename_and_leave(hubs: list[Hub]) -> None:
    here, there = await rooms(hubs)
    _, writer = await join(here)
    bob, _ = await join(there, BOB)

    def last_frame() -> tuple[list[str], list[str], int]:
        *_, frame = ({"joined": [], "left": [], "count": 0}, *writer.of_type("presence"))
        joined, left = ([member["username"] for member in frame[key]] for key in ("joined", "left"))
        return joined, left, frame["count"]

    await until(lambda: last_frame() == (["bob"], [], 2), "the arrival")
    there.rename(bob, "robert")
    await until(lambda: last_frame() == (["robert"], ["bob"], 2), "the rename")
    there.leave(bob)
    await until(lambda: last_frame() == ([], ["robert"], 1), "the departure")


async def join_before_they_hear_of_each_other(here: Room, there: Room) -> list[tuple[Connection, RecordingWriter]]:
    """Two people whose names look the same, one in each process, however long their joins take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(here.presence, "schedule", lambda: None)
        joined = [await join(here), await join(there, Identity("other", "аdа"))]
    here.presence.schedule()
    return joined


async def test_a_name_that_was_given_twice_is_taken_from_who_joined_later(hubs: list[Hub]) -> None:
    here, there = await rooms(hubs)
    (_, first), (_, second) = await join_before_they_hear_of_each_other(here, there)
    await until(lambda: second.of_type("renamed"), "the other name")
    assert second.of_type("renamed")[0]["you"] == {"username": "аdа-2", "author": "other", "asked": "аdа"}
    await until(lambda: names(here) == names(there) == ["ada", "аdа-2"], "both lists")
    assert first.of_type("renamed") == []


async def known_elsewhere(hubs: list[Hub], monkeypatch: pytest.MonkeyPatch) -> tuple[Room, Room]:
    """The lobby in both processes. Somebody is in the first one, and the second knows it by a lease."""
    monkeypatch.setattr(process_group, "LEASE_SECONDS", 0.05)
    here, _ = await rooms(hubs)
    await join(here)
    await until(lambda: hubs[1].processes.people(), "the lease")
    return here, await open_room(hubs[1], "lobby")


async def test_the_first_person_of_a_process_does_not_get_a_name_that_somebody_elsewhere_has(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for a moment: what is said meanwhile would keep the name."""
    _, there = await known_elsewhere(hubs, monkeypatch)
    monkeypatch.setattr(presence_announcer, "LISTEN_SECONDS", TIME_LIMIT)
    joined = await asyncio.gather(*(join(there, Identity(f"other-{number}", "ada")) for number in range(3)))
    joined.sort(key=lambda each: each[0].person.username)  # by arrival: who joins at the same moment is in no order
    assert [connection.person.username for connection, _ in joined] == ["ada-2", "ada-3", "ada-4"]
    assert [writer.of_type("welcome")[0]["you"]["username"] for _, writer in joined] == ["ada-2", "ada-3", "ada-4"]
    assert joined[0][1].of_type("welcome")[0]["count"] == 2
    assert [frame for _, writer in joined for frame in writer.of_type("renamed")] == []


async def test_the_others_know_within_a_tick_that_a_room_is_no_longer_empty(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: until the next lease, up to seven seconds later, they gave the same name for a moment."""
    here, there = await rooms(hubs)
    monkeypatch.setattr(process_group, "LEASE_SECONDS", math.inf)
    for hub in hubs:
        hub._process_group._lease_due = math.inf
    await join(here)
    await until(lambda: hubs[1].processes.with_people_in("lobby"), "an early lease")
    monkeypatch.setattr(presence_announcer, "LISTEN_SECONDS", TIME_LIMIT)
    connection, _ = await join(there, Identity("other", "ada"))
    assert connection.person.username == "ada-2"
    layer = hubs[0]._process_group._group._layer
    assert isinstance(layer, RecordingLayer)
    layer.sent.clear()
    for number in range(3):
        await join(here, Identity(f"more-{number}", f"more-{number}"))
    await until(lambda: len(there.people) == 5, "the news")
    assert [kind for _, kind in layer.sent].count(process_group.LEASE) <= 1, "the room was not empty"


async def test_the_answer_is_heard_in_a_room_that_was_deserted(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Housekeeping ends the membership of a room without anybody."""
    _, there = await known_elsewhere(hubs, monkeypatch)
    monkeypatch.setattr(presence_announcer, "LISTEN_SECONDS", TIME_LIMIT)
    joining = asyncio.create_task(join(there, Identity("other", "ada")))
    await until(lambda: there.presence.is_asking, "the wait")
    await there.maintain_membership()
    connection, _ = await joining
    assert connection.person.username == "ada-2"


async def test_nobody_waits_long_for_a_process_that_does_not_answer(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = await known_elsewhere(hubs, monkeypatch)
    monkeypatch.setattr(here.rosters, "receive", lambda message, now: None)  # as if it were killed
    connection, _ = await join(there, BOB)
    assert connection.person.username == "bob"


async def test_typing_is_shown_in_the_other_process_and_not_to_oneself(hubs: list[Hub]) -> None:
    here, there = await rooms(hubs)
    ada, _ = await join(here)
    _, second_tab = await join(there)
    _, bob_writer = await join(there, BOB)
    await until(lambda: names(here) == ["ada", "bob"], "the list")
    here.typing(ada)
    here.typing(ada)
    await until(lambda: bob_writer.of_type("typing"), "typing")
    assert bob_writer.of_type("typing") == [{"type": "typing", "username": "ada"}]
    assert second_tab.of_type("typing") == []


async def test_a_room_that_only_the_other_process_has_open_is_told_here(hubs: list[Hub]) -> None:
    here = await open_room(hubs[0], "lobby")
    zoo = await open_room(hubs[1], "zoo")
    await until(lambda: all(len(hub.processes) == 1 for hub in hubs), "the leases")
    _, writer = await join(here)
    bob, bob_writer = await join(zoo, BOB)
    await say(zoo, bob, bob_writer, "hi")
    told = await until(lambda: writer.of_type("rooms"), "the news")
    assert told[-1]["rooms"] == [{"room": "zoo", "name": "zoo", "last_id": 2, "messages": 1}]
    await hubs[1].directory.create("buro", "Büro")
    await until(lambda: writer.of_type("rooms")[-1]["rooms"][0]["name"] == "Büro", "the new room")
    assert hubs[0].open_rooms.peek("zoo") is None


async def test_news_are_told_once_and_by_the_process_that_stored_them(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 60.0)  # what a poll finds is told by each process
    await hubs[0].directory.create("zoo", "zoo")
    here, there = await rooms(hubs, "zoo")
    await join(here)
    bob, bob_writer = await join(there, BOB)
    await until(lambda: names(here) == ["ada", "bob"], "the list")
    await say(there, bob, bob_writer, "hi")
    await until(lambda: here.feed.last_delivered_id == 2, "the delivery")
    layer, news = there.channel_group._layer, ("processes", process_group.NEWS)
    assert isinstance(layer, RecordingLayer)
    await until(lambda: news in layer.sent, "the news")  # they are taken before they are sent
    await until(lambda: here.feed._untold is there.feed._untold is False, "nothing else to tell")
    assert layer.sent.count(news) == 1


async def test_people_in_rooms_of_the_other_process_are_counted_and_listed(hubs: list[Hub]) -> None:
    await open_room(hubs[0], "lobby")
    zoo = await open_room(hubs[1], "zoo")
    await hubs[1].directory.create("zoo", "zoo")
    await join(zoo, BOB)
    await until(lambda: hubs[0].processes.people(), "the lease")
    assert [tuple(person) for person in hubs[0].processes.people()] == [("zoo", "zoo", "author-b", "bob")]
    summary = await hubs[0].directory.find("zoo")
    assert summary is not None
    assert summary.members == 1


async def test_what_an_address_spends_is_missing_in_the_other_process(hubs: list[Hub]) -> None:
    await rooms(hubs)
    here, there = (hub.address_limiters for hub in hubs)
    now = asyncio.get_running_loop().time()
    for _ in range(250):
        here.get("192.0.2.7", now).consume(REQUESTS, now)
    await until(lambda: there.get("192.0.2.7", now).buckets[REQUESTS]._offset > now * 30 + 249, "the charge")
    assert there.get("192.0.2.7", now).buckets[REQUESTS].spent == 0, "so it is not told again"


async def test_connections_of_an_address_are_counted_over_processes(hubs: list[Hub]) -> None:
    await rooms(hubs)
    here, there = (hub.address_limiters for hub in hubs)
    here.most_connections = there.most_connections = 10
    admitted = [await here.admit("192.0.2.7") for _ in range(9)]
    await until(lambda: there.elsewhere["192.0.2.7"] == 9, "the lease")
    there._enter("192.0.2.7", 0.0)
    with pytest.raises(Exception, match="10"):
        there._enter("192.0.2.7", 0.0)
    for limiter in admitted:
        here.leave(limiter)
    await until(lambda: not there.elsewhere, "the end of the connections")


async def test_a_fault_in_a_tick_does_not_end_the_lease(
    hubs: list[Hub], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process_group, "LEASE_SECONDS", 0.05)
    await rooms(hubs)
    with monkeypatch.context() as patch:
        patch.setattr(hubs[0].processes, "expire", lambda now: 1 / 0)
        await until(lambda: "ZeroDivisionError" in caplog.text)
    leases = hubs[0]._process_group._leases
    await until(lambda: hubs[0]._process_group._leases > leases, "the next lease")


async def test_all_rooms_are_named_after_an_outage_and_not_after_each_subscription(
    conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: whenever somebody entered a room that nobody else of the process was in, ten leases named all rooms.

    The carrier reports a gap after each new subscription.
    """
    monkeypatch.setattr(process_group, "LEASE_SECONDS", 0.05)
    network = FaultyNetwork(0)
    hubs = [Hub(JsonFileStore(conf.storage_dir), conf, network.new_layer()) for _ in range(2)]
    await rooms(hubs)
    monkeypatch.setattr(process_group, "LEASE_SECONDS", 3600.0)
    group, ticks, now = hubs[0]._process_group, [], asyncio.get_running_loop().time()
    await until(lambda: group._lease_due > now + 3000 and not group._wake.is_set(), "the last lease")
    tick = group._tick

    async def counted_tick(seconds: float) -> None:
        ticks.append(seconds)
        await tick(seconds)

    monkeypatch.setattr(group, "_tick", counted_tick)
    leases = group._leases
    network.layers[0].report_gap()
    await until(lambda: len(ticks) >= 3, "some ticks")
    assert group._leases == leases
    network.layers[0].counters = {"outages": 1}
    await until(lambda: group._leases == leases + 1, "the lease")
    for hub in hubs:
        await hub.close()


async def test_two_processes_share_people_names_typing_and_news_over_redis(conf: Conf, redis: RedisServer) -> None:
    here, there = (Hub(JsonFileStore(conf.storage_dir), conf, RedisLayer(redis.url)) for _ in range(2))
    room, other = await rooms([here, there])
    (ada, writer), (later, later_writer) = await join_before_they_hear_of_each_other(room, other)
    await until(lambda: names(room) == names(other) == ["ada", "аdа-2"], "both lists")
    await until(lambda: later_writer.of_type("renamed"), "the other name")
    room.typing(ada)
    await until(lambda: later_writer.of_type("typing"), "typing")
    zoo = await open_room(there, "zoo")
    bob, bob_writer = await join(zoo, BOB)
    await say(zoo, bob, bob_writer, "hi")
    await until(lambda: writer.of_type("rooms"), "the news")
    other.leave(later)
    await until(lambda: names(room) == ["ada"], "the departure")
    await asyncio.gather(here.close(), there.close())


# The end of a process, on virtual time


@pytest.fixture
def time_loop() -> Iterator[VirtualTimeLoop]:
    with virtual_time() as loop:
        yield loop


def test_a_process_that_stops_takes_its_people_along_after_the_time_for_a_reconnect(
    time_loop: VirtualTimeLoop, conf: Conf
) -> None:
    layer = RecordingLayer()
    here, there = (Hub(JsonFileStore(conf.storage_dir), conf, layer) for _ in range(2))
    room, other = time_loop.run_until_complete(rooms([here, there]))
    time_loop.run_until_complete(join(room))
    time_loop.run_until_complete(join(other, BOB))
    time_loop.advance(2)
    assert names(room) == ["ada", "bob"]
    time_loop.run_until_complete(there.close())
    time_loop.advance(0.4)
    assert names(room) == ["ada", "bob"], "half a second is not over"
    time_loop.advance(0.3)
    assert names(room) == ["ada"]
    assert not room.rosters.sharing
    time_loop.run_until_complete(here.close())


def test_the_people_of_a_killed_process_have_left_within_30_seconds(time_loop: VirtualTimeLoop, conf: Conf) -> None:
    layer = RecordingLayer()
    here, there = (Hub(JsonFileStore(conf.storage_dir), conf, layer) for _ in range(2))
    room, other = (time_loop.run_until_complete(open_room(hub, "lobby")) for hub in (here, there))
    time_loop.advance(2)
    _, writer = time_loop.run_until_complete(join(room))
    time_loop.run_until_complete(join(other, BOB))
    time_loop.advance(2)
    assert names(room) == ["ada", "bob"]
    before = asyncio.all_tasks(time_loop)
    _kill(there, other, before)
    time_loop.advance(LEASE_ENDS_SECONDS - 10)
    assert names(room) == ["ada", "bob"], "one lost lease is no end"
    time_loop.advance(LEASE_SECONDS + 5)
    assert names(room) == ["ada"]
    assert writer.of_type("presence")[-1]["left"] == [{"username": "bob", "author": "author-b"}]
    for hub in (here, there):
        time_loop.run_until_complete(hub.close())


def test_the_people_of_a_process_that_is_killed_before_its_first_lease_have_left_within_30_seconds(
    time_loop: VirtualTimeLoop, conf: Conf
) -> None:
    """Regression: nothing ended what a process had told of its people, if its lease was lost or it died too early."""
    layer = MuteLayer()
    here, there = (Hub(JsonFileStore(conf.storage_dir), conf, layer) for _ in range(2))
    layer.muted = there.processes.id
    for hub in (here, there):
        time_loop.run_until_complete(open_room(hub, "zoo"))
    time_loop.advance(LEASE_SECONDS + 1)
    room, other = (time_loop.run_until_complete(open_room(hub, "lobby")) for hub in (here, there))
    time_loop.run_until_complete(join(room))
    time_loop.run_until_complete(join(other, BOB))
    time_loop.advance(2)
    assert names(room) == ["ada", "bob"]
    assert len(here.processes) == 0, "it knows of no lease"
    _kill(there, other, asyncio.all_tasks(time_loop))
    time_loop.advance(28)
    assert names(room) == ["ada"]
    for hub in (here, there):
        time_loop.run_until_complete(hub.close())


def _kill(hub: Hub, room: Room, tasks: set["asyncio.Task[object]"]) -> None:
    assert hub._process_group._task in tasks
    hub._process_group._task.cancel()
    room.presence.cancel()


def test_a_process_alone_tells_nobody_but_that_it_lives(time_loop: VirtualTimeLoop, conf: Conf) -> None:
    layer = RecordingLayer()
    hub = Hub(JsonFileStore(conf.storage_dir), conf, layer)
    time_loop.run_until_complete(_come_and_go(hub))
    time_loop.advance(10)
    assert ("room.lobby", TYPING) not in layer.sent
    assert {kind for _, kind in layer.sent} == {process_group.LEASE}
    assert len(layer.sent) <= 1 + 30 // 7
    time_loop.run_until_complete(hub.close())


async def _come_and_go(hub: Hub) -> None:
    room = await open_room(hub, "lobby")
    for number in range(20):
        connection, _ = await join(room, Identity(f"a-{number}", "ada"))
        room.typing(connection)
        await asyncio.sleep(1)
        room.leave(connection)
