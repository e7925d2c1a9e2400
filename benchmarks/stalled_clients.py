"""Clients that do not read: python -m benchmarks.stalled_clients PORT COUNT, until it is killed.

Half of them send a short message every five seconds. A client that is disconnected reconnects within seconds, as the
page does, and stalls again. The first line on standard output says that all clients are connected, each further line
that one was disconnected.
"""

import contextlib
import json
import os
import random
import select
import sys
import time

from benchmarks.flood_client import HANDSHAKE, connect, encode_frame

SEND_INTERVAL_SECONDS = 5
SHORT_MESSAGE = encode_frame(json.dumps({"type": "message", "message": "a word"}).encode())
RECEIVE_BUFFER_BYTES = 4096
MIN_RECONNECT_SECONDS, MAX_RECONNECT_SECONDS = 0.5, 5


class StalledClient:
    """One client that never reads after the handshake."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._poll = select.poll()
        self.connect()

    def connect(self) -> None:
        """Complete the handshake, and read nothing after it."""
        self._socket = connect(self._port, receive_buffer=RECEIVE_BUFFER_BYTES)
        self._socket.sendall(HANDSHAKE % b"")
        received = b""
        while b"\r\n\r\n" not in received and (part := self._socket.recv(64)):
            received += part
        if b" 101 " not in received:
            sys.exit(f"a stalled client was refused: {received.decode()}")
        self._poll.register(self._socket, 0)  # reports only that the connection has ended
        self._reconnect_at = 0.0

    def check(self, now: float) -> bool:
        """Reconnect when it is time. Returns whether the connection ended since the last check."""
        if self._reconnect_at:
            if now > self._reconnect_at:
                self.connect()
            return False
        if not self._poll.poll(0):
            return False
        self._poll.unregister(self._socket)
        self._socket.close()
        self._reconnect_at = now + random.uniform(MIN_RECONNECT_SECONDS, MAX_RECONNECT_SECONDS)
        return True

    def send_short_message(self) -> None:
        """Send one message, unless the connection has ended."""
        with contextlib.suppress(OSError):
            self._socket.sendall(SHORT_MESSAGE)


def main(port: int, count: int) -> None:
    """Keep the clients connected and stalled."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # the load generator on the same core has priority
    clients = [StalledClient(port) for _ in range(count)]
    print("all are connected", flush=True)
    senders = clients[::2]
    while True:
        for sender in senders:
            time.sleep(SEND_INTERVAL_SECONDS / len(senders))
            for client in clients:
                if client.check(time.monotonic()):
                    print("one was disconnected", flush=True)
            sender.send_short_message()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
