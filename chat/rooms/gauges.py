"""What this process holds now, for /metrics: read when somebody asks, so it costs nothing otherwise."""

import platform
from dataclasses import dataclass

import django

from chat.metrics.kinds import Family, Sample, gauge
from chat.rooms.hub import Hub


@dataclass
class _Sums:
    people: int = 0
    rooms_in_use: int = 0
    connections: int = 0
    behind: int = 0
    pending_bytes: int = 0
    pending_max: int = 0
    queued: int = 0
    queued_bytes: int = 0


async def families(hub: Hub) -> list[Family]:
    """Sums over all open rooms, none of them about one room, taken in steps between batches of messages."""
    rooms = [room for _, room in hub.open_rooms]
    sums = _Sums()
    for room in rooms:
        queued, queued_bytes = room.group_commit.queued
        sums.queued, sums.queued_bytes = sums.queued + queued, sums.queued_bytes + queued_bytes
        sums.people += room.people.number_here
        sums.rooms_in_use += bool(len(room.connections))
    writers = [connection.writer for room in rooms for connection in room.connections]
    async for writer in hub.batch_priority.in_steps(writers):
        pending = writer.pending_bytes
        sums.connections += 1
        sums.behind += pending > 0
        sums.pending_bytes += pending
        sums.pending_max = max(sums.pending_max, pending)
    return [_build_info(hub), *_gauges(hub, len(rooms), sums), *_carrier(hub)]


def _gauges(hub: Hub, open_rooms: int, sums: _Sums) -> list[Family]:
    return [
        gauge("chatsite_connections", "WebSockets in rooms.", sums.connections),
        gauge("chatsite_people", "People in rooms; somebody in two rooms counts twice.", sums.people),
        gauge("chatsite_rooms_open", "Rooms in memory.", open_rooms),
        gauge("chatsite_rooms_in_use", "Rooms with a connection.", sums.rooms_in_use),
        gauge("chatsite_addresses", "Client addresses whose limits are remembered.", len(hub.address_limiters)),
        gauge("chatsite_slow_connections", "WebSockets that have not read everything.", sums.behind),
        gauge("chatsite_send_buffer_bytes", "Bytes buffered for all WebSockets.", sums.pending_bytes),
        gauge("chatsite_send_buffer_max_bytes", "Bytes buffered for the slowest WebSocket.", sums.pending_max),
        gauge("chatsite_queued_commands", "Commands that wait for the next batch.", sums.queued),
        gauge("chatsite_queued_bytes", "Their estimated size.", sums.queued_bytes),
        gauge("chatsite_storage_calls", "Calls of the storage that run or wait for a thread.", hub.storage_calls),
        gauge("chatsite_render_queue", "Clients that wait for rendered history.", hub.render_queue),
        gauge("chatsite_shutting_down", "1 while the server drains or shuts down.", hub.draining or hub.shutting_down),
    ]


def _carrier(hub: Hub) -> list[Family]:
    counters = hub.carrier_counters
    messages = [Sample("", (("fate", fate),), counters.get(fate, 0)) for fate in ("published", "received", "dropped")]
    gaps, outages = ([Sample("", (), counters.get(what, 0))] for what in ("gaps", "outages"))
    return [
        gauge("chatsite_carrier_available", "1 while Redis carries events, or is not used.", hub.is_carrier_available),
        Family("chatsite_carrier_messages_total", "counter", "Messages to and from other processes.", messages),
        Family("chatsite_carrier_gaps_total", "counter", "Times that messages of others may have been lost.", gaps),
        Family("chatsite_carrier_outages_total", "counter", "Times that Redis was gone.", outages),
    ]


def _build_info(hub: Hub) -> Family:
    labels = (
        ("python", platform.python_version()),
        ("django", django.get_version()),
        ("storage", hub.conf.storage),
        ("carrier", "redis" if hub.conf.redis_url else "memory"),
    )
    meaning = "Always 1; the labels say what runs."
    return Family("chatsite_build_info", "gauge", meaning, [Sample("", labels, 1)])
