"""Two servers with one PostgreSQL and one Redis: clients that do all they can, and the owner's commands beside them."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.server.conftest import cookie_headers
from tests.support.effort import Tally, effort
from tests.support.live_server import TIME_LIMIT
from tests.support.servers.busy_client import BusyClient
from tests.support.servers.busy_owner import BusyOwner
from tests.support.servers.cluster import Cluster
from tests.support.servers.history_checker import removed_texts, violations
from tests.support.servers.reconnecting_client import (
    NO_LIMITS,
    all_joined,
    everybody_hears_everybody,
    histories,
    running,
    wait_until_delivered,
)

ROOM = "lobby"
CLIENTS = 6
PATIENCE = 5 * TIME_LIMIT  # seconds; who reconnects reads from storage, and would hide that nothing was delivered
RATE = effort("30", torture="0")  # commands per second of each; 0: no limit
MAX_UNACKNOWLEDGED = effort(4, torture=20)  # of each
ENV = {**NO_LIMITS, "CHAT_RATE": RATE, "CHAT_RESUME_MAX": "20"}  # a server that falls behind soon resets its clients
TEXT = re.compile(r"client-\d+ (?:says|edits) \d+")


@pytest.mark.promise
async def test_an_overload_beside_the_owners_commands_loses_nothing_and_leaves_nobody_deaf_or_unanswered(
    tmp_path: Path, tally: Tally
) -> None:
    with Cluster(tmp_path, env=ENV) as cluster:
        cookies = [await asyncio.to_thread(cookie_headers, cluster.servers[0]) for _ in range(CLIENTS)]
        clients = [
            BusyClient(cluster.servers[number % 2].ws_url, ROOM, f"client-{number}", cookie, silence_timeout=PATIENCE)
            for number, cookie in enumerate(cookies)
        ]
        for client in clients:
            client.max_unacknowledged = MAX_UNACKNOWLEDGED
        owner = BusyOwner(cluster.servers, ROOM)
        async with running(clients):
            await all_joined(clients)
            for _ in range(effort(1, torture=10)):
                await everybody_hears_everybody(clients)
                await owner.work(before=datetime.now(UTC))
            await everybody_hears_everybody(clients)
            await wait_until_delivered(clients)
        stored = cluster.records(ROOM)
        assert violations(histories(clients), stored) == []
        _, exported = await asyncio.gather(owner.verify(), owner.exported())
        for client in clients:
            assert (client.joins, client.view.differences(exported)) == (1, []), client.history.name
        removed = {found.group() for text in removed_texts(histories(clients), stored) if (found := TEXT.match(text))}
        assert removed
        assert sorted(removed.intersection(TEXT.findall("\n".join(cluster.rows())))) == []
        for server in cluster.servers:
            assert "Traceback" not in server.output
        tally("messages and amendments", stored[-1]["id"] - 1)
        tally("refusals", sum(client.refusals for client in clients))
        tally("resets", sum(client.resets for client in clients))
        tally("commands", owner.commands)
