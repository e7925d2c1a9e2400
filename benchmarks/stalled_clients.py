"""Clients that do not read: python -m benchmarks.stalled_clients PORT COUNT, until it is ended.

Half of them say a word every five seconds all the same. Whoever is cut off comes back within some seconds, as the page
does, and does not read either. A line on standard output says that all are there, and each further one that somebody
was cut off.
"""

import contextlib
import json
import os
import random
import select
import sys
import time

from benchmarks.flood_client import HEAD, connected, framed

WORD_SECONDS = 5
WORD = framed(json.dumps({"type": "message", "message": "a word"}).encode())
HELD = 4096  # bytes that the system is to keep for one who does not read, about


class Staller:
    """One of them, at the server or on the way back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._gone = select.poll()
        self.come()

    def come(self) -> None:
        """Shake hands, and take nothing that comes behind it."""
        self._socket = connected(self._port, receive_buffer=HELD)
        self._socket.sendall(HEAD % b"")
        heard = b""
        while b"\r\n\r\n" not in heard and (part := self._socket.recv(64)):
            heard += part
        if b" 101 " not in heard:
            sys.exit(f"somebody could not come in: {heard.decode()}")
        self._gone.register(self._socket, 0)  # nothing but its end
        self._back = 0.0

    def look(self, now: float) -> bool:
        """Come back when it is time to; whether the connection was cut off since the last look."""
        if self._back:
            if now > self._back:
                self.come()
            return False
        if not self._gone.poll(0):
            return False
        self._gone.unregister(self._socket)
        self._socket.close()
        self._back = now + random.uniform(0.5, 5)
        return True

    def say_a_word(self) -> None:
        """If somebody hears it."""
        with contextlib.suppress(OSError):
            self._socket.sendall(WORD)


def main(port: int, count: int) -> None:
    """Stay, whatever the server says."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # the load that measures comes first
    stallers = [Staller(port) for _ in range(count)]
    print("all are there", flush=True)
    while True:
        for talker in stallers[::2]:
            time.sleep(WORD_SECONDS / len(stallers[::2]))
            for staller in stallers:
                if staller.look(time.monotonic()):
                    print("one was cut off", flush=True)
            talker.say_a_word()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
