"""A Daphne server inside the process of a finding, and a client beside it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from daphne.server import Server  # before reactor: it installs the reactor of asyncio

from twisted.internet import reactor  # isort: skip


def serve(application: Any, client: Callable[[str], Any], **options: Any) -> Any:
    """Serve until `client(url)`, which runs in a thread, returns; return its result."""
    server = Server(application, ["tcp:0:interface=127.0.0.1"], signal_handlers=False, **options)
    result: Future[Any] = Future()

    def run_client() -> None:
        try:
            while not server.listening_addresses:
                time.sleep(0.02)
            result.set_result(client(f"ws://127.0.0.1:{server.listening_addresses[0][1]}/"))
        except BaseException as error:
            result.set_exception(error)
        finally:
            reactor.callFromThread(reactor.stop)

    threading.Thread(target=run_client, daemon=True).start()
    server.run()
    return result.result(timeout=0)
