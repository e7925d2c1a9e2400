"""What can happen in a room: each function runs the real code, on any disk."""

import contextlib
import errno
import json
import random
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from chat.history.merge import Merge
from chat.history.survey import Imported, RoomSurvey
from chat.storage import AppendOutcome, Draft, RoomLog
from chat.storage.timestamps import now
from tests.support.storage.disk_faults import SHORT, Fault, after, always, both, no_fault, once
from tests.support.storage.expected_history import ExpectedHistory, said

Scenario = Callable[[ExpectedHistory], None]
LONG = "a sentence that goes on and on, with ümläuts, " * 6  # three of them cover several sectors
SENTENCE = "a sentence that is not that long, and yet has a comma "
SPEECH = "what somebody pastes who has much to say, " * 90


def conversation(history: ExpectedHistory) -> None:
    """Two processes append batches, each before it has seen the last one of the other."""
    alice, bob = history.open(), history.open()
    history.say(alice, said("hi", "1"))
    history.say(alice, said("how", "2"), said("are", "3"), said('you {"id":9}', "4"))
    history.say(bob, said(LONG, "5"), said("hi", "1"), said(LONG, "6"), said(LONG, "7"))
    history.say(alice, said(LONG, "8"), said("\u2028 ]\n[ \x00", "10"))


def clearing(history: ExpectedHistory) -> None:
    """A room is cleared in part and completely, by another process than the one that appends."""
    alice, bob = history.open(), history.open()
    history.say(alice, "one", LONG, "three")
    history.say(alice, "four", LONG)
    history.clear(bob, 3)
    history.say(alice, LONG, "after the clear")
    history.clear(bob, 99)
    history.clear(bob, 0)
    history.say(bob, LONG)


def importing(history: ExpectedHistory) -> None:
    """Messages are imported with their ids, and once more, with a few new ones."""
    drafts = [_imported(number, LONG if number % 3 else "short") for number in range(10, 55, 5)]
    log = _RecordedLog(history, history.open())
    _merge(log, drafts[:5])
    _merge(log, [*drafts, _imported(90, "in answer", reply_to=50), _imported(91, "and once more", reply_to=90)])


def creation(history: ExpectedHistory) -> None:
    """A room is created under a name, created again in vain, and written to."""
    assert history.create("The Lobby ☕")
    assert not history.create("Another")
    log = history.open()
    history.say(log, LONG, "first words")
    history.say(log, said(LONG, "again"))
    history.say(log, said(LONG, "again"), LONG)


def failing_disk(history: ExpectedHistory) -> None:
    """The disk fails in every way, batch after batch, and works in between."""
    log = history.open()
    for fault in (
        once("write", errno.ENOSPC),
        once("write", SHORT),
        once("sync_data", errno.EIO),
        both(once("write", SHORT), once("sync_data", errno.ENOSPC)),
        after("sync_data", errno.EIO),
        always("write", reason=errno.EIO),
        always("write", "truncate", reason=errno.ENOSPC),
        always("sync", "sync_data", reason=errno.EIO),
    ):
        history.say(log, "before")
        history.try_to_say(fault, log, SENTENCE, "refused")
    history.try_to_say(after("write", errno.ENOSPC), log, "refused", "refused")
    history.say(log, SENTENCE, "the end")


def survivors(history: ExpectedHistory) -> None:
    """A process dies while it appends and the disk fails; the next process continues."""
    for fault in (after("write", errno.EIO), after("sync_data", errno.EIO), always("write", reason=errno.ENOSPC)):
        dying = history.open()
        history.say(dying, "before")
        history.try_to_say(fault, dying, said("in doubt", "1"), LONG)
        history.say(history.open(), "behind it", said("in doubt", "1"))


def onlookers(history: ExpectedHistory) -> None:
    """A batch is refused and cannot be rolled back; another process finds and shows it, and the first continues."""
    for fault in (
        after("sync_data", errno.EIO),
        both(once("sync_data", errno.EIO), always("write", reason=errno.EIO)),
    ):
        log = history.open()
        history.say(log, "before")
        history.try_to_say(fault, log, "in doubt", SENTENCE)
        onlooker = history.open()
        history.say(log, "I said something else")
        history.say(onlooker, "I saw that")


def speeches(history: ExpectedHistory) -> None:
    """Long messages, and a batch that covers many pages."""
    log = history.open()
    history.say(log, SPEECH)
    history.say(log, *[f"{number}: {LONG}" for number in range(20)])
    history.clear(log, 99)
    history.say(log, SPEECH, "thank you")


