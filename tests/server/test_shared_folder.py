"""Two servers on one storage folder."""

import asyncio
from pathlib import Path

from tests.server.conftest import StoredMessages, cookie_headers
from tests.support.live_server import Client, LiveServer
from tests.support.servers.server_kinds import NO_RATE_LIMIT


async def test_two_servers_on_one_folder_see_each_others_messages(
    storage: Path, stored_messages: StoredMessages
) -> None:
    with LiveServer(storage, env=NO_RATE_LIMIT) as one, LiveServer(storage, env=NO_RATE_LIMIT) as two:
        async with Client(one.ws_url) as first:
            await first.say("the room is there")
        async with Client(one.ws_url, username="ada") as ada, Client(two.ws_url, username="bob") as bob:
            assert (await ada.say("hello from one"))["id"] == 3
            assert (await bob.receive("message"))["message"] == "hello from one"
            assert (await bob.say("hello from two"))["id"] == 4
            await ada.receive("message", where=lambda event: event["id"] == 4)

            async def talk(client: Client) -> None:
                for number in range(50):
                    await client.send(type="message", message=str(number))
                    await asyncio.sleep(0.002)

            await asyncio.gather(talk(ada), talk(bob))
            for client in (ada, bob):
                await client.receive("message", where=lambda event: event["id"] == 104)
                ids = [event["id"] for event in client.messages]
                assert ids == list(range(3, 105)), "a gap or a double"
            assert ada.messages == bob.messages
    assert [message["id"] for message in stored_messages()] == list(range(2, 105))


async def test_two_servers_have_one_key_so_a_cookie_of_one_counts_at_the_other(storage: Path) -> None:
    with LiveServer(storage) as one, LiveServer(storage) as two:
        cookie = await asyncio.to_thread(cookie_headers, one)
        async with Client(one.ws_url, headers=cookie) as here, Client(two.ws_url, headers=cookie) as there:
            assert here.welcome["you"]["author"] == there.welcome["you"]["author"]
