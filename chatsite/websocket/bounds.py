"""What a client may send on one WebSocket of `manage.py serve`."""

import math
from typing import NamedTuple

from chat.conf import Conf

# A frame is counted as two steps, as each read is one at least; a message of the maximum length as 32 more.
STEPS_PER_FRAME = 2
STEPS_PER_LONGEST_MESSAGE = 32
FRAMES_PER_TURN = 20  # before other connections are read: about a millisecond, with what the application does
READ_PAUSE_SECONDS = 0.005  # until the next turn, for a connection that has received more than that
LINGER_SECONDS = 2  # to flush what is buffered for a client that has sent a close frame
APPLICATION_CLOSE_SECONDS = 3  # for an application to end after its connection; then it is cancelled


class WebSocketBounds(NamedTuple):
    """What a client may send on one WebSocket: bytes in a message, and frames of any kind in a second."""

    max_message_bytes: int
    max_frames_per_second: float

    @classmethod
    def from_conf(cls, conf: Conf) -> "WebSocketBounds":
        """As much as the chat can use, and not much more.

        JSON can take twelve bytes for a character. The chat's own limit on messages is 20 times lower, and is answered
        with an error (chat/entrance/limits.py).
        """
        frames = 20 * (conf.rate + conf.rate_burst) if conf.rate else math.inf
        return cls(max(2**16, 12 * conf.max_message + 4096), frames)

    @property
    def read_pause_seconds(self) -> float:
        """0 if frames are not limited."""
        return READ_PAUSE_SECONDS if math.isfinite(self.max_frames_per_second) else 0
