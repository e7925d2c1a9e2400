"""Two users on two servers with one PostgreSQL and one Redis: they talk, and come back when a server was killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NO_RATE_LIMIT, OpenPage
from tests.browser.test_reconnect import CONNECTION_ERRORS, RECONNECTING
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.live_server import LiveServer
from tests.support.servers.cluster import Cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path, env=NO_RATE_LIMIT) as cluster:
        yield cluster


@pytest.fixture
def server(cluster: Cluster) -> LiveServer:
    return cluster.servers[0]


def test_two_users_of_two_servers_talk_and_come_back(
    open_page: OpenPage, cluster: Cluster, monitor: PageMonitor, room: str
) -> None:
    monitor.expect(*CONNECTION_ERRORS, f"a request to another host: \\w+://127.0.0.1:{cluster.servers[1].port}/")
    ada, bob = (
        BrowserUser(open_page(), server.url).visit(room).join(name)
        for server, name in zip(cluster.servers, ("ada", "bob"), strict=True)
    )
    for user in (ada, bob):
        expect(user.member_count).to_have_text("2")
    ada.send("Good morning, Bob.")
    bob.expect_messages("Good morning, Bob.").send("Good morning, Ada.")
    ada.expect_messages("Good morning, Bob.", "Good morning, Ada.")
    cluster.servers[0].kill()
    expect(ada.status).to_have_text(RECONNECTING)
    ada.send("Are you there?")
    bob.send("I go on.")
    cluster.servers[0].start()
    texts = ["Good morning, Bob.", "Good morning, Ada.", "I go on.", "Are you there?"]
    for user in (ada, bob):
        user.expect_connected().expect_messages(*texts)
        user.reload().expect_messages(*texts)
    stored = [record["message"] for record in cluster.records(room) if record["type"] == "message"]
    assert stored == texts
