"""The frames of a client (RFC 6455): bytes go in, messages and control frames come out. No I/O.

Attack: frames that break the protocol, to make this side and what stands between read different things; a message that
never ends; a text of many small parts, each of which would take an object. A message is bounded before its bytes are
kept, is kept as one piece, and invalid UTF-8 is refused at the first byte that is wrong.
"""

import codecs
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL = MASKED = 0x80
RESERVED_BITS = 0x70
MAX_CONTROL_BYTES = 125
PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1002, 1007, 1009  # close codes (RFC 6455, section 7.4.1)
NO_CODE = 1005  # what a close frame without a code means; never sent
CLIENT_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
PRIVATE_CLOSE_CODES = range(3000, 5000)

_new_decoder = codecs.getincrementaldecoder("utf-8")


class ProtocolViolation(Exception):
    """The client broke the protocol: its connection is to be closed with `code`, and nothing more to be parsed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Control(NamedTuple):
    """A ping, a pong or a close frame. `code` is that of a close frame."""

    opcode: int
    payload: bytes
    code: int = 0


class Fragment:
    """A part of a message that is not the last: what `next_frame` returns so that its caller can count it."""


FRAGMENT = Fragment()
Frame = str | bytes | Control | Fragment  # a whole message of text, one of bytes, or one of the others


class Parser:
    """Parses what one client sends. `max_message_bytes` bounds a message, also one of many fragments."""

    __slots__ = ("_data", "_decoder", "_is_final", "_left", "_mask", "_max", "_message", "_opcode", "_start")

    def __init__(self, max_message_bytes: int) -> None:
        self._max = max_message_bytes
        self._data = b""  # received
        self._start = 0  # of what is not parsed yet
        self._opcode = 0  # of the message that has begun
        self._message: bytearray | None = None  # what is there of it, if it did not come as one whole frame
        self._decoder: codecs.IncrementalDecoder | None = None  # of its text
        # The frame of a message that has begun:
        self._left = 0  # bytes of its payload to come
        self._mask = b""
        self._is_final = False

    def feed(self, data: bytes) -> None:
        """Take received bytes."""
        self._data = self._data[self._start :] + data if self._start < len(self._data) else data
        self._start = 0

    def next_frame(self) -> Frame | None:
        """The next message or frame; None if more bytes are needed. Raises `ProtocolViolation`."""
        frame = self._read_payload() if self._left else self._read_frame()
        if frame is None:  # of what there is, a head or a control frame is left, and so at most 130 bytes
            self._data = self._data[self._start :]
            self._start = 0
        return frame

    def _read_frame(self) -> Frame | None:
        data, start = self._data, self._start
        available = len(data) - start
        if available < 2:
            return None
        first, second = data[start], data[start + 1]
        opcode, length = first & 0x0F, second & 0x7F
        self._check_head(first, second, opcode, length)
        begin = start + 6
        if length >= 126:
            begin += 2 if length == 126 else 8
            if len(data) < begin:
                return None
            length = self._read_length(data[start + 2 : begin - 4])
        elif available < 6:
            return None
        mask = data[begin - 4 : begin]
        if opcode >= CLOSE:
            if len(data) < begin + length:
                return None
            self._start = begin + length
            return _control(opcode, unmasked(data[begin : begin + length], mask))
        self._begin_payload(opcode, length, mask, is_final=first >= FINAL)
        self._start = begin
        return self._read_payload()

    def _check_head(self, first: int, second: int, opcode: int, length: int) -> None:
        if first & RESERVED_BITS:
            raise ProtocolViolation(PROTOCOL_ERROR, "a reserved bit is set, and no extension was agreed on")
        if second < MASKED:
            raise ProtocolViolation(PROTOCOL_ERROR, "a frame of a client is not masked")
        if opcode >= CLOSE:
            if opcode > PONG:
                raise ProtocolViolation(PROTOCOL_ERROR, "an opcode is reserved")
            if first < FINAL or length > MAX_CONTROL_BYTES:
                raise ProtocolViolation(PROTOCOL_ERROR, "a control frame is fragmented, or longer than 125 bytes")
        elif opcode > BINARY:
            raise ProtocolViolation(PROTOCOL_ERROR, "an opcode is reserved")
        elif (opcode == CONTINUATION) is not (self._opcode != 0):
            raise ProtocolViolation(PROTOCOL_ERROR, "a fragment without a beginning, or a message within another one")

    def _read_length(self, octets: bytes) -> int:
        length = int.from_bytes(octets, "big")
        if length < (126 if len(octets) == 2 else 2**16) or length >= 2**63:
            raise ProtocolViolation(PROTOCOL_ERROR, "the length of a frame is not written in the shortest form")
        return length

    # Messages

    def _begin_payload(self, opcode: int, length: int, mask: bytes, *, is_final: bool) -> None:
        if length + (0 if self._message is None else len(self._message)) > self._max:
            raise ProtocolViolation(TOO_BIG, f"a message is longer than {self._max} bytes")
        self._opcode = opcode or self._opcode
        self._left, self._mask, self._is_final = length, mask, is_final

    def _read_payload(self) -> Frame | None:
        """Take what is there of a frame's payload."""
        part = self._data[self._start : self._start + self._left]
        if self._left and not part:
            return None
        self._start += len(part)
        self._left -= len(part)
        payload = unmasked(part, self._mask)
        if self._message is None and self._is_final and not self._left:
            return self._end_message(payload)
        self._append(payload)
        if self._left:
            turned = len(part) % 4
            self._mask = self._mask[turned:] + self._mask[:turned]
            return None
        return self._end_message(bytes(self._message or b"")) if self._is_final else FRAGMENT

    def _append(self, payload: bytes) -> None:
        if self._message is None:
            self._message = bytearray()
            self._decoder = _new_decoder() if self._opcode == TEXT else None
        self._message += payload
        if self._decoder is not None:
            try:
                self._decoder.decode(payload)
            except UnicodeDecodeError:
                raise ProtocolViolation(INVALID_TEXT, "a text is not valid UTF-8") from None

    def _end_message(self, payload: bytes) -> str | bytes:
        is_text = self._opcode == TEXT
        self._opcode, self._message, self._decoder = 0, None, None
        return _text(payload) if is_text else payload


def _control(opcode: int, payload: bytes) -> Control:
    return Control(opcode, payload, _close_code(payload) if opcode == CLOSE else 0)


def _close_code(payload: bytes) -> int:
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or (code not in CLIENT_CLOSE_CODES and code not in PRIVATE_CLOSE_CODES):
        raise ProtocolViolation(PROTOCOL_ERROR, "the code of a close frame is not valid")
    _text(payload[2:])
    return code


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ProtocolViolation(INVALID_TEXT, "a text is not valid UTF-8") from None


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """The payload of a client's frame; masking is its own inverse."""
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(size, "little")
