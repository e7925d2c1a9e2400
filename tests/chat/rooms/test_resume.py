"""Resuming: a client gets every event that it missed, or begins anew with the newest page. Also large pages."""

import asyncio

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.history_reader import Reader
from chat.rooms.replay import ResumePosition
from chat.wire import fanout
from chat.wire.commands import FetchHistory, PostMessage
from chat.wire.fanout import Frames
from tests.chat.conftest import HubWith
from tests.support.core.doubles import RecordingWriter, SlowWriter, until
from tests.support.core.room_actions import ADA, clear, fill, open_room, resume

pytestmark = pytest.mark.usefixtures("_poll_often")


async def test_a_client_that_resumes_gets_exactly_the_missed_events(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await open_room(hub_with(), "lobby")
    for since in (0, 1, 2, 50, 100, 101):
        connection, writer = await resume(room, since)
        assert writer.frames[0]["last_id"] == 101
        assert "reset" not in writer.frames[0]
        assert writer.ids == list(range(max(since, 1) + 1, 102))
        assert writer.texts == [str(number) for number in writer.ids]
        room.leave(connection)


async def test_without_since_a_client_gets_only_the_welcome(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["one", "two"])
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    (welcome,) = writer.answers
    assert (welcome["type"], welcome["last_id"], welcome["count"]) == ("welcome", 3, 1)


async def test_without_an_epoch_the_id_decides(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["one", "two"])
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, ResumePosition(2, None))
    assert writer.texts == ["two"]


@pytest.mark.parametrize(
    ("since", "epoch", "reason"),
    [
        (90, None, "more than CHAT_RESUME_MAX behind"),
        (102, None, "ahead of the room: its file was replaced with an older one"),
        (2**53, None, "far ahead of any room"),
        (101, "another", "another epoch"),
    ],
)
async def test_a_client_that_cannot_resume_gets_the_newest_page(
    conf: Conf, hub_with: HubWith, since: int, epoch: str | None, reason: str
) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await open_room(hub_with(resume_max=10), "lobby")
    connection, writer = await resume(room, since, epoch)
    welcome, page = writer.answers
    assert welcome["reset"] is True, reason
    assert welcome["last_id"] == 101
    assert page["type"] == "history"
    assert [event["id"] for event in page["events"]] == list(range(52, 102))
    assert page["complete"] is False
    assert "before" not in page
    room.publish(connection, PostMessage(message="live"))
    await until(lambda: writer.texts == ["live"])


async def test_a_client_exactly_resume_max_behind_can_resume(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await open_room(hub_with(resume_max=10), "lobby")
    _, writer = await resume(room, 91)
    assert writer.ids == list(range(92, 102))
    _, writer = await resume(room, 90)
    assert writer.frames[0]["reset"] is True


async def test_a_client_can_resume_in_an_empty_room(conf: Conf, hub_with: HubWith) -> None:
    room = await open_room(hub_with(), "lobby")
    _, writer = await resume(room, 1)
    assert writer.types == ["welcome"]
    _, writer = await resume(room, 1, "another")
    assert writer.types == ["welcome", "history"]
    page = writer.of_type("history")[0]
    assert page["events"] == []
    assert page["complete"] is True


async def test_a_client_that_resumes_over_a_clear_gets_the_clear(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 22)])
    hub = hub_with()
    room = await open_room(hub, "lobby")
    _, before = await resume(room, 5)
    assert before.ids == list(range(6, 22))

    await clear(conf, 15)
    await until(lambda: before.of_type("clear"))
    _, after = await resume(room, 5)
    assert after.ids == [16, 17, 18, 19, 20, 21, 22]
    assert after.of_type("clear")[0]["target"] == 15


