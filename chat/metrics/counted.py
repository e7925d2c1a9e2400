"""Everything that is counted, in one table. A new one needs its row in docs/metrics.md (tests/docs)."""

from chat.metrics.kinds import Counter, Family, Histogram, LabelledCounter, LabelledHistogram

# From a fifth of a millisecond, which a sync of a fast disk takes, to what people take for an outage.
SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


COUNTED = (
    CONNECTED := Counter("chatsite_connections_opened_total", "WebSockets that were accepted."),
    RESUMED := LabelledCounter(
        "chatsite_joins_total",
        "WebSockets that joined a room: with the newest page (new), with what they missed (resumed), or with the "
        "newest page though they asked for what they missed (reset).",
        "outcome",
        ("new", "resumed", "reset"),
    ),
    CLOSED := LabelledCounter("chatsite_closes_total", "WebSockets that the server closed, by close code.", "code"),
    FRAMES := LabelledCounter("chatsite_frames_received_total", "Valid frames of clients, by type.", "type"),
    ERRORS := LabelledCounter("chatsite_errors_total", "Errors that clients were answered with, by code.", "code"),
    STORED := Counter("chatsite_events_stored_total", "Messages and amendments that became durable."),
    REPEATED := Counter("chatsite_events_repeated_total", "Commands whose client_id was stored before."),
    BATCHES := Histogram("chatsite_batch_commands", "Commands of a batch of the group commit.", SIZES),
    COMMITS := Histogram(
        "chatsite_commit_seconds", "A batch, from its hand-over to a storage thread until it is durable.", SECONDS
    ),
    COMMITS_FAILED := Counter("chatsite_commits_failed_total", "Batches of which nothing was stored."),
    SYNCS := Histogram("chatsite_sync_seconds", "One sync of the disk for a room's file (fdatasync).", SECONDS),
    QUERIES := LabelledHistogram(
        "chatsite_query_seconds",
        "One call of the storage, in its thread: append a batch, read a page of folded messages, read events, read one "
        "message, look for new events of all rooms (with a database).",
        SECONDS,
        "call",
        ("append", "page", "events", "message", "look"),
    ),
    SEARCHES := Histogram("chatsite_search_seconds", "One search, with the time in the queue.", SECONDS),
    RENDERS := Histogram("chatsite_render_seconds", "History rendered for one client, with the queue.", SECONDS),
    FAN_OUTS := Histogram("chatsite_fanout_seconds", "One batch, written to every connection of its room.", SECONDS),
    DELIVERED := Counter("chatsite_events_delivered_total", "Events times the connections that they were written to."),
    CATCH_UPS := Counter(
        "chatsite_catch_ups_total", "Times that a room read events from storage that the channel layer did not bring."
    ),
    RESETS := Counter("chatsite_resets_total", "Times that all clients of a room were reset to its newest page."),
    POLLS_FAILED := Counter("chatsite_polls_failed_total", "Times that a room could not be compared with storage."),
    REQUESTS := LabelledCounter(
        "chatsite_http_requests_total",
        "Answers to HTTP requests, by status.",
        "status",
        ("200", "404", "429", "500", "503"),
    ),
    REQUEST_TIMES := Histogram("chatsite_http_request_seconds", "One HTTP request, with its delays.", SECONDS),
    LOOP_DELAYS := Histogram(
        "chatsite_event_loop_delay_seconds", "How late the event loop is, looked at twice a second.", SECONDS
    ),
)


def families() -> list[Family]:
    """Everything that was counted up to now."""
    return [each.family() for each in COUNTED]
