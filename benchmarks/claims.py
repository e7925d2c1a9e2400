"""The performance claims of chatsite, as limits that a run checks."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.flood_client import KINDS
from benchmarks.parts import amendments, page
from benchmarks.report import Medians, align_columns

FANOUT_20, FANOUT_100, FANOUT_1000, FANOUT_4000 = (
    ("fanout", case)
    for case in ("100 clients, 20/s", "1000 clients, 100/s", "1000 clients, 1000/s", "1000 clients, 4000/s")
)
CONNECT, RECEIVE = ("connect", "5000 clients"), ("receive", "50 connections")
FLOOD, STALLED = "flood", ("stalled", "half stalls")
COLD, SWITCH, BURST, SCROLL = (("page", case) for case in (page.COLD, page.SWITCH, page.BURST, page.SCROLL))
QUEUED, SINGLE, HISTORY = ("storage", "100 waiting"), ("storage", "alone"), ("history", "1,000,000 messages")
PLAIN, AMENDED, PAGE_PLAIN, PAGE_AMENDED = (
    ("amendments", case)
    for case in (amendments.PLAIN, amendments.AMENDED, amendments.PAGE_PLAIN, amendments.PAGE_AMENDED)
)
SEARCH, SEARCHING = ("search", "1,000,000 messages"), ("search", "one searches")
DATABASE, DATABASE_8, DATABASE_READ = (("database", case) for case in ("1 writing", "8 writing", "1,000,000 messages"))
SLACK, SLACK_OLD, IRC, WHATSAPP, BESIDE = (
    ("imports", case) for case in ("slack", "slack-old", "irc", "whatsapp", "beside")
)
PER_SECOND = "messages_per_second"
Case = tuple[str, str]  # part and case


@dataclass(frozen=True)
class Claim:
    """A number that is computed from the medians, and its limit."""

    text: str
    number: Callable[[Medians], float]
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, number: float) -> bool:
        """Whether a measured number is within the limit."""
        if self.at_least is not None and number < self.at_least:
            return False
        return self.at_most is None or number <= self.at_most


def value(case: Case, key: str, peer: str = "chatsite") -> Callable[[Medians], float]:
    """A median."""
    return lambda found: found[(*case, peer)][key]


def ratio(case: Case, key: str, peer: str, own: str = "chatsite") -> Callable[[Medians], float]:
    """chatsite's median divided by a peer's."""
    return lambda found: found[(*case, own)][key] / found[(*case, peer)][key]


def value_ratio(case: Case, key: str, to: str) -> Callable[[Medians], float]:
    """A median divided by another one of the same case."""
    return lambda found: found[(*case, "chatsite")][key] / found[(*case, "chatsite")][to]


def case_ratio(case: Case, key: str, to: Case) -> Callable[[Medians], float]:
    """A median divided by that of another case."""
    return lambda found: found[(*case, "chatsite")][key] / found[(*to, "chatsite")][key]


def _bytes_per_amendment(found: Medians) -> float:
    amended, plain = found[(*AMENDED, "chatsite")], found[(*PLAIN, "chatsite")]
    return 2**20 * (amended["open_mib"] - plain["open_mib"]) / (amended["records"] - plain["records"])


def _losses(found: Medians) -> float:
    errors = ("lost", "late", "doubled", "out_of_order", "closed_early", "failed")
    cases = [values for (part, _, peer), values in found.items() if peer == "chatsite" and part != "history"]
    return sum(values.get(key, 0) for values in cases for key in errors)


def _overhead_over_fsync(found: Medians) -> float:
    """The time of a single message over the socket, minus 1.3 times a single write and fdatasync."""
    return found[(*SINGLE, "socket")]["p50_ms"] - 1.3 * found[(*SINGLE, "bare")]["p50_ms"]


def _worst_flood(found: Medians) -> float:
    """The p99 of the other clients in the worst flood, divided by their p99 without a flood."""
    return max(found[FLOOD, kind, "chatsite"]["p99_to_calm"] for kind in KINDS)


CPU, DELIVERED = "cpu_us_per_delivery", "delivered_per_second"
CLAIMS = (
    Claim("lost, late, duplicated or out of order, sum of all runs", _losses, at_most=0),
    Claim("100 clients, 20/s: p50 (ms)", value(FANOUT_20, "p50_ms"), at_most=3),
    Claim("100 clients, 20/s: p99 (ms)", value(FANOUT_20, "p99_ms"), at_most=8),
    Claim("100 clients, 20/s: CPU per delivery / ws", ratio(FANOUT_20, CPU, "ws"), at_most=1.6),
    Claim("1000 clients, 100/s: CPU per delivery / ws", ratio(FANOUT_100, CPU, "ws"), at_most=1.0),
    Claim("1000 clients, 100/s: p99 / ws", ratio(FANOUT_100, "p99_ms", "ws"), at_most=1.5),
    Claim("1000 clients, 1000/s: delivered/s", value(FANOUT_1000, DELIVERED), at_least=980_000),
    Claim("1000 clients, 1000/s: p99 (ms)", value(FANOUT_1000, "p99_ms"), at_most=60),
    Claim("1000 clients, 1000/s: CPU per delivery / uws", ratio(FANOUT_1000, CPU, "uws"), at_most=1.2),
    Claim("1000 clients, 4000/s: delivered/s / ws", ratio(FANOUT_4000, DELIVERED, "ws"), at_least=12),
    Claim("1000 clients, 4000/s: delivered/s / uws", ratio(FANOUT_4000, DELIVERED, "uws"), at_least=1.2),
    Claim("1000 clients, 4000/s: p99 (ms)", value(FANOUT_4000, "p99_ms"), at_most=300),
    Claim("accepted from 50 connections (messages/s)", value(RECEIVE, "messages_per_second"), at_least=8000),
    Claim("5000 clients together: connects/s", value(CONNECT, "connects_per_second"), at_least=1000),
    Claim("memory of an idle connection (KiB)", value(CONNECT, "kib_per_connection"), at_most=32),
    Claim("a million messages: opening (ms)", value(HISTORY, "open_ms"), at_most=1000),
    Claim("a million messages: memory (MiB)", value(HISTORY, "open_mib"), at_most=40),
    Claim("a million messages: a page of 50, p99 (ms)", value(HISTORY, "page_p99_ms"), at_most=2),
    Claim(
        "a million messages: an append / to an empty room",
        lambda found: value(HISTORY, "append_ms")(found) / value(HISTORY, "append_empty_ms")(found),
        at_most=1.1,
    ),
    Claim("a million messages: the page's first byte (ms)", value(HISTORY, "visit_p50_ms"), at_most=50),
    Claim("200,000 edits and reactions: opening / without", case_ratio(AMENDED, "open_ms", PLAIN), at_most=1.25),
    Claim(
        "200,000 edits and reactions: opening again / without",
        case_ratio(AMENDED, "open_again_ms", PLAIN),
        at_most=1.25,
    ),
    Claim("200,000 edits and reactions: memory of each (bytes)", _bytes_per_amendment, at_most=40),
    Claim(
        "page of edits and reactions: first / without", case_ratio(PAGE_AMENDED, "first_ms", PAGE_PLAIN), at_most=1.5
    ),
    Claim(
        "page of edits and reactions: again / without", case_ratio(PAGE_AMENDED, "again_ms", PAGE_PLAIN), at_most=1.5
    ),
    Claim(
        "100 queued: messages stored/s / sqlite",
        ratio(QUEUED, "messages_per_second", "sqlite", "group commit"),
        at_least=20,
    ),
    Claim("a single message over the socket - 1.3 fdatasync (ms)", _overhead_over_fsync, at_most=1),
    Claim("one floods: p99 of the 100 others / without a flood, worst flood", _worst_flood, at_most=1.5),
    Claim("search, a word that is nowhere / rg -i -c", value_ratio(SEARCH, "nowhere_ms", "rg_ms"), at_most=1.0),
    Claim("search, a word among the newest 10,000 (ms)", value(SEARCH, "newest_ms"), at_most=5),
    Claim(
        "search, filling FTS5's trigram index / making the cache", value_ratio(SEARCH, "fts5_s", "build_s"), at_least=5
    ),
    Claim("a million messages of Slack: import / json.loads of its files", value(SLACK, "ratio"), at_most=4),
    Claim("the same without blocks: import / json.loads of its files", value(SLACK_OLD, "ratio"), at_most=4),
    Claim("a million lines of IRC: import / one expression a line", value(IRC, "ratio"), at_most=6),
    Claim("a million lines of WhatsApp: import / one expression a line", value(WHATSAPP, "ratio"), at_most=6),
    Claim("an import of a million messages: memory (MiB)", value(SLACK, "memory_mib"), at_most=300),
    Claim("p99 beside an import / without one", value(BESIDE, "p99_to_calm"), at_most=1.5),
    Claim(
        "PostgreSQL, group commit / INSERT and COMMIT each",
        ratio(DATABASE, PER_SECOND, "each", "store"),
        at_least=12,
    ),
    Claim("the same with 8 processes in one room", ratio(DATABASE_8, PER_SECOND, "each", "store"), at_least=10),
    Claim(
        "PostgreSQL, a page of a room / JSON files",
        ratio(DATABASE_READ, "page_ms", "json", "postgresql"),
        at_most=1.5,
    ),
    Claim(
        "PostgreSQL, search of a rare word / JSON files",
        ratio(DATABASE_READ, "rare_ms", "json", "postgresql"),
        at_most=3,
    ),
    Claim("one searches: p99 of the 100 others / without", value(SEARCHING, "p99_to_calm"), at_most=1.2),
    Claim("200 of 400 stall: p99 of the others / all read", value(STALLED, "p99_to_calm"), at_most=1.2),
    Claim("cold page: requests", value(COLD, "requests"), at_most=12),
    Claim("cold page: kB", value(COLD, "kilobytes"), at_most=65),
    Claim("cold page: first paint / base", ratio(COLD, "first_paint_ms", "base"), at_most=0.75),
    Claim("cold page: typing possible / base", ratio(COLD, "typing_ms", "base"), at_most=0.5),
    Claim("room switch: typing possible / base", ratio(SWITCH, "typing_ms", "base"), at_most=0.6),
    Claim("1000 messages in the page: longest task (ms)", value(BURST, "longest_task_ms"), at_most=50),
    Claim("1000 messages in the page: dropped frames / base", ratio(BURST, "dropped_frames", "base"), at_most=0.3),
    Claim("scrolling through 3,000: work of the last page / the first", value(SCROLL, "last_to_first"), at_most=1.3),
)


def table(found: Medians) -> str:
    """A table of every claim that this run measured, with its limit and whether it holds."""
    lines = [["claim", "measured", "limit", ""]]
    for claim in CLAIMS:
        try:
            number = claim.number(found)
        except (KeyError, ZeroDivisionError):
            continue  # not measured in this run
        limit = f">= {claim.at_least:,g}" if claim.at_least is not None else f"<= {claim.at_most:,g}"
        lines.append([claim.text, f"{number:,.2f}", limit, "yes" if claim.holds(number) else "NO"])
    return align_columns(lines)
