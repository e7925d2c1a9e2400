"""The server over another store than the JSON files: it uses nothing but the interface."""

import dataclasses

from chat.conf import Conf
from chat.rooms.hub import Hub
from chat.storage.quota import Quota
from tests.support.core.asgi_clients import HttpClient, WebSocketClient
from tests.support.core.doubles import file_names
from tests.support.storage.memory_store import MemoryStore


async def test_people_talk_over_any_store_until_its_quota_is_used_up(conf: Conf) -> None:
    store = MemoryStore(Quota(max_room_bytes=3000))
    hub = Hub(store, dataclasses.replace(conf, rate=0.0))
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        await bob.receive("welcome")
        said = await ada.say("hello")
        assert (await bob.receive("message"))["id"] == said["id"] == 2
        assert "hello" in (await HttpClient(hub).get("/chat/lobby/")).text
        for resource in ("rooms/lobby/search", "search"):
            found = (await HttpClient(hub).get(f"/api/{resource}?q=HELLO")).json()
            assert [message["id"] for message in found["messages"]] == [2]
        assert [room.room for room in await hub.directory.rooms()] == ["lobby"]
        await ada.send(type="history", limit=200)
        assert [event["message"] for event in (await ada.receive("history"))["events"]] == ["hello"]
        answer = await ada.say("x" * 3000)
        assert (answer["code"], answer["client_id"]) == ("storage_full", f"say {'x' * 3000}"[:64])
        assert await hub.is_ready()
    await hub.close()
    assert [record.message for record in store.open("lobby").records] == ["hello"]
    assert file_names(conf.storage_dir) == []
