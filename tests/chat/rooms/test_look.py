"""The look at the newest ids of all rooms, with a storage that answers late."""

import asyncio
from types import SimpleNamespace
from typing import Any

from chat.rooms.look import StoreLook


class LateStorage:
    """A store and its executor: the answer comes when the test gives it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def run(self, function: object) -> "asyncio.Future[Any]":
        return self.answer


def room(last_id: int) -> Any:
    return SimpleNamespace(feed=SimpleNamespace(epoch="e", last_delivered_id=last_id), log=SimpleNamespace(exists=True))


async def test_a_late_answer_is_compared_with_what_was_delivered_when_it_was_asked_for() -> None:
    """Regression: a storage that was slow was asked once more for each room that had got messages meanwhile, since it
    seemed that their ids had gone back.
    """
    storage: Any = LateStorage()
    store_look = StoreLook(storage, storage)
    rooms = {"busy": room(5), "cleared": room(5), "behind": room(5)}
    assert await store_look.behind(rooms, 0.001) == set()
    rooms["busy"].feed.last_delivered_id = 9
    rooms["new"] = room(7)
    storage.answer.set_result({"busy": ("e", 5), "cleared": ("e", 2), "behind": ("e", 6)})
    assert await store_look.behind(rooms, 0.001) == {"cleared", "behind"}
