"""What compressing WebSocket frames would save and cost: python -m benchmarks.frame_compression

Frames of messages with words of our documentation, and pages of history, compressed as permessage-deflate does: each by
itself, so that all connections could get the same bytes, or in one stream for each connection (context takeover).
docs/decisions/0016-no-compression-of-websocket-frames.md is about the result.
"""

import random
import statistics
import time
import uuid
import zlib
from collections.abc import Callable

from benchmarks.machine import PROJECT
from benchmarks.report import align_columns
from chat.text import markup
from chat.wire.protocol import HistoryFrame, MessageEvent, encode

MESSAGES, AUTHORS = 2000, 30
PACKET_BYTES = 20 + 32 + 4  # the headers of IPv4, of TCP with timestamps, and of a frame
LEVEL = 6  # of 9
TAIL_BYTES = 4  # of every message: permessage-deflate leaves them out
FLOOD_BYTES = 64 * 1024  # the longest message that the server takes


def main() -> None:
    """Print the table."""
    events = _events()
    frames = [encode(event).encode() for event in events]
    stream = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    lines = [["", "bytes", "compressed", "with headers", "CPU us"]]
    lines.append(_line("messages, each by itself", frames, [_deflate(frame) for frame in frames]))
    lines.append(_line("messages, one stream", frames, [_deflate(frame, stream) for frame in frames]))
    for count in (50, 200):
        page = encode(HistoryFrame(events=list(events[:count]), complete=False, before=1)).encode()
        lines.append(_line(f"a page of {count}", [page], [_deflate(page)]))
    flood = _deflate(b'{"type":"' + b"a" * FLOOD_BYTES)
    lines.append(["the longest message, of one letter", str(FLOOD_BYTES), str(len(flood)), "", ""])
    print(align_columns(lines))


def _events() -> list[MessageEvent]:
    rng = random.Random(1)
    words = " ".join(path.read_text() for path in sorted((PROJECT / "docs").glob("*.md"))).split()
    authors = [(f"{rng.getrandbits(128):032x}"[:22], f"user-{number}") for number in range(AUTHORS)]
    return [_event(number, rng, words, *rng.choice(authors)) for number in range(MESSAGES)]


def _event(number: int, rng: random.Random, words: list[str], author: str, username: str) -> MessageEvent:
    start, count = rng.randrange(len(words) - 500), int(rng.lognormvariate(2.2, 0.8)) + 1
    text = " ".join(words[start : start + min(count, 500)])
    return MessageEvent(
        id=100_000 + number,
        timestamp=f"2026-11-29T{rng.randrange(10, 24)}:{rng.randrange(10, 60)}:12.{rng.randrange(1000):03}Z",
        author=author,
        username=username,
        message=text,
        html=markup.render(text),
        client_id=uuid.UUID(int=rng.getrandbits(128)).hex,
    )


def _deflate(data: bytes, stream: "zlib._Compress | None" = None) -> bytes:
    stream = stream or zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-TAIL_BYTES]


def _line(title: str, frames: list[bytes], compressed: list[bytes]) -> list[str]:
    before, after = sum(map(len, frames)), sum(map(len, compressed))
    headers = PACKET_BYTES * len(frames)
    typical = sorted(frames, key=len)[len(frames) // 2]
    return [
        title,
        f"{statistics.median(map(len, frames)):.0f}",
        f"{after / before:.0%}",
        f"{(after + headers) / (before + headers):.0%}",
        f"{_microseconds(lambda: _deflate(typical)):.0f}",
    ]


def _microseconds(act: Callable[[], object], rounds: int = 200) -> float:
    """The fastest of many, which other work on the machine disturbs least."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return min(times) * 1e6


if __name__ == "__main__":
    main()
