"""No gap and no duplicate: for clients that resume at any moment, and whatever the channel layer does."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms import channel_group, housekeeper
from chat.rooms.channel_group import EncodedBatch
from chat.rooms.history_reader import HistoryReader, Reader
from chat.rooms.room import Room
from chat.storage import StorageUnavailable
from chat.wire.commands import DeleteMessage, EditMessage, FetchHistory, PostMessage
from tests.chat.conftest import HubWith
from tests.support.core.doubles import RecordingWriter, UnreliableLayer, until
from tests.support.core.room_actions import ADA, BOB, append, fill, join, open_room, resume, say

pytestmark = pytest.mark.usefixtures("_poll_often")


def got_all(writer: RecordingWriter, since: int, last: int) -> bool:
    """Whether a client got every event after `since` exactly once, in order."""
    return writer.ids == list(range(since + 1, last + 1))


async def test_a_client_that_resumes_at_any_moment_gets_every_event_once(conf: Conf, hub_with: HubWith) -> None:
    """Some clients are so far behind that their events are read from storage while others post."""
    for seed in range(2):
        await _resume_during_posts(random.Random(seed), conf, hub_with, f"room-{seed}")


async def _resume_during_posts(rng: random.Random, conf: Conf, hub_with: HubWith, name: str) -> None:
    await fill(conf, [str(number) for number in range(2, 202)], name)
    room = await open_room(hub_with(), name)
    sender = await room.join(RecordingWriter(), Identity("sender", "sender"), None)
    resumed: list[tuple[int, RecordingWriter]] = []

    async def post() -> None:
        for number in range(300):
            room.publish(sender, PostMessage(message=str(number)))
            for _ in range(rng.randrange(6)):
                await asyncio.sleep(0)

    async def resume_later(number: int) -> None:
        for _ in range(number * 5):
            await asyncio.sleep(0)
        since = rng.choice([1, 2, 100, 200, room.feed.last_delivered_id, max(1, room.feed.last_delivered_id - 3)])
        _, writer = await resume(room, since)
        resumed.append((since, writer))

    await asyncio.gather(post(), *(resume_later(number) for number in range(60)))
    await until(lambda: room.feed.last_delivered_id == 501)
    for since, writer in resumed:
        assert got_all(writer, since, 501), (since, writer.frames[0], writer.ids)
        assert "reset" not in writer.frames[0]


async def test_a_history_page_has_no_event_that_was_not_delivered(conf: Conf, hub_with: HubWith) -> None:
    """Regression: an event that was in a page before its delivery was sent a second time, live."""
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    for number in range(200):
        room.publish(connection, PostMessage(message=str(number)))
        page = await room.page(FetchHistory(after=max(1, number - 5), limit=20), Reader())
        assert all(event.id <= room.feed.last_delivered_id for event in page.events)
    await until(lambda: got_all(writer, 1, 201))


async def test_an_edit_whose_message_is_deleted_before_it_is_delivered_is_answered(
    conf: Conf, hub_with: HubWith
) -> None:
    """Regression: behind an event of another process a placeholder came in its place, and its author waited on."""
    room = await open_room(hub_with(), "lobby")
    ada, writer = await join(room)
    _, bob_writer = await join(room, BOB)
    message_id = (await say(room, ada, writer, "one"))["id"]
    append(conf, ["of another process"])
    room.publish(ada, EditMessage(id=message_id, message="two", client_id="edit"))
    room.publish(ada, DeleteMessage(id=message_id, client_id="delete"))
    await until(lambda: writer.of_type("edit"), "the answer")
    for each in (writer, bob_writer):
        await until(lambda each=each: each.of_type("delete"), "the delete")
    types = ["message", "message", "unknown", "delete"]
    assert [frame["type"] for frame in writer.frames if "id" in frame] == [*types, "edit"]
    assert [frame["type"] for frame in bob_writer.frames if "id" in frame] == types


@pytest.mark.parametrize("seed", range(5))
async def test_a_layer_that_drops_duplicates_and_reorders_only_causes_delay(
    seed: int, conf: Conf, hub_with: HubWith
) -> None:
    rng, layer = random.Random(seed), UnreliableLayer(seed)
    channel_layers.set("default", layer)
    await fill(conf, ["first"])
    rooms = [await open_room(hub_with(), "lobby") for _ in range(2)]  # two processes on one folder and layer
    clients = []
    for number in range(6):
        writer = RecordingWriter()
        room = rooms[number % 2]
        clients.append((room, await room.join(writer, Identity(f"a-{number}", f"n-{number}"), None), writer))
    for count in range(120):
        room, connection, _ = rng.choice(clients)
        room.publish(connection, PostMessage(message=str(count)))
        for _ in range(rng.randrange(8)):
            await asyncio.sleep(0)
        if count % 5 == 4:  # so that there are many batches
            await until(lambda room=room, count=count: room.feed.last_delivered_id >= count)
    await until(lambda: all(len(writer.ids) >= 120 for _, _, writer in clients))
    assert all(got_all(writer, 2, 122) for _, _, writer in clients), [writer.ids for _, _, writer in clients]
    assert len({tuple(writer.texts) for _, _, writer in clients}) == 1
    assert layer.dropped
    assert layer.duplicated
    assert layer.delayed


async def test_a_group_that_lost_this_process_is_joined_again(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeper, "RENEW_SECONDS", 0.01)
    room = await open_room(hub_with(), "lobby")
    layer: Any = channel_layers.backends["default"]
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    await layer.flush()
    await until(lambda: layer.groups.get("room.lobby"))
    room.publish(connection, PostMessage(message="hi"))
    await until(lambda: writer.texts == ["hi"])


async def test_a_layer_that_fails_to_send_causes_delay_and_is_logged(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)

    async def fails(*_: object) -> None:
        raise ConnectionError("no answer")

    monkeypatch.setattr(channel_layers.backends["default"], "group_send", fails)
    for number in range(3):
        room.publish(connection, PostMessage(message=str(number)))
        await until(lambda number=number: len(writer.texts) == number + 1)
    assert writer.ids == [2, 3, 4]
    assert "the channel layer did not take a room.batch" in caplog.text


async def test_receiving_continues_after_errors_of_the_layer(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: the first error ended the receiving task, and from then on every event waited for the next poll
    of the file.
    """
    monkeypatch.setattr(channel_group, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    channel_layers.set("default", InMemoryChannelLayer())
    layer: Any = channel_layers["default"]
    receive, errors = layer.receive, [ConnectionError("gone"), TimeoutError(), OSError("reset")]

    async def fails_at_first(channel: str) -> Any:
        if errors:
            raise errors.pop()
        return await receive(channel)

    monkeypatch.setattr(layer, "receive", fails_at_first)
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    room.publish(connection, PostMessage(message="hi"))
    await until(lambda: writer.texts == ["hi"])
    assert not errors
    assert "the channel layer delivers nothing" in caplog.text


async def test_receiving_continues_after_a_message_that_is_none_of_ours(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: one without a type ended the receiving task without a line in the log."""
    monkeypatch.setattr(housekeeper, "POLL_SECONDS", 3600.0)
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    layer: Any = channel_layers["default"]
    for message in ({}, {"type": ["room.batch"]}, {"type": "room.batch"}):
        await layer.group_send("room.lobby", message)
    room.publish(connection, PostMessage(message="hi"))
    await until(lambda: writer.texts == ["hi"])


async def test_a_batch_of_an_unknown_epoch_is_ignored(
    conf: Conf, hub_with: HubWith, caplog: pytest.LogCaptureFixture
) -> None:
    """It may belong to a file that this process has not read yet. The next poll of the file finds out."""
    await fill(conf, ["first"])
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    await room.channel_group.publish(EncodedBatch("another", 3, ['{"type":"message","id":3}']))
    room.publish(connection, PostMessage(message="real"))
    await until(lambda: writer.texts == ["real"])
    assert len(writer.of_type("welcome")) == 1
    assert writer.ids == [3]
    assert "could not be delivered" not in caplog.text


async def test_a_batch_behind_events_that_cannot_be_read_is_one_line_in_the_log(
    conf: Conf, hub_with: HubWith, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it was a traceback, each time that an owner's tool changed a file between two batches."""
    await fill(conf, ["first"])
    room = await open_room(hub_with(), "lobby")
    await room.join(RecordingWriter(), ADA, None)

    def refuse() -> None:
        raise StorageUnavailable("lobby", "another program is changing this file")

    monkeypatch.setattr(room.log, "refresh", refuse)
    await room.channel_group.publish(EncodedBatch(room.feed.epoch, 9, ['{"type":"message","id":9}']))
    await until(lambda: "could not be delivered: lobby: another program" in caplog.text)
    assert "Traceback" not in caplog.text


@pytest.fixture
def replaced_during_a_page(monkeypatch: pytest.MonkeyPatch) -> Callable[[Room], None]:
    """The file of a room is replaced while its next page is read."""

    def replace(room: Room) -> None:
        render = HistoryReader._rendered

        async def rendered(reader: HistoryReader, *arguments: Any) -> Any:
            monkeypatch.setattr(HistoryReader, "_rendered", render)
            found = await render(reader, *arguments)
            room.log.epoch = "the newest"
            return found

        monkeypatch.setattr(HistoryReader, "_rendered", rendered)

    return replace


async def test_events_of_another_history_are_not_delivered_as_the_missing_ones(
    conf: Conf, hub_with: HubWith, replaced_during_a_page: Callable[[Room], None]
) -> None:
    """Regression: they had the epoch that the clients knew, and ids that meant other events there."""
    await fill(conf, ["first"])
    room = await open_room(hub_with(), "lobby")
    _, writer = await resume(room, 2)
    replaced_during_a_page(room)
    await fill(conf, ["second"])
    await until(lambda: writer.of_type("history"))
    assert writer.texts == []
    assert writer.of_type("welcome")[-1]["epoch"] == "the newest"


async def test_a_reset_has_the_page_of_its_epoch(
    conf: Conf, hub_with: HubWith, replaced_during_a_page: Callable[[Room], None]
) -> None:
    """Regression: the epoch was that of before the page was read."""
    await fill(conf, ["first"])
    room = await open_room(hub_with(), "lobby")
    _, writer = await resume(room, 2)
    replaced_during_a_page(room)
    room.log.epoch = "another"
    await until(lambda: writer.of_type("history"))
    assert [welcome["epoch"] for welcome in writer.of_type("welcome")[1:]] == ["the newest"]
