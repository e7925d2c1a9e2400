"""No gap and no double: for those who come back at any moment, and whatever the channel layer does on the way."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.layers import channel_layers

from chat import fanout
from chat import hub as hub_module
from chat.conf import Conf
from chat.feed import Position
from chat.hub import Hub
from chat.identity import Identity
from chat.protocol import Post
from chat.recent import RECENT_EVENTS, Entry, Recent
from chat.rooms import Connection, Room
from chat.storage import Draft
from chat.storage.json_file import JsonFileStore
from tests.chat.doubles import DisturbingLayer, RecordingWriter, SlowWriter, until

ADA = Identity("author-a", "ada")
OpenHub = Callable[[Conf], Awaitable[Hub]]


@pytest.fixture
async def open_hub(conf: Conf, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenHub]:
    """Hubs over the folder of this test; each is a process of its own as far as files are concerned."""
    monkeypatch.setattr(hub_module, "LOOK_SECONDS", 0.01)
    opened: list[Hub] = []

    async def open_one(with_conf: Conf) -> Hub:
        opened.append(Hub(JsonFileStore(with_conf.storage_dir), with_conf))
        return opened[-1]

    yield open_one
    for hub in opened:
        await hub.close()


async def fill(conf: Conf, texts: list[str], room: str = "lobby") -> None:
    """A room's file as an earlier run left it: ids 2 and up."""

    def write() -> None:
        log = JsonFileStore(conf.storage_dir).open(room)
        for start in range(0, len(texts), 500):
            log.append([Draft(author="x", username="x", message=text) for text in texts[start : start + 500]])
        log.close()

    await asyncio.to_thread(write)


async def resume(room: Room, since: int, epoch: str | None = None) -> tuple[Connection, RecordingWriter]:
    writer = RecordingWriter()
    return await room.join(writer, ADA, Position(since, epoch or room.feed.epoch)), writer


# Coming back


async def test_since_brings_exactly_what_was_missed(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await (await open_hub(conf)).room("lobby")
    for since in (0, 1, 2, 50, 100, 101):
        connection, writer = await resume(room, since)
        assert writer.frames[0]["last_id"] == 101
        assert "reset" not in writer.frames[0]
        assert writer.ids == list(range(max(since, 1) + 1, 102))
        assert writer.texts == [str(number) for number in writer.ids]
        room.leave(connection)


async def test_without_since_nothing_but_the_welcome_comes(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, ["one", "two"])
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    (welcome,) = writer.frames
    assert (welcome["type"], welcome["last_id"], welcome["count"]) == ("welcome", 3, 1)


async def test_without_an_epoch_the_id_alone_counts(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, ["one", "two"])
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, Position(2, None))
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
    conf: Conf, open_hub: OpenHub, since: int, epoch: str | None, why: str
) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await (await open_hub(dataclasses.replace(conf, resume_max=10))).room("lobby")
    connection, writer = await resume(room, since, epoch)
    welcome, page = writer.frames
    assert welcome["reset"] is True, why
    assert welcome["last_id"] == 101
    assert page["type"] == "history"
    assert [event["id"] for event in page["events"]] == list(range(52, 102))
    assert page["complete"] is False
    assert "before" not in page
    room.publish(connection, Post(message="live"))
    await until(lambda: writer.texts == ["live"])


async def test_exactly_resume_max_behind_still_goes_on(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, [str(number) for number in range(2, 102)])
    room = await (await open_hub(dataclasses.replace(conf, resume_max=10))).room("lobby")
    _, writer = await resume(room, 91)
    assert writer.ids == list(range(92, 102))
    _, writer = await resume(room, 90)
    assert writer.frames[0]["reset"] is True


async def test_an_empty_room_is_resumed_too(conf: Conf, open_hub: OpenHub) -> None:
    room = await (await open_hub(conf)).room("lobby")
    _, writer = await resume(room, 1)
    assert [frame["type"] for frame in writer.frames] == ["welcome"]
    _, writer = await resume(room, 1, "another")
    assert [frame["type"] for frame in writer.frames] == ["welcome", "history"]
    assert writer.frames[1]["events"] == []
    assert writer.frames[1]["complete"] is True


