"""Another process writes so much that clients have to begin anew: once, and everybody's own message is answered."""

import asyncio

import pytest

from chat.conf import Conf
from chat.rooms import reset_delay
from chat.rooms.answers import Answer
from chat.rooms.channel_group import EncodedBatch
from chat.rooms.connections import Connection
from chat.rooms.history_reader import Reader
from chat.rooms.recent import EncodedEvent
from chat.rooms.room import Room
from chat.storage.json_files.store import JsonFileStore
from chat.wire.commands import DeleteMessage, EditMessage, FetchHistory, PostMessage
from tests.chat.conftest import HubWith
from tests.support.core.doubles import RecordingWriter, until
from tests.support.core.room_actions import BOB, append, fill, join, open_room, resume, say

pytestmark = pytest.mark.usefixtures("_poll_often")
BATCH = [str(number) for number in range(30)]  # more than the room sends again


def compact(conf: Conf) -> None:
    """Compact the lobby, as another process does."""
    assert JsonFileStore(conf.storage_dir).open("lobby").compact().records


async def with_resets_put_off(
    hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> tuple[Room, Connection, RecordingWriter]:
    """The lobby, with a client that said something."""
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 3600.0)
    room = await open_room(hub_with(resume_max=20), "lobby")
    ada, writer = await join(room)
    await say(room, ada, writer, "before")
    return room, ada, writer


