"""Channels and groups of one process: bounded, and without a server."""

import asyncio

from chat.carrier.local_channels import CAPACITY, LocalChannels


def message(number: int) -> dict[str, object]:
    return {"type": "test", "number": number}


async def test_each_member_of_a_group_gets_each_message_in_order() -> None:
    local = LocalChannels()
    for channel in ("a", "a", "b"):
        local.add("group", channel)
    for number in range(3):
        assert local.deliver("group", message(number))
    for channel in ("a", "b"):
        assert [(await local.receive(channel))["number"] for _ in range(3)] == [0, 1, 2]


async def test_a_message_of_one_member_can_be_changed_without_the_others() -> None:
    local = LocalChannels()
    local.add("group", "a")
    local.add("group", "b")
    local.deliver("group", message(1))
    (await local.receive("a"))["number"] = 2
    assert await local.receive("b") == message(1)


async def test_a_full_channel_loses_its_oldest_message_and_says_so() -> None:
    local = LocalChannels()
    local.add("group", "a")
    assert all(local.deliver("group", message(number)) for number in range(CAPACITY))
    assert not local.deliver("group", message(CAPACITY))
    assert await local.receive("a") == message(1)


async def test_who_left_gets_nothing_and_is_forgotten() -> None:
    local = LocalChannels()
    local.add("group", "a")
    local.deliver("group", message(1))
    local.discard("group", "a")
    local.discard("group", "a")
    assert not local.groups
    assert local.deliver("group", message(2))
    assert not local._queues


async def test_a_receiver_that_was_cancelled_loses_nothing() -> None:
    local = LocalChannels()
    local.add("group", "a")
    receiving = asyncio.create_task(local.receive("a"))
    await asyncio.sleep(0)
    local.deliver("group", message(1))
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    assert await local.receive("a") == message(1)
