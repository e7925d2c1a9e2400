"""No gap and no double: for those who come back at any moment, and whatever the channel layer does on the way."""

import asyncio
import random
from typing import Any

import pytest
from channels.layers import channel_layers

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import housekeeper, subscription
from chat.wire.protocol import FetchHistory, PostMessage
from tests.chat.conftest import HubWith
from tests.support.core.doubles import DisturbingLayer, RecordingWriter, until
from tests.support.core.room_actions import ADA, fill, resume

pytestmark = pytest.mark.usefixtures("_look_often")


def complete(writer: RecordingWriter, since: int, last: int) -> bool:
    return writer.ids == list(range(since + 1, last + 1))


async def test_whoever_comes_at_any_moment_of_a_run_sees_everything_once(conf: Conf, hub_with: HubWith) -> None:
    """Some of them are so far behind that storage is read for them while others go on talking."""
    for seed in range(2):
        await _come_and_go(random.Random(seed), conf, hub_with, f"room-{seed}")


async def _come_and_go(chance: random.Random, conf: Conf, hub_with: HubWith, name: str) -> None:
    await fill(conf, [str(number) for number in range(2, 202)], name)
    room = await hub_with().room(name)
    talker = await room.join(RecordingWriter(), Identity("talker", "talker"), None)
    joined: list[tuple[int, RecordingWriter]] = []

    async def talk() -> None:
        for number in range(300):
            room.publish(talker, PostMessage(message=str(number)))
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)

    async def come(number: int) -> None:
        for _ in range(number * 5):
            await asyncio.sleep(0)
        since = chance.choice([1, 2, 100, 200, room.feed.last_delivered_id, max(1, room.feed.last_delivered_id - 3)])
        _, writer = await resume(room, since)
        joined.append((since, writer))

    await asyncio.gather(talk(), *(come(number) for number in range(60)))
    await until(lambda: room.feed.last_delivered_id == 501)
    for since, writer in joined:
        assert complete(writer, since, 501), (since, writer.frames[0], writer.ids)
        assert "reset" not in writer.frames[0]


async def test_pages_that_are_asked_for_during_a_run_never_run_ahead(conf: Conf, hub_with: HubWith) -> None:
    """An event in a page that had not been handed out yet came a second time, live."""
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    for number in range(200):
        room.publish(connection, PostMessage(message=str(number)))
        page = await room.page(FetchHistory(after=max(1, number - 5), limit=20), "")
        assert all(event.id <= room.feed.last_delivered_id for event in page.events)
    await until(lambda: complete(writer, 1, 201))


@pytest.mark.parametrize("seed", range(5))
async def test_a_layer_that_loses_doubles_and_reorders_only_delays(seed: int, conf: Conf, hub_with: HubWith) -> None:
    chance, layer = random.Random(seed), DisturbingLayer(seed)
    channel_layers.set("default", layer)
    await fill(conf, ["first"])
    rooms = [await hub_with().room("lobby") for _ in range(2)]  # two processes on one folder and layer
    people = []
    for number in range(6):
        writer = RecordingWriter()
        room = rooms[number % 2]
        people.append((room, await room.join(writer, Identity(f"a-{number}", f"n-{number}"), None), writer))
    for count in range(120):
        room, connection, _ = chance.choice(people)
        room.publish(connection, PostMessage(message=str(count)))
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        if count % 5 == 4:  # so that there are many batches
            await until(lambda room=room, count=count: room.feed.last_delivered_id >= count)
    await until(lambda: all(len(writer.ids) >= 120 for _, _, writer in people))
    assert all(complete(writer, 2, 122) for _, _, writer in people), [writer.ids for _, _, writer in people]
    assert len({tuple(writer.texts) for _, _, writer in people}) == 1
    assert layer.lost
    assert layer.doubled
    assert layer.delayed


async def test_a_layer_that_forgot_this_process_is_joined_again(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "RENEW_SECONDS", 0.01)
    room = await hub_with().room("lobby")
    layer: Any = channel_layers.backends["default"]
    await layer.flush()
    await until(lambda: layer.groups.get("room.lobby"))
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    room.publish(connection, PostMessage(message="hi"))
    await until(lambda: writer.texts == ["hi"])


async def test_a_layer_that_fails_delays_and_says_so(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)

    async def fails(*_: object) -> None:
        raise ConnectionError("no answer")

    monkeypatch.setattr(channel_layers.backends["default"], "group_send", fails)
    for number in range(3):
        room.publish(connection, PostMessage(message=str(number)))
        await until(lambda number=number: len(writer.texts) == number + 1)
    assert writer.ids == [2, 3, 4]
    assert "the channel layer did not take a batch" in caplog.text


async def test_a_layer_that_could_not_be_heard_for_a_while_is_heard_again(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first error ended the task that listens, and from then on everybody waited for the next look at the file."""
    monkeypatch.setattr(subscription, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    layer: Any = channel_layers["default"]
    receive, left = layer.receive, [ConnectionError("gone"), TimeoutError(), OSError("reset")]

    async def fails_at_first(channel: str) -> Any:
        if left:
            raise left.pop()
        return await receive(channel)

    monkeypatch.setattr(layer, "receive", fails_at_first)
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    room.publish(connection, PostMessage(message="hi"))
    await until(lambda: writer.texts == ["hi"])
    assert not left
    assert "the channel layer delivers nothing" in caplog.text


async def test_a_batch_of_an_unknown_epoch_upsets_nobody(conf: Conf, hub_with: HubWith) -> None:
    """Another process may speak of a file that this one has not looked at: that is for the look at the file to say."""
    await fill(conf, ["first"])
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    layer: Any = channel_layers.backends["default"]
    await layer.group_send(
        "room.lobby", {"type": "room.batch", "epoch": "another", "first": 3, "texts": ['{"type":"message","id":3}']}
    )
    room.publish(connection, PostMessage(message="real"))
    await until(lambda: writer.texts == ["real"])
    assert len(writer.of("welcome")) == 1
    assert writer.ids == [3]