async def test_coming_back_over_a_clear_brings_the_clear(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, [str(number) for number in range(2, 22)])
    hub = await open_hub(conf)
    room = await hub.room("lobby")
    _, before = await resume(room, 5)
    assert before.ids == list(range(6, 22))

    def clear() -> None:
        log = JsonFileStore(conf.storage_dir).open("lobby")
        log.clear(15)
        log.close()

    await asyncio.to_thread(clear)
    await until(lambda: before.of("clear"))
    _, after = await resume(room, 5)
    assert after.ids == [16, 17, 18, 19, 20, 21, 22]
    assert after.of("clear")[0]["target"] == 15


# Large things


async def test_a_page_of_long_messages_is_shorter_and_says_that_there_is_more(conf: Conf, open_hub: OpenHub) -> None:
    """Two hundred long messages in one frame were more than the send buffer: who asked was closed as a slow reader."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 202)])
    room = await (await open_hub(conf)).room("lobby")
    seen: list[int] = []
    before, complete = None, False
    while not complete:
        page = await room.feed.delivered_page(before=before, after=None, limit=200)
        assert 0 < len(page.events) < 200
        seen = [event.id for event in page.events] + seen
        before, complete = page.events[0].id, page.complete
    assert seen == list(range(2, 202))
    seen, after, complete = [], 1, False
    while not complete:
        page = await room.feed.delivered_page(before=None, after=after, limit=200)
        seen += [event.id for event in page.events]
        after, complete = page.events[-1].id, page.complete
    assert seen == list(range(2, 202))


async def test_who_missed_more_than_can_be_sent_at_once_gets_it_piece_by_piece(conf: Conf, open_hub: OpenHub) -> None:
    """They were closed as a slow reader, came back from the same place, and were closed again, for ever."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await (await open_hub(conf)).room("lobby")
    _, writer = await resume(room, 1)
    assert "reset" not in writer.frames[0]
    assert writer.ids == list(range(2, 302))
    assert writer.largest < conf.send_buffer


async def test_a_slow_reader_gets_what_it_missed_at_its_own_pace(conf: Conf, open_hub: OpenHub) -> None:
    """What is said meanwhile comes behind what was missed, and nothing of it is held for the reader in memory."""
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await (await open_hub(conf)).room("lobby")
    talker = await room.join(RecordingWriter(), ADA, None)
    slow = SlowWriter()
    joining = asyncio.create_task(room.join(slow, Identity("b", "bea"), Position(1, None)))
    await until(lambda: slow.waiting)
    room.publish(talker, Post(message="meanwhile"))
    await until(lambda: room.feed.delivered == 302)
    assert slow.waiting < conf.send_buffer
    while not joining.done():
        slow.read()
        await asyncio.sleep(0.01)
    assert slow.ids == list(range(2, 303))


async def test_a_reader_that_takes_nothing_of_what_it_missed_is_closed(
    conf: Conf, open_hub: OpenHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "STALL_SECONDS", 0.1)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(2, 302)])
    room = await (await open_hub(conf)).room("lobby")
    slow = SlowWriter()
    await room.join(slow, ADA, Position(1, None))
    assert slow.closed == 4008


async def test_one_event_is_always_sent_however_large(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, ["small", "ä" * 4000, "small"])
    room = await (await open_hub(dataclasses.replace(conf, send_buffer=1000))).room("lobby")
    page = await room.feed.delivered_page(before=4, after=None, limit=50)
    assert [event.id for event in page.events] == [3]
    assert page.complete is False


async def test_what_another_process_wrote_at_length_is_all_handed_out(conf: Conf, open_hub: OpenHub) -> None:
    await fill(conf, ["first"])
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [f"{number} " + "ä" * 3900 for number in range(3, 303)])
    await until(lambda: len(writer.ids) == 300)
    assert writer.ids == list(range(3, 303))


