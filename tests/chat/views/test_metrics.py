"""/metrics: who gets it, what it counts, and that it tells nothing of people."""

import asyncio
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat.rooms.hub import Hub
from tests.support.core.asgi_clients import HttpClient, Response, WebSocketClient
from tests.support.core.doubles import until

TOKEN = "c29tZSByYW5kb20gYnl0ZXM="
HubWith = Callable[..., Hub]


def values(answer: Response) -> dict[str, float]:
    """Every sample by its name, with its labels but those of the build."""
    samples = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    assert len(samples) > 200
    return {" ".join([one.name, *one.labels.values()]): one.value for one in samples}


async def test_metrics_are_off_by_default(http_client: HttpClient) -> None:
    answer = await http_client.get("/metrics")
    assert answer.status == 404
    assert "process_" not in answer.text


async def test_local_means_this_machine_without_a_proxy(hub_with: HubWith) -> None:
    hub = hub_with(metrics="local", trusted_proxies=1)
    local = HttpClient(hub)
    answer = await local.get("/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    for refused in [
        await local.get("/metrics", **{"x-forwarded-for": "127.0.0.1"}),
        await HttpClient(hub, address="192.0.2.1").get("/metrics"),
        await HttpClient(hub, host="chat.example.org").get("/metrics"),
    ]:
        assert refused.status == 403
        assert "process_" not in refused.text
    assert (await local.request("POST", "/metrics")).status == 405


async def test_a_token_is_for_any_machine_and_any_host_name(hub_with: HubWith) -> None:
    client = HttpClient(hub_with(metrics=TOKEN, script_name="/chat-site"), host="web-1:8000", address="192.0.2.1")
    refused = await client.get("/metrics")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    for path in ("/metrics", "/chat-site/metrics"):
        answer = await client.get(path, authorization=f"Bearer {TOKEN}")
        assert answer.status == 200


async def test_what_happens_is_counted(hub_with: HubWith) -> None:
    hub = hub_with(metrics="local")
    client = HttpClient(hub)
    before = values(await client.get("/metrics"))
    async with WebSocketClient(hub, username="ada") as ada, WebSocketClient(hub, username="bob") as bob:
        await bob.receive("welcome")
        await ada.say("one")
        await ada.say("one", client_id="say one")
        await ada.say("two")
        await ada.send(type="history", before=2)
        await ada.receive("history")
        await ada.send("x-mark")
        await ada.receive("error")
        while (await bob.receive("message"))["message"] != "two":
            pass
        during = values(await client.get("/metrics"))
    await until(lambda: not len(hub.open_rooms.peek("lobby").connections))  # type: ignore[union-attr]
    after = values(await client.get("/metrics"))

    def gained(name: str) -> float:
        return during[name] - before[name]

    assert (during["chatsite_connections"], during["chatsite_people"], during["chatsite_rooms_in_use"]) == (2, 2, 1)
    assert after["chatsite_connections"] == 0
    assert gained("chatsite_connections_opened_total") == gained("chatsite_joins_total new") == 2
    assert gained("chatsite_frames_received_total message") == 3
    assert gained("chatsite_events_stored_total") == 2
    assert gained("chatsite_events_repeated_total") == 1
    assert gained("chatsite_events_delivered_total") == 4
    assert gained("chatsite_batch_commands_count") == gained("chatsite_commit_seconds_count") == 3
    assert gained("chatsite_batch_commands_sum") == 3
    assert gained("chatsite_sync_seconds_count") >= 2
    assert gained("chatsite_fanout_seconds_count") == 2
    assert gained("chatsite_query_seconds_count append") == 3
    assert gained("chatsite_query_seconds_count page") >= 1
    assert gained("chatsite_render_seconds_count") >= 1
    assert gained("chatsite_errors_total invalid_json") == 1
    assert gained("chatsite_errors_total rate_limited") == 0, "a series is there before its first increase"
    assert gained("chatsite_http_requests_total 200") >= 1


async def test_a_client_that_comes_back_and_a_reset_are_counted(hub_with: HubWith) -> None:
    hub = hub_with(metrics="local", resume_max=1)
    before = values(await HttpClient(hub).get("/metrics"))
    async with WebSocketClient(hub, username="ada") as ada:
        first = await ada.say("one")
        second = await ada.say("two")
        third = await ada.say("three")
        for event in (first, second, third):
            async with WebSocketClient(hub, since=event["id"]) as bob:
                await bob.receive("presence")
    after = values(await HttpClient(hub).get("/metrics"))
    gained = {kind: after[f"chatsite_joins_total {kind}"] - before[f"chatsite_joins_total {kind}"] for kind in JOINS}
    assert gained == {"new": 1, "resumed": 2, "reset": 1}


JOINS = ("new", "resumed", "reset")


async def test_no_label_names_a_room_a_person_or_an_address(hub_with: HubWith) -> None:
    hub = hub_with(metrics="local")
    async with WebSocketClient(hub, "x-mark-room", address="203.0.113.77", username="x-mark-ada") as ada:
        await ada.say("x-mark-text")
        await HttpClient(hub, address="203.0.113.78").get("/x-mark-path", **{"user-agent": "x-mark-agent"})
        answer = await HttpClient(hub).get("/metrics")
    assert answer.status == 200
    for word in ("x-mark", "203.0.113"):
        assert word not in answer.text
    labels = {
        name for family in text_string_to_metric_families(answer.text) for one in family.samples for name in one.labels
    }
    assert labels == {
        "le",
        "code",
        "type",
        "outcome",
        "fate",
        "call",
        "status",
        "python",
        "django",
        "storage",
        "carrier",
    }


async def test_reading_them_waits_for_batches_of_messages(hub_with: HubWith) -> None:
    """With ten thousand connections it takes some milliseconds."""
    hub = hub_with(metrics="local")
    async with WebSocketClient(hub):
        hub.batch_priority.begin_batch()
        reading = asyncio.create_task(HttpClient(hub).get("/metrics"))
        hub.batch_priority.end_batch()
        assert (await reading).status == 200


@pytest.mark.parametrize("given", ["x-mark-1", "0123456789abcdef"])
async def test_an_answer_has_the_id_of_its_request(hub: Hub, given: str) -> None:
    answer = await HttpClient(hub).get("/healthz", **{"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["a b", "x" * 65, "", "a\nb", "{}"])
async def test_an_id_of_another_form_is_replaced(hub: Hub, given: str) -> None:
    client = HttpClient(hub)
    ids = {(await client.get("/chat/lobby/", **{"x-request-id": given})).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(each) == 16 for each in ids)