def deleting(history: ExpectedHistory) -> None:
    """Messages of one sector and of several are deleted, with their edits, by two processes."""
    alice, bob = history.open(), history.open()
    history.say(alice, said("x-mark short", "1"), said("x-mark " + LONG, "2"))
    history.say(bob, Draft(type="edit", author="alice", username="alice", target=3, message="x-mark, edited"))
    history.delete(alice, 3)
    history.delete(bob, 2)
    history.try_to_say(once("sync_data", errno.EIO), bob, "refused, and rolled back")
    history.say(history.open(), said("x-mark short", "1"))
    history.say(bob, "mispeled")
    history.say(alice, Draft(type="edit", author="alice", username="alice", target=7, message="mispelled"))
    history.say(bob, Draft(type="edit", author="alice", username="alice", target=7, message="misspelled"))
    history.compact(bob)
    history.say(alice, "behind the compaction")


def deleting_what_was_torn(history: ExpectedHistory) -> None:
    """A process dies while it stores a message; the torn tail is kept, the message sent again, and deleted."""
    history.say(history.open(), "before")
    secret = said("x-mark " + SENTENCE, "9")
    history.try_to_say(after("write", errno.EIO), history.open(), secret)
    log = history.open()
    history.say(log, secret, "behind it")
    history.delete(log, 3)


def deleting_on_a_failing_disk(history: ExpectedHistory) -> None:
    """The delete is durable, and its words cannot be overwritten; the next process or the next try finishes it."""
    log = history.open()
    faults = (
        _later("write", 2, errno.ENOSPC),  # the second one is of the lock file
        _later("write", 2, SHORT),
        both(_later("sync_data", 1, errno.EIO), always("truncate", reason=errno.EIO)),
    )
    for number, fault in enumerate(faults):
        history.say(log, f"x-mark {number} {SENTENCE}", "between")
        target = max(history.shown) - 1
        history.try_to_delete(fault, log, target)
        history.say(log if number else history.open(), "behind it")
        assert history.open().message(target) is None


def _later(call: str, number: int, reason: int) -> Fault:
    """A call of this name fails, counted from 0."""
    numbers = count()
    return lambda name: reason if name == call and next(numbers) == number else None


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        *(conversation, clearing, importing, creation, failing_disk, survivors, onlookers, speeches),
        *(deleting, deleting_what_was_torn, deleting_on_a_failing_disk),
    )
}


def random_scenario(history: ExpectedHistory, seed: int) -> None:
    """A random scenario, the same for the same seed."""
    chance = random.Random(seed)
    logs = [history.open(), history.open()]
    for _ in range(12):
        place = chance.randrange(2)
        batch = [f"number {chance.random()} {chance.choice(['', LONG, LONG[: chance.randrange(300)]])}"]
        batch *= chance.randrange(1, 5)
        match chance.randrange(8):
            case 0 if history.shown:
                history.clear(logs[place], chance.choice([0, max(history.shown) // 2, max(history.shown)]))
            case 3 | 4 if targets := _deletable(history):
                fault = chance.choice([no_fault, _random_fault(chance)])
                history.try_to_delete(fault, logs[place], chance.choice(targets))
            case 1:
                history.try_to_say(_random_fault(chance), logs[place], *batch)
            case 2:  # this process dies
                logs[place] = history.open()
            case _:
                history.say(logs[place], *batch)


def _deletable(history: ExpectedHistory) -> list[int]:
    records = map(json.loads, history.shown.values())
    return [record["id"] for record in records if record["type"] == "message" and "message" in record]


def _random_fault(chance: random.Random) -> Fault:
    call, reason = chance.choice(["write", "sync_data"]), chance.choice([errno.EIO, errno.ENOSPC])
    return chance.choice([once(call, reason), after(call, reason), always(call, reason=reason)])


class _RecordedLog:
    """A log whose batches are recorded as expected, for code that takes a log and appends to it."""

    def __init__(self, history: ExpectedHistory, log: RoomLog) -> None:
        self._history = history
        self._log = log

    def append(self, drafts: Sequence[Draft]) -> list[AppendOutcome]:
        return self._history.say(self._log, *drafts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def _merge(log: Any, drafts: list[Draft]) -> None:
    survey = RoomSurvey(message_count=len(drafts), first_id=drafts[0].id or 0, last_id=drafts[-1].id or 0)
    with contextlib.closing(Merge(log, survey)) as merge:
        for draft in drafts:
            merge.add(Imported("lobby", draft))
        merge.flush()


def _imported(number: int, message: str, reply_to: int | None = None) -> Draft:
    return Draft(author="zoe", username="zoe", message=message, id=number, timestamp=now(), reply_to=reply_to)