async def test_a_client_that_resumes_while_the_file_is_replaced_gets_nothing_of_the_other_history(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: the log had taken in the other history, and the feed had not. The client got its events as those of
    the epoch that it had resumed.
    """
    await fill(conf, ["one", "two", "three"])
    room = await open_room(hub_with(), "lobby")
    known = room.feed.epoch

    async def no_poll(known_id: int = 0) -> None:
        """There is none while a batch is being written."""

    monkeypatch.setattr(room, "poll_log", no_poll)
    monkeypatch.setattr(room.log, "epoch", "another")
    _, writer = await resume(room, 1, known)
    assert writer.types == ["welcome", "welcome", "history"]
    assert [frame["epoch"] for frame in writer.of_type("welcome")] == [known, "another"]
    assert [event["id"] for event in writer.of_type("history")[0]["events"]] == [2, 3, 4]


# Large pages and replays


async def test_a_page_of_long_messages_has_fewer_events_and_is_not_complete(conf: Conf, hub_with: HubWith) -> None:
    """Regression: two hundred long messages in one frame exceeded the send buffer: the client was closed as a slow
    reader.
    """
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 202)])
    room = await open_room(hub_with(), "lobby")
    seen: list[int] = []
    before, complete = None, False
    while not complete:
        page = await room.page(FetchHistory(before=before, limit=200), Reader())
        assert 0 < len(page.events) < 200
        seen = [event.id for event in page.events] + seen
        before, complete = page.events[0].id, page.complete
    assert seen == list(range(2, 202))
    seen, after, complete = [], 1, False
    while not complete:
        page = await room.page(FetchHistory(after=after, limit=200), Reader())
        seen += [event.id for event in page.events]
        after, complete = page.events[-1].id, page.complete
    assert seen == list(range(2, 202))


async def test_a_replay_larger_than_the_send_buffer_is_sent_in_pieces(conf: Conf, hub_with: HubWith) -> None:
    """Regression: the client was closed as a slow reader, resumed from the same id, and was closed again, without
    end.
    """
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await open_room(hub_with(), "lobby")
    _, writer = await resume(room, 1)
    assert "reset" not in writer.frames[0]
    assert writer.ids == list(range(2, 302))
    assert writer.largest_write < conf.send_buffer


async def test_a_slow_client_gets_the_missed_events_at_its_own_pace(conf: Conf, hub_with: HubWith) -> None:
    """New messages follow the missed events, and are not buffered for this client meanwhile."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await open_room(hub_with(), "lobby")
    sender = await room.join(RecordingWriter(), ADA, None)
    slow = SlowWriter()
    joining = asyncio.create_task(room.join(slow, Identity("b", "bea"), ResumePosition(1, None)))
    await until(lambda: slow.pending_bytes)
    room.publish(sender, PostMessage(message="meanwhile"))
    await until(lambda: room.feed.last_delivered_id == 302)
    assert slow.pending_bytes < conf.send_buffer
    while not joining.done():
        slow.read()
        await asyncio.sleep(0.01)
    assert slow.ids == list(range(2, 303))


async def test_a_client_that_reads_nothing_of_its_replay_is_closed(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "STALL_SECONDS", 0.1)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await open_room(hub_with(), "lobby")
    slow = SlowWriter()
    await room.join(slow, ADA, ResumePosition(1, None))
    assert slow.close_code == 4008


async def test_a_replay_stops_when_the_client_disconnects(conf: Conf, hub_with: HubWith) -> None:
    """Regression: impatient clients reconnected before the last replay for them had ended, and no client got any
    events.
    """

    class DisconnectingWriter(RecordingWriter):
        def write(self, frames: Frames) -> None:
            super().write(frames)
            self.disconnected = bool(self.ids)

    await fill(conf, [str(number) for number in range(2, 802)])
    room = await open_room(hub_with(), "lobby")
    writer = DisconnectingWriter()
    await room.join(writer, ADA, ResumePosition(1, room.feed.epoch))
    assert writer.ids == list(range(2, 202)), "the first piece is small, and the client can resume after it"


async def test_a_client_that_falls_too_far_behind_during_its_replay_begins_anew(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 22)])
    room = await open_room(hub_with(resume_max=20, send_buffer=50_000), "lobby")
    sender = await room.join(RecordingWriter(), ADA, None)
    slow = SlowWriter()
    joining = asyncio.create_task(room.join(slow, Identity("b", "bea"), ResumePosition(1, None)))
    await until(lambda: slow.pending_bytes)
    for number in range(40):
        room.publish(sender, PostMessage(message=f"{number}"))
    await until(lambda: room.feed.last_delivered_id == 61)
    while not joining.done():
        slow.read()
        await asyncio.sleep(0.01)
    connection = await joining
    first, second = slow.of_type("welcome")
    (page,) = slow.of_type("history")
    assert ("reset" in first, second["reset"]) == (False, True)
    assert second["last_id"] == page["events"][-1]["id"] == 61
    room.publish(connection, PostMessage(message="live"))
    await until(lambda: slow.texts[-1:] == ["live"])


async def test_a_page_has_at_least_one_event_of_any_size(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["small", "ä" * 4000, "small"])
    room = await open_room(hub_with(send_buffer=1000), "lobby")
    page = await room.page(FetchHistory(before=4, limit=50), Reader())
    assert [event.id for event in page.events] == [3]
    assert page.complete is False


async def test_many_long_messages_of_another_process_are_all_delivered(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["first"])
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(3, 303)])
    await until(lambda: len(writer.ids) == 300)
    assert writer.ids == list(range(3, 303))


async def test_all_clients_begin_anew_after_too_many_events_of_another_process(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["first"])
    room = await open_room(hub_with(resume_max=20), "lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [str(number) for number in range(3, 103)])
    await until(lambda: len(writer.of_type("welcome")) == 2)
    assert writer.of_type("welcome")[1]["reset"] is True
    assert writer.of_type("history")[0]["events"][-1]["id"] == 102


async def test_the_first_message_of_another_process_is_delivered_live(conf: Conf, hub_with: HubWith) -> None:
    """The room had no file when clients joined. The new file has another epoch, with which they resume later."""
    room = await open_room(hub_with(), "lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    await fill(conf, ["first"])
    await until(lambda: writer.ids == [2])
    room.publish(connection, PostMessage(message="second"))
    await until(lambda: writer.ids == [2, 3])
    welcomes = writer.of_type("welcome")
    assert [welcome.get("reset", False) for welcome in welcomes] == [False, True]
    assert [page["events"] for page in writer.of_type("history")] == [[]], (
        "the first message is a live event, and not in a page"
    )
    _, resumed = await resume(room, 2, welcomes[-1]["epoch"])
    assert "reset" not in resumed.frames[0]
    assert resumed.ids == [3]
