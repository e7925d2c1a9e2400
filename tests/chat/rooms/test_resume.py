"""Who comes back is brought what they missed, however much it is, or begins anew with the newest page."""

import asyncio

import pytest

from chat.conf import Conf
from chat.entrance.identity import Identity
from chat.rooms.replay import ResumePosition
from chat.wire import fanout
from chat.wire.fanout import Frames
from chat.wire.protocol import FetchHistory, PostMessage
from tests.chat.conftest import HubWith
from tests.support.core.doubles import RecordingWriter, SlowWriter, until
from tests.support.core.room_actions import ADA, clear, fill, resume

pytestmark = pytest.mark.usefixtures("_look_often")


async def test_since_brings_exactly_what_was_missed(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await hub_with().room("lobby")
    for since in (0, 1, 2, 50, 100, 101):
        connection, writer = await resume(room, since)
        assert writer.frames[0]["last_id"] == 101
        assert "reset" not in writer.frames[0]
        assert writer.ids == list(range(max(since, 1) + 1, 102))
        assert writer.texts == [str(number) for number in writer.ids]
        room.leave(connection)


async def test_without_since_nothing_but_the_welcome_comes(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["one", "two"])
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    (welcome,) = writer.frames
    assert (welcome["type"], welcome["last_id"], welcome["count"]) == ("welcome", 3, 1)


async def test_without_an_epoch_the_id_alone_counts(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["one", "two"])
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, ResumePosition(2, None))
    assert writer.texts == ["two"]


@pytest.mark.parametrize(
    ("since", "epoch", "why"),
    [
        (90, None, "more than CHAT_RESUME_MAX behind"),
        (102, None, "ahead of the room: its file was put back to an older one"),
        (2**53, None, "nonsense"),
        (101, "another", "another epoch"),
    ],
)
async def test_who_cannot_go_on_gets_the_newest_page(
    conf: Conf, hub_with: HubWith, since: int, epoch: str | None, why: str
) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await hub_with(resume_max=10).room("lobby")
    connection, writer = await resume(room, since, epoch)
    welcome, page = writer.frames
    assert welcome["reset"] is True, why
    assert welcome["last_id"] == 101
    assert page["type"] == "history"
    assert [event["id"] for event in page["events"]] == list(range(52, 102))
    assert page["complete"] is False
    assert "before" not in page
    room.publish(connection, PostMessage(message="live"))
    await until(lambda: writer.texts == ["live"])