async def test_what_another_process_wrote_past_the_limit_makes_everybody_begin_anew(
    conf: Conf, open_hub: OpenHub
) -> None:
    await fill(conf, ["first"])
    room = await (await open_hub(dataclasses.replace(conf, resume_max=20))).room("lobby")
    writer = RecordingWriter()
    await room.join(writer, ADA, None)
    await fill(conf, [str(number) for number in range(3, 103)])
    await until(lambda: len(writer.of("welcome")) == 2)
    assert writer.of("welcome")[1]["reset"] is True
    assert writer.of("history")[0]["events"][-1]["id"] == 102


async def test_the_first_words_of_another_process_come_as_any_others(conf: Conf, open_hub: OpenHub) -> None:
    """The room had no file when people came in. The one that appeared has another epoch, by which they come back."""
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    await fill(conf, ["first"])
    await until(lambda: writer.ids == [2])
    room.publish(connection, Post(message="second"))
    await until(lambda: writer.ids == [2, 3])
    told = writer.of("welcome")
    assert [welcome.get("reset", False) for welcome in told] == [False, True]
    assert [page["events"] for page in writer.of("history")] == [[]], "the first words come live, not in a page"
    _, back = await resume(room, 2, told[-1]["epoch"])
    assert "reset" not in back.frames[0]
    assert back.ids == [3]


# Recent


def test_recent_is_bounded_in_number_and_size_and_knows_from_where_it_reaches() -> None:
    recent = Recent(1, 2**20)
    assert recent.reaches(1)
    assert not recent.reaches(0)
    recent.extend([Entry(number, "x") for number in range(2, 2 + RECENT_EVENTS)])
    assert recent.reaches(1)
    assert len(recent.after(1)) == RECENT_EVENTS
    recent.extend([Entry(2 + RECENT_EVENTS, "x")])
    assert not recent.reaches(1)
    assert recent.reaches(2)
    recent.extend([Entry(3 + RECENT_EVENTS, "x" * 2**20)])
    assert recent.after(1 + RECENT_EVENTS) == ["x" * 2**20]
    recent.extend([Entry(4 + RECENT_EVENTS, "x" * 2**21)])
    assert recent.after(3 + RECENT_EVENTS) == []
    assert not recent.reaches(3 + RECENT_EVENTS)


def test_recent_is_bounded_in_bytes_and_not_in_characters() -> None:
    recent = Recent(1, 100)
    recent.extend([Entry(2, "ü" * 50), Entry(3, "x")])
    assert (recent.after(1), recent.reaches(1)) == (["x"], False)
    recent.extend([Entry(4, "ü" * 49), Entry(5, "x")])
    assert recent.after(1) == ["x", "ü" * 49, "x"]


# At every moment


def complete(writer: RecordingWriter, since: int, last: int) -> bool:
    return writer.ids == list(range(since + 1, last + 1))


async def test_whoever_comes_at_any_moment_of_a_run_sees_everything_once(conf: Conf, open_hub: OpenHub) -> None:
    """Some of them are so far behind that storage is read for them while others go on talking."""
    for seed in range(2):
        await _come_and_go(random.Random(seed), conf, open_hub, f"room-{seed}")


async def _come_and_go(chance: random.Random, conf: Conf, open_hub: OpenHub, name: str) -> None:
    await fill(conf, [str(number) for number in range(2, 202)], name)
    room = await (await open_hub(conf)).room(name)
    talker = await room.join(RecordingWriter(), Identity("talker", "talker"), None)
    joined: list[tuple[int, RecordingWriter]] = []

    async def talk() -> None:
        for number in range(300):
            room.publish(talker, Post(message=str(number)))
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)

    async def come(number: int) -> None:
        for _ in range(number * 5):
            await asyncio.sleep(0)
        since = chance.choice([1, 2, 100, 200, room.feed.delivered, max(1, room.feed.delivered - 3)])
        _, writer = await resume(room, since)
        joined.append((since, writer))

    await asyncio.gather(talk(), *(come(number) for number in range(60)))
    await until(lambda: room.feed.delivered == 501)
    for since, writer in joined:
        assert complete(writer, since, 501), (since, writer.frames[0], writer.ids)
        assert "reset" not in writer.frames[0]


