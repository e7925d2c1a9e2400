"""The channel layer of one process: what Channels asks of a layer; a receiver is called while a message is sent."""

import asyncio

import pytest
from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer, InMemoryChannelLayer

from chat.carrier.local_layer import LocalLayer
from chat.rooms import housekeeper
from chat.rooms.carrier import DirectLayer
from chat.rooms.channel_group import BATCH, MAX_WAITING, ChannelGroup, EncodedBatch
from tests.chat.conftest import HubWith
from tests.support.core.asgi_clients import WebSocketClient
from tests.support.core.doubles import until
from tests.support.live_server import TIME_LIMIT

GROUP = "room.lobby"


@pytest.mark.parametrize("layer", [LocalLayer(), InMemoryChannelLayer()], ids=["ours", "of Channels"])
async def test_the_interface_of_channels(layer: BaseChannelLayer) -> None:
    """What programs that share the layer rely on, the same in both."""
    one, two = await layer.new_channel(), await layer.new_channel("specific.x")
    assert one != two
    layer.require_valid_channel_name(two)
    for channel in (one, two):
        await layer.group_add(GROUP, channel)
    await layer.group_send(GROUP, {"type": "to.all"})
    await layer.send(two, {"type": "to.two"})
    assert await layer.receive(one) == {"type": "to.all"}
    assert [await layer.receive(two) for _ in range(2)] == [{"type": "to.all"}, {"type": "to.two"}]
    waiting = asyncio.create_task(layer.receive(one))
    await layer.group_discard(GROUP, two)
    await layer.group_send(GROUP, {"type": "again"})
    assert await waiting == {"type": "again"}
    with pytest.raises(TypeError, match="Group name"):
        await layer.group_add("no group!", one)
    await layer.flush()
    await layer.group_send(GROUP, {"type": "to.nobody"})
    await layer.close()


@pytest.mark.parametrize("layer", [LocalLayer(), InMemoryChannelLayer()], ids=["ours", "of Channels"])
async def test_who_waits_for_messages_gets_them_also_after_leaving_a_group(layer: BaseChannelLayer) -> None:
    channel = await layer.new_channel("specific.")
    waiting = asyncio.create_task(layer.receive(channel))
    await layer.group_add(GROUP, channel)
    await asyncio.sleep(0)
    await layer.group_discard(GROUP, channel)
    await layer.send(channel, {"type": "to.one"})
    assert await asyncio.wait_for(waiting, TIME_LIMIT) == {"type": "to.one"}


async def test_a_channel_without_a_group_is_forgotten_when_nobody_waits_at_it() -> None:
    """Each consumer of Channels itself has one, and ends its wait by a cancellation."""
    layer = LocalLayer()
    for is_sent in (True, False):
        channel = await layer.new_channel()
        waiting = asyncio.create_task(layer.receive(channel))
        await asyncio.sleep(0)
        if is_sent:
            await layer.send(channel, {"type": "to.one"})
        else:
            waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert not layer._local._queues


async def test_a_channel_is_bounded_and_its_sender_is_told() -> None:
    layer = LocalLayer(capacity=2, expiry=60)
    channel = await layer.new_channel()
    for number in range(2):
        await layer.send(channel, {"type": "test", "number": number})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {"type": "test", "number": 2})
    await layer.group_add(GROUP, channel)
    await layer.group_send(GROUP, {"type": "test", "number": 3})
    assert [(await layer.receive(channel))["number"] for _ in range(2)] == [1, 3], "a group loses the oldest one"


class Group(ChannelGroup):
    """Records the numbers of its messages, and handles them only while `open` is set."""

    def __init__(self, layer: BaseChannelLayer) -> None:
        super().__init__(layer, GROUP)
        self.open = asyncio.Event()
        self.numbers: list[int] = []
        self.on_message("test", self._on_test)

    async def _on_test(self, message: dict[str, int]) -> None:
        await self.open.wait()
        self.numbers.append(message["number"])
        if message["number"] == 1:
            raise ZeroDivisionError

    async def _on_batch(self, message: dict[str, int]) -> None:
        await self.open.wait()
        self.numbers.append(message["first_id"])


async def test_the_receiver_has_a_message_when_it_is_sent_and_no_task_is_made() -> None:
    layer = LocalLayer()
    assert isinstance(layer, DirectLayer)
    groups = [Group(layer), Group(layer)]
    for group in groups:
        await group.join()
        group.open.set()
    before = asyncio.all_tasks()
    for number in range(3):
        await groups[0].send("test", number=number)
        assert all(group.numbers == [*range(number + 1)] for group in groups)
    assert asyncio.all_tasks() == before
    await groups[0].leave()
    await groups[1].send("test", number=3)
    assert [len(group.numbers) for group in groups] == [3, 4]


async def test_messages_wait_in_order_for_one_that_is_being_handled_and_are_bounded() -> None:
    layer = LocalLayer()
    group, other = Group(layer), Group(layer)
    await group.join()
    for number in range(MAX_WAITING + 3):
        await group.send("test", number=number)
    assert group.numbers == []
    group.open.set()
    await until(lambda: len(group.numbers) == MAX_WAITING + 1)
    assert group.numbers == [0, *range(3, MAX_WAITING + 3)], "the oldest of those that waited are lost"
    group.open.clear()
    await other.send("test", number=1000)
    await group.leave()
    group.open.set()
    await group.join()
    await other.send("test", number=1001)
    assert group.numbers[-1] == 1001


async def test_a_message_to_a_group_that_is_joined_again_while_it_is_being_left_is_handled() -> None:
    """The last people of a room leave, and the next one comes, while a batch is delivered."""
    group = Group(LocalLayer())
    await group.join()
    await group.send("test", number=1)
    leaving = asyncio.create_task(group.leave())
    await asyncio.sleep(0)
    assert not leaving.done(), "it waits for the end of what is being handled"
    await group.join()
    group.open.set()
    await group.send("test", number=2)
    await leaving
    await until(lambda: group.numbers == [2])
    await group.close()


async def test_a_batch_is_published_when_it_is_delivered_here() -> None:
    """Or many small batches would wait here for a broadcast to thousands, each of them a write to every connection."""
    group = Group(LocalLayer())
    group.on_message(BATCH, group._on_batch)
    await group.join()
    publishing = asyncio.create_task(group.publish(EncodedBatch("epoch", 2, [])))
    await until(lambda: group._is_working)
    for _ in range(10):
        await asyncio.sleep(0)
    assert not publishing.done()
    group.open.set()
    await publishing
    assert group.numbers == [2]
    group.open.clear()
    publishing = asyncio.create_task(group.publish(EncodedBatch("epoch", 3, [])))
    await until(lambda: group._is_working)
    await group.leave()
    await asyncio.wait_for(publishing, 20)


@pytest.mark.parametrize("layer", [LocalLayer, InMemoryChannelLayer])
async def test_a_room_works_over_both_layers(
    layer: type[BaseChannelLayer], hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    hub = hub_with(layer=layer())
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        await bob.receive("welcome")
        for number in range(20):
            event = await ada.say(f"message {number}")
            assert await bob.receive("message") == event
        await ada.send(type="typing")
        assert (await bob.receive("typing"))["username"] == "ada"
