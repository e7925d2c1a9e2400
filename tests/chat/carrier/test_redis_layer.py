"""The channel layer on a real Redis: what reaches another process, what does not, and what Redis is asked to do."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from channels.layers import channel_layers
from django.test import override_settings

from chat.carrier import other_sites, outbox, redis_layer, server, subscriptions
from chat.carrier.redis_layer import MAX_MESSAGE_BYTES, RedisLayer
from chat.rooms import process_group
from chat.rooms.carrier import Carrier
from tests.support.core.doubles import TIME_LIMIT, until
from tests.support.servers.redis_server import RedisServer

GROUP = "room.lobby"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was sent expires, and no answer is missed, because this process or Redis stood still for a while."""
    monkeypatch.setattr(outbox, "EXPIRY_SECONDS", TIME_LIMIT)
    set_timeout(monkeypatch, TIME_LIMIT)


def set_timeout(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long an answer of Redis is waited for."""
    for module in (server, outbox):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", seconds)


def stand_still(monkeypatch: pytest.MonkeyPatch, seconds: float) -> float:
    """What a process sees that was stopped for so long: the clock of its loop has jumped. The time afterwards."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + seconds)
    return loop.time()


class Process:
    """A layer with one channel in the group."""

    def __init__(self, url: str, site: str = "") -> None:
        self.layer = RedisLayer(url, site)
        self.channel = ""
        self.gaps = 0
        self.layer.add_gap_listener(self._on_gap)

    def _on_gap(self) -> None:
        self.gaps += 1

    async def join(self, group: str = GROUP) -> None:
        """Join, and wait until messages of other processes arrive."""
        gaps = self.gaps
        self.channel = self.channel or await self.layer.new_channel()
        await self.layer.group_add(group, self.channel)
        await until(lambda: self.gaps > gaps, "the subscription")

    async def receive(self) -> Any:
        return await asyncio.wait_for(self.layer.receive(self.channel), TIME_LIMIT)

    async def send(self, **fields: Any) -> None:
        await self.layer.group_send(GROUP, {"type": "test", **fields})


Processes = Callable[..., Process]


@pytest.fixture
async def process() -> AsyncIterator[Processes]:
    """Makes processes by the URL of their Redis."""
    made: list[Process] = []

    def make(url: str, site: str = "") -> Process:
        made.append(Process(url, site))
        return made[-1]

    yield make
    for one in made:
        await one.layer.close()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


async def joined(*processes: Process) -> None:
    for each in processes:
        await each.join()


async def one_reaches_two(one: Process, two: Process) -> None:
    await joined(one, two)
    await one.send(number=1)
    assert (await two.receive())["number"] == 1


async def off_loop(call: Callable[[], Any]) -> None:
    await asyncio.get_running_loop().run_in_executor(None, call)


async def test_a_message_reaches_every_process_once_and_its_sender_without_redis(
    redis: RedisServer, process: Processes
) -> None:
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    for number in range(3):
        await one.send(number=number)
        assert await one.receive() == {"type": "test", "number": number}
    for number in range(3):
        assert await two.receive() == {"type": "test", "number": number}
    await two.send(number=3)
    assert (await one.receive())["number"] == 3, "its own messages came back and were ignored"
    assert (one.layer.received, two.layer.received) == (1, 3)


async def test_two_processes_write_and_each_sees_the_order_of_the_other(redis: RedisServer, process: Processes) -> None:
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    for number in range(100):
        await one.send(of=1, number=number)
        await two.send(of=2, number=number)
    for receiver in (one, two):
        received = [await receiver.receive() for _ in range(200)]
        for sender in (1, 2):
            assert [each["number"] for each in received if each["of"] == sender] == list(range(100))


async def test_a_group_is_subscribed_once_for_a_process_and_left_with_its_last_channel(
    redis: RedisServer, process: Processes
) -> None:
    one = process(redis.url)
    await one.join()
    second = await one.layer.new_channel()
    await one.layer.group_add(GROUP, second)
    with contextlib.closing(redis.client()) as client:

        def subscribers() -> int:
            [(_, count)] = client.pubsub_numsub("chatsite:0::room.lobby")
            return int(count)

        assert subscribers() == 1
        await one.layer.group_discard(GROUP, one.channel)
        await one.layer.group_add("room.other", second)
        await until(lambda: b"chatsite:0::room.other" in client.pubsub_channels())
        assert subscribers() == 1
        await one.layer.group_discard(GROUP, second)
        await until(lambda: subscribers() == 0)


async def test_of_a_large_message_other_processes_get_what_is_no_list(redis: RedisServer, process: Processes) -> None:
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    large = {"first_id": 7, "texts": ["x" * MAX_MESSAGE_BYTES], "deleted": (1,)}
    await one.send(**large)
    assert await one.receive() == {"type": "test", **large}
    assert await two.receive() == {"type": "test", "first_id": 7}


async def test_databases_of_one_redis_are_apart(redis: RedisServer, process: Processes) -> None:
    zero, one = process(redis.url), process(redis.url.removesuffix("0") + "1")
    await zero.join()
    await one.join()
    await zero.send(number=0)
    await one.send(number=1)
    assert [(await each.receive())["number"] for each in (zero, one)] == [0, 1]
    await until(lambda: zero.layer.outbox.published == one.layer.outbox.published == 1)
    assert zero.layer.received == one.layer.received == 0


async def test_a_unix_socket_is_as_good(own_redis: RedisServer, process: Processes) -> None:
    one, two = process(own_redis.socket_url), process(own_redis.url)
    await one_reaches_two(one, two)


async def test_a_redis_that_is_restarted_is_found_again_and_told_of_once(
    own_redis: RedisServer, process: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat.carrier")
    one, two = process(own_redis.url), process(own_redis.url)
    await joined(one, two)
    await off_loop(own_redis.stop)
    await until(lambda: not one.layer.is_available and not two.layer.is_available)
    await one.send(number=1)
    assert (await one.receive())["number"] == 1, "people of the same process notice nothing"
    gaps = two.gaps
    await off_loop(own_redis.start)
    await until(lambda: one.layer.is_available and two.layer.is_available)
    assert two.gaps > gaps, "what was published meanwhile has to be looked for"
    await one.send(number=2)
    await until(lambda: two.layer.received)
    lines = [record.message for record in caplog.records]
    assert sum("does not carry events" in line for line in lines) == 2
    assert sum("carries events again" in line for line in lines) == 2


async def test_a_redis_that_stops_answering_delays_nobody_and_is_left(
    own_redis: RedisServer, process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PING_SECONDS", 0.2)
    set_timeout(monkeypatch, 2.0)
    one = process(own_redis.url)
    await one.join()
    gaps = one.gaps
    with own_redis.paused():
        for number in range(3):
            await one.send(number=number)
            assert (await one.receive())["number"] == number
        await until(lambda: {"publishing", "receiving"} <= one.layer.outage._failing)
    await until(lambda: one.layer.is_available)
    await until(lambda: one.gaps > gaps)


async def test_a_process_that_stood_still_does_not_take_redis_for_gone(
    redis: RedisServer, process: Processes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: after a SIGSTOP or a hibernation the log said that Redis had given no answer for so long."""
    monkeypatch.setattr(subscriptions, "PING_SECONDS", TIME_LIMIT)
    one = process(redis.url)
    await one.join()
    subscriber = one.layer._subscriptions
    stood_still_until = stand_still(monkeypatch, 2.5 * TIME_LIMIT)
    await until(lambda: subscriber._heard_at > stood_still_until, "an answer")
    assert one.layer.outage.count == 0
    assert "does not carry events" not in caplog.text


async def test_a_process_that_stood_still_while_it_published_does_not_take_redis_for_gone(
    own_redis: RedisServer, process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = process(own_redis.url)
    await one.join()
    own_redis.pause()
    await one.send(number=1)
    await until(lambda: not one.layer.outbox._queue, "a publication that waits for its answer")
    own_redis.resume()
    stand_still(monkeypatch, TIME_LIMIT + 1.0)
    await one.send(number=2)
    await until(lambda: one.layer.outbox.published + one.layer.outbox.dropped >= 2)
    await one.send(number=3)
    await until(lambda: one.layer.outbox.published + one.layer.outbox.dropped >= 3)
    assert one.layer.outage.count == 0


async def test_a_connection_that_was_killed_is_made_again_and_the_gap_reported(
    own_redis: RedisServer, process: Processes
) -> None:
    one, two = process(own_redis.url), process(own_redis.url)
    await joined(one, two)
    gaps = two.gaps
    with contextlib.closing(own_redis.client()) as client:
        client.client_kill_filter(_type="pubsub")
        client.client_kill_filter(_type="normal", skipme=True)
    await until(lambda: two.gaps > gaps and one.layer.is_available and two.layer.is_available)
    await one.send(number=1)
    await until(lambda: two.layer.received)


async def test_a_full_output_buffer_cuts_the_subscriber_off_and_it_looks_for_what_it_missed(
    process: Processes,
) -> None:
    with RedisServer(client_output_buffer_limit="pubsub 64kb 0 0") as own_redis:
        one = process(own_redis.url)
        await one.join()
        gaps = one.gaps
        with contextlib.closing(own_redis.client()) as client:
            client.publish("chatsite:0::room.lobby", b"x" * 500_000)
        await until(lambda: one.gaps > gaps)
        two = process(own_redis.url)
        await two.join()
        await two.send(number=1)
        await until(lambda: one.layer.received == 1)


async def test_what_strangers_publish_is_logged_and_ignored(
    redis: RedisServer, process: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    with contextlib.closing(redis.client()) as client:
        for data in (b"", b"x", b"12345678[1]", b"12345678\x91\x01"):
            client.publish("chatsite:0::room.lobby", data)
    await two.send(number=1)
    assert (await one.receive())["number"] == 1
    assert caplog.text.count("is no message of chatsite") == 2 * 4


async def test_a_channel_of_another_process_cannot_be_sent_to(redis: RedisServer, process: Processes) -> None:
    one, two = process(redis.url), process(redis.url)
    one.channel = await one.layer.new_channel()
    await one.layer.send(one.channel, {"type": "test"})
    assert await one.receive() == {"type": "test"}
    with pytest.raises(ValueError, match="no channel of this process"):
        await two.layer.send(one.channel, {"type": "test"})


@pytest.mark.parametrize(
    ("options", "url", "reason"),
    [
        ({"requirepass": "right"}, "redis://:wr%40ng-word@127.0.0.1:{port}/0", "invalid username-password pair"),
        ({"requirepass": "right"}, "redis://127.0.0.1:{port}/0", "Authentication required"),
        ({}, "redis://:wr%40ng-word@127.0.0.1:{port}/0", "AUTH"),
        ({}, "redis://127.0.0.1:{port}/99", "out of range"),
        ({"maxclients": "1"}, "redis://127.0.0.1:{port}/0", "max number of clients"),
        ({}, "redis://:wr%40ng-word@127.0.0.1:1/0", "Connect call failed"),
        ({}, "unix://:wr%40ng-word@/no/such/socket", "No such file"),
    ],
)
async def test_a_redis_that_refuses_is_named_in_one_line_and_never_the_password(
    options: dict[str, str], url: str, reason: str, process: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    with _configured(options) as server:
        one = process(url.format(port=server.port))
        one.channel = await one.layer.new_channel()
        await one.layer.group_add(GROUP, one.channel)
        await until(lambda: not one.layer.is_available)
        for number in range(3):
            await one.send(number=number)
            assert (await one.receive())["number"] == number
    [line] = [record.message for record in caplog.records if record.name == "chat.carrier.outage"]
    assert reason in line
    assert "wr@ng-word" not in caplog.text
    assert "wr%40ng-word" not in caplog.text


async def test_a_user_who_may_not_publish_is_told_of_until_a_publication_is_accepted(
    own_redis: RedisServer, process: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(own_redis.client()) as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">word", "allchannels", "+ping", "+subscribe")
        one = process(f"redis://reader:word@127.0.0.1:{own_redis.port}/0")
        await one.join()
        await one.send(number=1)
        await until(lambda: not one.layer.is_available)
        await one.send(number=2)
        await until(lambda: one.layer.outbox.dropped == 2)
        client.execute_command("ACL", "SETUSER", "reader", "+publish")
        await one.send(number=3)
        await until(lambda: one.layer.is_available)
    assert caplog.text.count("no permissions to run the 'publish' command") == 1


async def test_a_redis_without_memory_still_carries_events(process: Processes) -> None:
    with RedisServer(maxmemory="1mb", maxmemory_policy="noeviction") as server:
        one, two = process(server.url), process(server.url)
        await one_reaches_two(one, two)


async def test_what_cannot_be_published_is_bounded_and_the_oldest_is_dropped(
    process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_QUEUED_BYTES", 10_000)
    one = process("redis://127.0.0.1:1/0")
    for _ in range(100):
        await one.send(text="x" * 1000)
    assert one.layer.outbox._queued_bytes <= 10_000
    assert one.layer.outbox.dropped >= 90


async def test_what_waited_too_long_is_not_published_any_more(
    own_redis: RedisServer, process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "EXPIRY_SECONDS", 0.01)
    one, two = process(own_redis.url), process(own_redis.url)
    await joined(one, two)
    await off_loop(own_redis.kill)
    await until(lambda: not one.layer.is_available)
    await one.send(number=1)
    await off_loop(own_redis.start)
    await until(lambda: one.layer.is_available and two.layer.is_available and not one.layer.outbox._queue)
    monkeypatch.setattr(outbox, "EXPIRY_SECONDS", 60.0)
    await one.send(number=2)
    await until(lambda: two.layer.received)
    assert (await two.receive())["number"] == 2


async def test_a_receiver_that_falls_behind_loses_the_oldest_and_is_told_of_the_gap(
    redis: RedisServer, process: Processes
) -> None:
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    gaps = two.gaps
    for number in range(300):
        await one.send(number=number)
    await until(lambda: two.layer.received == 300)
    assert two.gaps > gaps
    assert (await two.receive())["number"] == 300 - 256


async def test_two_sites_on_one_redis_do_not_hear_each_other(redis: RedisServer, process: Processes) -> None:
    one, two, other = process(redis.url, "one"), process(redis.url, "one"), process(redis.url, "other")
    for each in (one, two, other):
        await each.join()
    await other.send(number=1)
    await one.send(number=2)
    assert [(await each.receive())["number"] for each in (one, two, other)] == [2, 2, 1]


@pytest.mark.parametrize(("key", "warnings"), [("one", 0), ("other", 1)])
async def test_the_log_tells_once_of_processes_with_another_key(
    key: str,
    warnings: int,
    own_redis: RedisServer,
    process: Processes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(other_sites, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(other_sites, "ASK_SECONDS", 0.01)
    first, number_1 = process(own_redis.url, key), process(own_redis.url.removesuffix("0") + "1", "different")
    for each in (first, number_1):
        await each.join(process_group.GROUP)
    second = process(own_redis.url, "one")
    await second.join(process_group.GROUP)
    with contextlib.closing(own_redis.client()) as client:

        def questions() -> int:
            return int(client.info("commandstats").get("cmdstat_pubsub|channels", {"calls": 0})["calls"])

        await until(lambda: "another DJANGO_SECRET_KEY" in caplog.text or not warnings)
        asked = questions()
        await until(lambda: questions() > asked + 10, "some more questions")
    about_it = [record for record in caplog.records if record.name == "chat.carrier.other_sites"]
    assert len(about_it) == 2 * warnings, "once in each of the two"


async def test_every_task_has_ended_when_the_layer_is_closed(
    process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a cancellation can be lost while redis-py connects, and the task went on in a closed layer."""
    monkeypatch.setattr(redis_layer, "CANCEL_SECONDS", 0.01)
    lost: list[str] = []

    class LosingOnce(outbox.Outbox):
        async def run(self) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost.append("the first one")
            await asyncio.Event().wait()

    one = process("redis://127.0.0.1:1/0")
    one.layer.outbox = LosingOnce(one.layer._subscriptions._server, one.layer.outage)
    one.layer.start()
    tasks = list(one.layer._tasks)
    await asyncio.sleep(0)
    await asyncio.wait_for(one.layer.close(), 20)
    assert lost == ["the first one"]
    assert all(task.done() for task in tasks)


async def test_what_was_sent_before_the_layer_is_closed_is_published(
    redis: RedisServer, process: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_layer, "CLOSE_SECONDS", TIME_LIMIT)
    one, two = process(redis.url), process(redis.url)
    await joined(one, two)
    await one.send(number=1)
    await one.layer.close()
    assert (await two.receive())["number"] == 1


async def test_the_setting_makes_it_the_layer_of_channels(redis: RedisServer) -> None:
    layers = {"default": {"BACKEND": "chat.carrier.redis_layer.RedisLayer", "CONFIG": {"url": redis.url}}}
    with override_settings(CHANNEL_LAYERS=layers):
        layer = channel_layers["default"]
    assert isinstance(layer, RedisLayer)
    assert isinstance(layer, Carrier), "or the hub takes it for a layer that tells nothing"


@contextlib.contextmanager
def _configured(options: dict[str, str]) -> Iterator[RedisServer]:
    """A Redis that is configured once it runs. The connection that does it stays open."""
    with RedisServer() as server, contextlib.closing(server.client()) as client:
        for name, value in options.items():
            client.config_set(name, value)
        yield server