async def test_pages_that_are_asked_for_during_a_run_never_run_ahead(conf: Conf, open_hub: OpenHub) -> None:
    """An event in a page that had not been handed out yet came a second time, live."""
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    for number in range(200):
        room.publish(connection, Post(message=str(number)))
        page = await room.feed.delivered_page(before=None, after=max(1, number - 5), limit=20)
        assert all(event.id <= room.feed.delivered for event in page.events)
    await until(lambda: complete(writer, 1, 201))


@pytest.mark.parametrize("seed", range(5))
async def test_a_layer_that_loses_doubles_and_reorders_only_delays(seed: int, conf: Conf, open_hub: OpenHub) -> None:
    chance, layer = random.Random(seed), DisturbingLayer(seed)
    channel_layers.set("default", layer)
    await fill(conf, ["first"])
    rooms = [await (await open_hub(conf)).room("lobby") for _ in range(2)]  # two processes on one folder and layer
    people = []
    for number in range(6):
        writer = RecordingWriter()
        room = rooms[number % 2]
        people.append((room, await room.join(writer, Identity(f"a-{number}", f"n-{number}"), None), writer))
    for count in range(120):
        room, connection, _ = chance.choice(people)
        room.publish(connection, Post(message=str(count)))
        for _ in range(chance.randrange(8)):
            await asyncio.sleep(0)
        if count % 5 == 4:  # so that there are many batches
            await until(lambda room=room, count=count: room.feed.delivered >= count)
    await until(lambda: all(len(writer.ids) >= 120 for _, _, writer in people))
    assert all(complete(writer, 2, 122) for _, _, writer in people), [writer.ids for _, _, writer in people]
    assert len({tuple(writer.texts) for _, _, writer in people}) == 1
    assert layer.lost
    assert layer.doubled
    assert layer.delayed


async def test_a_layer_that_forgot_this_process_is_joined_again(
    conf: Conf, open_hub: OpenHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "STAY_SECONDS", 0.01)
    room = await (await open_hub(conf)).room("lobby")
    layer: Any = channel_layers.backends["default"]
    await layer.flush()
    await until(lambda: layer.groups.get("room.lobby"))
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    room.publish(connection, Post(message="hi"))
    await until(lambda: writer.texts == ["hi"])


async def test_a_layer_that_fails_delays_and_says_so(
    conf: Conf, open_hub: OpenHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)

    async def fails(*_: object) -> None:
        raise ConnectionError("no answer")

    monkeypatch.setattr(channel_layers.backends["default"], "group_send", fails)
    for number in range(3):
        room.publish(connection, Post(message=str(number)))
        await until(lambda number=number: len(writer.texts) == number + 1)
    assert writer.ids == [2, 3, 4]
    assert "the channel layer did not take a batch" in caplog.text


async def test_a_batch_of_an_unknown_epoch_upsets_nobody(conf: Conf, open_hub: OpenHub) -> None:
    """Another process may speak of a file that this one has not looked at: that is for the look at the file to say."""
    await fill(conf, ["first"])
    room = await (await open_hub(conf)).room("lobby")
    writer = RecordingWriter()
    connection = await room.join(writer, ADA, None)
    layer: Any = channel_layers.backends["default"]
    await layer.group_send(
        "room.lobby", {"type": "room.batch", "epoch": "another", "first": 3, "texts": ['{"type":"message","id":3}']}
    )
    room.publish(connection, Post(message="real"))
    await until(lambda: writer.texts == ["real"])
    assert len(writer.of("welcome")) == 1
    assert writer.ids == [3]
