#!/usr/bin/env bash
# Twisted 26.10.0: a timer of half a second does not run for an hour when the clock is set back by an hour.
#
# reactor.callLater counts with time.time(), also on Linux, where a monotonic clock is at hand and asyncio uses it.
# After a correction of the clock no timer runs until the old time is reached again: a Twisted server sends no pings
# and notices no timeouts meanwhile. The program below sets back the clock of its own process only.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

with_packages Twisted==26.10.0
seen=$(observe <<'PYTHON'
import asyncio
import threading
import time

wall_clock, offset = time.time, 0
time.time = lambda: wall_clock() + offset

from twisted.internet import reactor


def set_back():
    global offset
    offset = -3600


def twisted_timer_ran():
    ran = []
    reactor.callLater(0.5, ran.append, True)
    set_back()
    threading.Timer(4, reactor.callFromThread, [reactor.stop]).start()
    reactor.run()
    return bool(ran)


async def asyncio_timer_ran():
    ran = []
    asyncio.get_running_loop().call_later(0.5, ran.append, True)
    set_back()
    await asyncio.sleep(4)
    return bool(ran)


words = {True: "ran", False: "did not run"}
asyncio_ran = asyncio.run(asyncio_timer_ran())
offset = 0
print(f"within 4 s asyncio's timer {words[asyncio_ran]}, Twisted's {words[twisted_timer_ran()]}")
PYTHON
)
verdict "within 4 s asyncio's timer ran, Twisted's ran" "within 4 s asyncio's timer ran, Twisted's did not run" "$seen"