async def test_clients_begin_anew_once_after_an_import_and_their_messages_are_answered_meanwhile(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: an import of 126 batches reset each screen at every poll, and a message got lost between two."""
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 3600.0)
    room = await open_room(hub_with(resume_max=20), "lobby")
    ada, ada_writer = await join(room)
    _, bob_writer = await join(room, BOB)
    await say(room, ada, ada_writer, "before")
    for number in range(10):
        await fill(conf, BATCH)
        await until(lambda number=number: room.log.last_id >= 2 + 30 * (number + 1), "a poll")
        event = await say(room, ada, ada_writer, f"during {number}")
        room.publish(ada, PostMessage(message=f"during {number}", client_id=f"say during {number}"))
        await until(lambda event=event: ada_writer.frames.count(event) == 2, "the answer to a repeat")
    for writer in (ada_writer, bob_writer):
        assert len(writer.of_type("welcome")) == 1
    assert bob_writer.texts == ["before"]

    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 0.0)
    await until(lambda: len(bob_writer.of_type("welcome")) == 2, "a reset")
    await say(room, ada, ada_writer, "after")
    await until(lambda: bob_writer.texts == ["before", "after"])
    for writer in (ada_writer, bob_writer):
        first, second = writer.of_type("welcome")
        assert (first.get("reset"), second["reset"], second["last_id"]) == (None, True, 312)
        (page,) = writer.of_type("history")
        assert [each["id"] for each in page["events"]] == list(range(263, 313))


async def during_an_import(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> tuple[Room, Connection, RecordingWriter]:
    """The lobby, with a client that said something before and has not been reset yet."""
    room, ada, writer = await with_resets_put_off(hub_with, monkeypatch)
    await fill(conf, BATCH)
    await until(lambda: room.log.last_id >= 32, "a poll")
    return room, ada, writer


async def test_a_message_that_only_its_author_knows_yet_can_be_changed(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: during an import nobody could take back what they had just said, as if there were no such message."""
    room, ada, writer = await during_an_import(conf, hub_with, monkeypatch)
    message_id = (await say(room, ada, writer, "my pasword"))["id"]
    room.publish(ada, EditMessage(id=message_id, message="my password", client_id="edit"))
    room.publish(ada, PostMessage(message="oh", reply_to=message_id, client_id="reply"))
    room.publish(ada, DeleteMessage(id=message_id, client_id="delete"))
    await until(lambda: writer.of_type("delete"), "the answer to the delete")
    assert [frame["client_id"] for frame in writer.answers[-3:]] == ["edit", "reply", "delete"]


async def test_a_client_that_asks_for_what_is_not_delivered_yet_is_not_told_that_it_has_all(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the gap in front of its own message counted as filled, and a new connection resumed behind it."""
    room, ada, writer = await during_an_import(conf, hub_with, monkeypatch)
    await say(room, ada, writer, "during")
    page = await room.page(FetchHistory(after=2, limit=50), Reader())
    assert (page.events, page.complete) == ([], False)


async def test_what_is_deleted_while_a_reset_is_put_off_is_not_sent_to_who_comes_back(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the events in memory were kept meanwhile, and had the words of what was deleted."""
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 3600.0)
    room = await open_room(hub_with(resume_max=20), "lobby")
    ada, writer = await join(room)
    secret = await say(room, ada, writer, "x-mark")
    await fill(conf, BATCH)
    await until(lambda: room.log.last_id >= 32, "a poll")
    room.publish(ada, DeleteMessage(id=secret["id"], client_id="delete"))
    await until(lambda: writer.of_type("delete"), "the answer to the delete")
    _, bob_writer = await resume(room, secret["id"] - 1)
    assert bob_writer.texts == []


async def test_without_anybody_in_the_room_nothing_is_put_off(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 3600.0)
    room = await open_room(hub_with(resume_max=20), "lobby")
    await fill(conf, BATCH)
    await until(lambda: room.feed.last_delivered_id == 31, "a poll")


async def test_another_server_that_is_never_quiet_does_not_put_off_a_reset_for_ever(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 3600.0)
    monkeypatch.setattr(reset_delay, "MAX_SECONDS", 0.05)
    room = await open_room(hub_with(resume_max=20), "lobby")
    _, writer = await join(room)
    await fill(conf, BATCH)
    await until(lambda: len(writer.of_type("welcome")) > 1 and writer.of_type("history"), "a reset")


async def test_a_compaction_while_another_server_goes_on_puts_nothing_off(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: whoever had a few events still to come saw nothing of others for up to a minute."""
    room, ada, writer = await with_resets_put_off(hub_with, monkeypatch)
    message_id = room.feed.last_delivered_id
    for number in range(2):
        room.publish(ada, EditMessage(id=message_id, message=f"edited {number}", client_id=f"edit {number}"))
    await until(lambda: len(writer.of_type("edit")) == 2, "the edits")

    def write_on_and_compact() -> None:
        append(conf, ["one", "two"])
        compact(conf)
        append(conf, ["three"])

    await room.feed._executor.run(write_on_and_compact)  # no poll runs meanwhile: as if it all took a while to arrive
    await until(lambda: len(writer.of_type("welcome")) > 1 and writer.of_type("history"), "a reset")
    await fill(conf, ["four"])
    await until(lambda: writer.texts == ["before", "four"], "what follows")


async def test_the_own_messages_of_a_busy_room_do_not_put_off_a_reset(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 0.3)
    room = await open_room(hub_with(resume_max=20), "lobby")
    ada, writer = await join(room)
    await fill(conf, BATCH)
    while len(writer.of_type("welcome")) == 1:
        await say(room, ada, writer, f"and {room.log.last_id}")


async def test_what_was_stored_before_a_reset_and_is_reported_after_it_is_answered(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: a batch is stored while the one in front of it is published. Its authors waited for ever."""
    room = await open_room(hub_with(), "lobby")
    ada, writer = await join(room)
    message_id = (await say(room, ada, writer, "before"))["id"]
    is_reset, publish = asyncio.Event(), room.channel_group.publish

    async def publish_late(batch: EncodedBatch) -> None:
        await is_reset.wait()
        await publish(batch)

    monkeypatch.setattr(room.channel_group, "publish", publish_late)
    for number in range(2):
        room.publish(ada, EditMessage(id=message_id, message=f"edited {number}", client_id=f"edit {number}"))
        await asyncio.sleep(0)  # the first one begins a batch, the second one waits for the next
    await until(lambda: room.log.last_id == message_id + 2, "both stored")
    await asyncio.to_thread(compact, conf)
    await room.feed.deliver_from_log()
    is_reset.set()
    await until(lambda: len(writer.of_type("edit")) == 2, "the answers")
    assert [each["type"] for each in writer.frames][-4:] == ["welcome", "history", "edit", "edit"]


async def test_a_message_that_is_not_on_the_page_of_a_reset_is_answered(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: its author waited for an acknowledgement that did not come, and sent it again."""
    monkeypatch.setattr(reset_delay, "QUIET_SECONDS", 0.0)
    room = await open_room(hub_with(resume_max=20), "lobby")
    ada, writer = await join(room)
    await say(room, ada, writer, "before")
    texts = {number: f'{{"type": "message", "id": {number}}}' for number in (5, 200)}
    room.feed.expect([Answer(ada, EncodedEvent(number, text)) for number, text in texts.items()], room.feed.epoch)
    await fill(conf, [str(number) for number in range(200)])
    await until(lambda: writer.of_type("history"), "a reset")
    assert 200 in [each["id"] for each in writer.of_type("history")[0]["events"]]
    assert writer.ids == [2, 5]