async def test_exactly_resume_max_behind_still_goes_on(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await hub_with(resume_max=10).room("lobby")
    _, writer = await resume(room, 91)
    assert writer.ids == list(range(92, 102))
    _, writer = await resume(room, 90)
    assert writer.frames[0]["reset"] is True


async def test_an_empty_room_is_resumed_too(conf: Conf, hub_with: HubWith) -> None:
    room = await hub_with().room("lobby")
    _, writer = await resume(room, 1)
    assert [frame["type"] for frame in writer.frames] == ["welcome"]
    _, writer = await resume(room, 1, "another")
    assert [frame["type"] for frame in writer.frames] == ["welcome", "history"]
    assert writer.frames[1]["events"] == []
    assert writer.frames[1]["complete"] is True


async def test_coming_back_over_a_clear_brings_the_clear(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [str(number) for number in range(2, 22)])
    hub = hub_with()
    room = await hub.room("lobby")
    _, before = await resume(room, 5)
    assert before.ids == list(range(6, 22))

    await clear(conf, 15)
    await until(lambda: before.of("clear"))
    _, after = await resume(room, 5)
    assert after.ids == [16, 17, 18, 19, 20, 21, 22]
    assert after.of("clear")[0]["target"] == 15


# Large things


async def test_a_page_of_long_messages_is_shorter_and_says_that_there_is_more(conf: Conf, hub_with: HubWith) -> None:
    """Two hundred long messages in one frame were more than the send buffer: who asked was closed as a slow reader."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 202)])
    room = await hub_with().room("lobby")
    seen: list[int] = []
    before, complete = None, False
    while not complete:
        page = await room.page(FetchHistory(before=before, limit=200), "")
        assert 0 < len(page.events) < 200
        seen = [event.id for event in page.events] + seen
        before, complete = page.events[0].id, page.complete
    assert seen == list(range(2, 202))
    seen, after, complete = [], 1, False
    while not complete:
        page = await room.page(FetchHistory(after=after, limit=200), "")
        seen += [event.id for event in page.events]
        after, complete = page.events[-1].id, page.complete
    assert seen == list(range(2, 202))


async def test_who_missed_more_than_can_be_sent_at_once_gets_it_piece_by_piece(conf: Conf, hub_with: HubWith) -> None:
    """They were closed as a slow reader, came back from the same place, and were closed again, for ever."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await hub_with().room("lobby")
    _, writer = await resume(room, 1)
    assert "reset" not in writer.frames[0]
    assert writer.ids == list(range(2, 302))
    assert writer.largest < conf.send_buffer


async def test_a_slow_reader_gets_what_it_missed_at_its_own_pace(conf: Conf, hub_with: HubWith) -> None:
    """What is said meanwhile comes behind what was missed, and nothing of it is held for the reader in memory."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await hub_with().room("lobby")
    talker = await room.join(RecordingWriter(), ADA, None)
    slow = SlowWriter()
    joining = asyncio.create_task(room.join(slow, Identity("b", "bea"), ResumePosition(1, None)))
    await until(lambda: slow.pending_bytes)
    room.publish(talker, PostMessage(message="meanwhile"))
    await until(lambda: room.feed.last_delivered_id == 302)
    assert slow.pending_bytes < conf.send_buffer
    while not joining.done():
        slow.read()
        await asyncio.sleep(0.01)
    assert slow.ids == list(range(2, 303))


async def test_a_reader_that_takes_nothing_of_what_it_missed_is_closed(
    conf: Conf, hub_with: HubWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "STALL_SECONDS", 0.1)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await hub_with().room("lobby")
    slow = SlowWriter()
    await room.join(slow, ADA, ResumePosition(1, None))
    assert slow.closed == 4008


async def test_who_is_gone_is_not_read_for_any_longer(conf: Conf, hub_with: HubWith) -> None:
    """Impatient readers came back before the last reading for them had ended, and nobody was brought anything."""

    class Leaving(RecordingWriter):
        def write(self, frames: Frames) -> None:
            super().write(frames)
            self.disconnected = bool(self.ids)

    await fill(conf, [str(number) for number in range(2, 802)])
    room = await hub_with().room("lobby")
    writer = Leaving()
    await room.join(writer, ADA, ResumePosition(1, room.feed.epoch))
    assert writer.ids == list(range(2, 202)), "and what was sent came in a small piece, from which they can go on"


async def test_who_is_left_behind_by_what_is_said_begins_anew(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 22)])
    room = await hub_with(resume_max=20, send_buffer=50_000).room("lobby")
    talker = await room.join(RecordingWriter(), ADA, None)
    slow = SlowWriter()
    joining = asyncio.create_task(room.join(slow, Identity("b", "bea"), ResumePosition(1, None)))
    await until(lambda: slow.pending_bytes)
    for number in range(40):
        room.publish(talker, PostMessage(message=f"{number}"))
    await until(lambda: room.feed.last_delivered_id == 61)
    while not joining.done():
        slow.read()
        await asyncio.sleep(0.01)
    connection = await joining
    begun, anew = slow.of("welcome")
    (page,) = slow.of("history")
    assert ("reset" in begun, anew["reset"]) == (False, True)
    assert anew["last_id"] == page["events"][-1]["id"] == 61
    room.publish(connection, PostMessage(message="live"))
    await until(lambda: slow.texts[-1:] == ["live"])


async def test_one_event_is_always_sent_however_large(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["small", "ä" * 4000, "small"])
    room = await hub_with(send_buffer=1000).room("lobby")
    page = await room.page(FetchHistory(before=4, limit=50), "")
    assert [event.id for event in page.events] == [3]
    assert page.complete is False


async def test_what_another_process_wrote_at_length_is_all_handed_out(conf: Conf, hub_with: HubWith) -> None:
    await fill(conf, ["first"])
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(3, 303)])
    await until(lambda: len(writer.ids) == 300)
    assert writer.ids == list(range(3, 303))


async def test_what_another_process_wrote_past_the_limit_makes_everybody_begin_anew(
    conf: Conf, hub_with: HubWith
) -> None:
    await fill(conf, ["first"])
    room = await hub_with(resume_max=20).room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [str(number) for number in range(3, 103)])
    await until(lambda: len(writer.of("welcome")) == 2)
    assert writer.of("welcome")[1]["reset"] is True
    assert writer.of("history")[0]["events"][-1]["id"] == 102


async def test_the_first_words_of_another_process_come_as_any_others(conf: Conf, hub_with: HubWith) -> None:
    """The room had no file when people came in. The one that appeared has another epoch, by which they come back."""
    room = await hub_with().room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    await fill(conf, ["first"])
    await until(lambda: writer.ids == [2])
    room.publish(connection, PostMessage(message="second"))
    await until(lambda: writer.ids == [2, 3])
    told = writer.of("welcome")
    assert [welcome.get("reset", False) for welcome in told] == [False, True]
    assert [page["events"] for page in writer.of("history")] == [[]], "the first words come live, not in a page"
    _, back = await resume(room, 2, told[-1]["epoch"])
    assert "reset" not in back.frames[0]
    assert back.ids == [3]
