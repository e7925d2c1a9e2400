"""Two users on two servers with one PostgreSQL and one Redis: they talk, and come back when a server was killed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NO_RATE_LIMIT, OpenPage
from tests.browser.test_amendments import amend_in_all_ways, rows
from tests.browser.test_reconnect import CONNECTION_ERRORS, RECONNECTING
from tests.support.browser.browser_user import BrowserUser
from tests.support.browser.page_monitor import PageMonitor
from tests.support.live_server import LiveServer
from tests.support.servers.cluster import Cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), env=NO_RATE_LIMIT) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> LiveServer:
    return cluster.servers[0]


@pytest.fixture
def users(open_page: OpenPage, cluster: Cluster, monitor: PageMonitor, room: str) -> list[BrowserUser]:
    """Ada on the first server, and Bob on the second one."""
    monitor.expect(*CONNECTION_ERRORS, f"a request to another host: \\w+://127.0.0.1:{cluster.servers[1].port}/")
    servers = zip(cluster.servers, ("ada", "bob"), strict=True)
    return [BrowserUser(open_page(), server.url).visit(room).join(name) for server, name in servers]


def test_two_users_of_two_servers_talk_and_come_back(users: list[BrowserUser], cluster: Cluster, room: str) -> None:
    ada, bob = users
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


def test_they_amend_messages_and_write_while_there_is_no_database(
    users: list[BrowserUser], cluster: Cluster, room: str
) -> None:
    ada, bob = users
    amend_in_all_ways(ada, bob)
    cluster.postgres.stop()
    ada.send("Is this stored?")
    expect(ada.pending).to_have_count(1)
    bob.page.context.set_offline(True)
    bob.send("I am offline", "and write two messages")
    expect(bob.pending).to_have_count(2)
    cluster.postgres.start()
    expect(ada.pending).to_have_count(0)
    bob.page.context.set_offline(False)
    texts = ["Who is in?", "Bring bread", "Good", "Is this stored?", "I am offline", "and write two messages"]
    for user in (ada, bob):
        user.expect_connected().expect_messages(*texts)
    shown = rows(bob)
    assert rows(bob.reload()) == shown
    stored = [record["message"] for record in cluster.records(room) if record["type"] == "message"]
    assert stored[-3:] == texts[-3:], "each of them once"
    bob.page.goto(f"{cluster.servers[1].url}/chat/{room}/3")
    expect(bob.message("Bring bread")).to_be_in_viewport()
