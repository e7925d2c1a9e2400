"""The parser of frames: against another implementation with the same bytes in every cut, and rule by rule."""

import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from chatsite.websocket.parser import (
    FRAGMENT,
    INVALID_TEXT,
    PROTOCOL_ERROR,
    TOO_BIG,
    Control,
    Parser,
    ProtocolViolation,
    unmasked,
)
from tests.support.effort import Tally, effort

MAX_BYTES = 1000  # of a message
TEXTS = ["", "hello", "Grüße 👋", "日本語" * 30, "x" * 125, "x" * 126, "ä" * 170, "x" * 400]
CLOSES = [
    b"",
    b"\x03\xe8",
    b"\x03\xe8bye",
    b"\x0f\xa0",
    b"\x03\xe8\xff",
    b"\x03\xed",
    b"\x03",
    b"\x13\x88",
    b"\x00\x00",
]


class Outcome(NamedTuple):
    """The messages and control frames of a stream, and the close code of the violation that ended it, 0 without one."""

    frames: list[object]
    code: int


def masked_frame(first: int, payload: bytes, mask: bytes = b"\x37\xfa\x21\x3d") -> bytes:
    """A client's frame. `first`: its first byte, the opcode with the flags."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((first,)) + length + mask + unmasked(payload, mask)


def text_frame(text: str) -> bytes:
    return masked_frame(0x81, text.encode())


def parsed(parts: Iterable[bytes]) -> Outcome:
    """What the parser makes of a stream in these parts."""
    parser, frames = Parser(MAX_BYTES), []
    try:
        for part in parts:
            parser.feed(part)
            while (frame := parser.next_frame()) is not None:
                if frame is not FRAGMENT:
                    frames.append(frame)
    except ProtocolViolation as violation:
        return Outcome(frames, violation.code)
    return Outcome(frames, 0)


def parsed_by_another(stream: bytes) -> Outcome:
    """What `websockets` makes of it; it leaves fragments and texts to its caller."""
    protocol, frames = ServerProtocol(state=OPEN, max_size=MAX_BYTES), []
    protocol.receive_data(stream)
    opcode, message = Opcode.CONT, b""
    for event in protocol.events_received():
        assert isinstance(event, Frame)
        if event.opcode >= Opcode.CLOSE:
            code = (int.from_bytes(event.data[:2], "big") or 1005) if event.opcode is Opcode.CLOSE else 0
            frames.append(Control(event.opcode, bytes(event.data), code))
            continue
        opcode, message = event.opcode or opcode, message + event.data
        if opcode is Opcode.TEXT and not is_beginning_of_text(message, is_final=event.fin):
            return Outcome(frames, INVALID_TEXT)
        if event.fin:
            frames.append(message.decode() if opcode is Opcode.TEXT else message)
            message = b""
    return Outcome(frames, protocol.close_sent.code if protocol.parser_exc and protocol.close_sent else 0)


def is_beginning_of_text(message: bytes, *, is_final: bool) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError as error:
        return not is_final and error.reason == "unexpected end of data"
    return True


def streams(chance: random.Random) -> Iterator[bytes]:
    """The frames of a client that keeps the rules, mostly.

    No ping comes within a message of nearly the maximum: `websockets` adds its length to that of the message
    (findings/websockets-counts-a-ping-as-part-of-a-message.sh).
    """
    for _ in range(chance.randint(1, 6)):
        kind = chance.randrange(12)
        payload = chance.choice(TEXTS).encode()
        mask = chance.randbytes(4)
        if kind < 3:
            yield masked_frame(0x81, payload, mask)
        elif kind == 3:
            yield masked_frame(0x82, chance.randbytes(chance.randrange(140)), mask)
        elif kind < 7:
            cuts = sorted([0, len(payload), *(chance.randrange(len(payload) + 1) for _ in range(chance.randint(1, 3)))])
            for number, (begin, end) in enumerate(pairwise(cuts)):
                first = (0x01 if number == 0 else 0) | (0x80 if number == len(cuts) - 2 else 0)
                yield masked_frame(first, payload[begin:end], mask)
                if chance.randrange(3) == 0:
                    yield masked_frame(0x89, chance.randbytes(3), mask)
        elif kind == 7:
            yield masked_frame(chance.choice((0x89, 0x8A)), chance.randbytes(chance.choice((0, 1, 125))), mask)
        elif kind == 8:
            yield masked_frame(0x88, chance.choice(CLOSES), mask)
        elif kind == 9:
            yield masked_frame(0x81, chance.choice((b"\xff", b"\xed\xa0\x80", "ä".encode()[:1], payload * 3)), mask)
        elif kind == 10:
            yield masked_frame(chance.randrange(256), chance.randbytes(chance.choice((0, 5, 130))), mask)
        else:
            yield bytes((0x81, 0x05)) + b"hello"  # not masked


def until_close(outcome: Outcome) -> Outcome:
    """Without what follows a close frame, which nobody reads."""
    for number, frame in enumerate(outcome.frames, 1):
        if isinstance(frame, Control) and frame.opcode == Opcode.CLOSE:
            return Outcome(outcome.frames[:number], 0)
    return outcome


@pytest.mark.promise
def test_another_implementation_reads_the_same_in_every_cut(tally: Tally) -> None:
    for seed in range(effort(400, torture=40_000)):
        chance = random.Random(seed)
        stream = b"".join(streams(chance))
        expected = until_close(parsed_by_another(stream))
        cuts = [[stream], [bytes((byte,)) for byte in stream]]
        for _ in range(6):
            at = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randint(1, 9)))
            cuts.append([stream[begin:end] for begin, end in pairwise([0, *at, len(stream)])])
        for parts in cuts:
            outcome = until_close(parsed(parts))
            assert outcome.frames == expected.frames, (seed, stream)
            # A frame may break two rules, and the other one looks at the length first.
            assert outcome.code == expected.code or {outcome.code, expected.code} == {PROTOCOL_ERROR, TOO_BIG}, seed
        tally("streams of frames", len(cuts))


def test_a_short_stream_is_read_the_same_with_every_pair_of_cuts() -> None:
    stream = (
        text_frame("ä👋") + masked_frame(0x01, b"\xf0\x9f") + masked_frame(0x89, b"p") + masked_frame(0x80, b"\x91\x8b")
    )
    expected = Outcome(["ä👋", Control(Opcode.PING, b"p"), "👋"], 0)
    for first in range(len(stream)):
        for second in range(first, len(stream)):
            assert parsed([stream[:first], stream[first:second], stream[second:]]) == expected


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (masked_frame(0xC1, b"x"), PROTOCOL_ERROR),  # compressed, and nobody offered it
        (masked_frame(0x83, b"x"), PROTOCOL_ERROR),
        (masked_frame(0x8B, b"x"), PROTOCOL_ERROR),
        (masked_frame(0x80, b"x"), PROTOCOL_ERROR),  # nothing to continue
        (masked_frame(0x01, b"x") + masked_frame(0x81, b"y"), PROTOCOL_ERROR),
        (masked_frame(0x09, b"x"), PROTOCOL_ERROR),
        (masked_frame(0x89, b"x" * 126), PROTOCOL_ERROR),
        (b"\x81\x05hello", PROTOCOL_ERROR),
        (b"\x81\xfe\x00\x05" + bytes(4) + b"hello", PROTOCOL_ERROR),  # not the shortest form
        (b"\x81\xff" + (5).to_bytes(8, "big") + bytes(4) + b"hello", PROTOCOL_ERROR),
        (b"\x81\xff" + (2**63).to_bytes(8, "big") + bytes(4), PROTOCOL_ERROR),
        (masked_frame(0x88, b"\x03"), PROTOCOL_ERROR),
        (masked_frame(0x88, b"\x03\xee"), PROTOCOL_ERROR),
        (masked_frame(0x88, b"\x03\xe8\xff"), INVALID_TEXT),
        (masked_frame(0x81, b"\xed\xa0\x80"), INVALID_TEXT),
        (masked_frame(0x01, b"\xff"), INVALID_TEXT),  # before the message is complete
        (masked_frame(0x81, b"\xff" + b"x" * 100)[:20], INVALID_TEXT),  # before the frame is
        (masked_frame(0x81, b"x" * (MAX_BYTES + 1))[:8], TOO_BIG),  # before a byte of it is kept
        (masked_frame(0x01, b"x" * MAX_BYTES) + masked_frame(0x80, b"x")[:6], TOO_BIG),
    ],
)
def test_what_breaks_the_protocol_is_refused_with_its_code(stream: bytes, code: int) -> None:
    assert parsed([stream]) == Outcome([], code)
    assert parsed(bytes((byte,)) for byte in stream) == Outcome([], code)


def test_a_message_of_the_maximum_length_is_one_in_any_number_of_fragments() -> None:
    fragments = [masked_frame(0x01, b"x"), *[masked_frame(0x00, b"x")] * (MAX_BYTES - 2), masked_frame(0x80, b"x")]
    assert parsed([b"".join(fragments)]) == Outcome(["x" * MAX_BYTES], 0)


def test_a_parser_that_waits_for_the_next_frame_keeps_nothing() -> None:
    parser = Parser(MAX_BYTES)
    parser.feed(masked_frame(0x01, b"x" * 200) + masked_frame(0x80, b"y" * 200))
    while parser.next_frame() is not None:
        pass
    assert (parser._data, parser._message, parser._decoder) == (b"", None, None)


def test_a_ping_between_two_fragments_takes_nothing_of_the_size_of_the_message() -> None:
    fragments = [masked_frame(0x01, b"a" * 950), masked_frame(0x89, b"p" * 100), masked_frame(0x80, b"b" * 40)]
    frames, code = parsed([b"".join(fragments)])
    assert code == 0
    assert "a" * 950 + "b" * 40 in frames
