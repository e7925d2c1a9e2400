"""A write whose outcome is unknown: the call failed, or its sync, or the rollback that followed."""

import time
from typing import NamedTuple

from chat.storage.json_files.scan import TRAILER


class FailedWrite(NamedTuple):
    """The bytes that were written behind the durable end, trailer included, and the time of the last failed call."""

    data: bytes
    failed_ns: int  # since 1970

    @classmethod
    def now(cls, data: bytes) -> "FailedWrite":
        """A write that fails now."""
        return cls(data, time.time_ns())

    def explains(self, behind: bytes) -> bool:
        """Whether nothing but this write, or its half-done rollback, stands behind the durable end.

        With the record `{1}`, for example, the failed write is `,\\n{1}\\n]\\n`. These bytes can follow the end:

            \\n]\\n          nothing was written: this is the trailer
            ,\\n{1          a part was written; of the first three bytes, some may still be those of the trailer
            ,\\n{1}\\n]\\n    all was written, and the sync failed
            \\n]\\n1}\\n]\\n   the rollback has written the trailer, and has not cut the file behind it
        """
        head, rest = zip(behind, self.data, TRAILER, strict=False), behind[len(TRAILER) :]
        return self.data.startswith(rest, len(TRAILER)) and all(byte in (new, old) for byte, new, old in head)
