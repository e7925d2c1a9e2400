"""The ASGI application: `daphne chatsite.asgi:application`. The hub of the process is built here."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django has to be set up before anything of the app is imported

from chat.rooms.hub import Hub  # noqa: E402
from chat.routing import SocketRoute, build_application  # noqa: E402
from chat.storage.backends import open_store  # noqa: E402
from chat.storage.quota import Quota  # noqa: E402
from chat.views.translations import load_translations  # noqa: E402
from chatsite.async_handler import AsyncHandler, keep_middleware_in_event_loop  # noqa: E402
from chatsite.monotonic_clock import use_monotonic_clock  # noqa: E402
from chatsite.server import LegOptions  # noqa: E402
from chatsite.shutdown import install_graceful_shutdown  # noqa: E402
from chatsite.tuning import tune  # noqa: E402
from chatsite.websocket import poller  # noqa: E402

# A room whose lock is held by another process must not delay the other rooms for long.
store = open_store(settings.CHAT, quota=Quota.of(settings.CHAT), lock_timeout_seconds=2.0)
hub = Hub(store, settings.CHAT)
keep_middleware_in_event_loop()
application = build_application(hub, AsyncHandler())
load_translations()
use_monotonic_clock()
install_graceful_shutdown(hub)
tune()


def leg_options() -> LegOptions | None:
    """Which WebSockets are served without Twisted under `manage.py serve`. None, where they cannot be or must not."""
    conf = settings.CHAT
    if not (conf.websocket_leg and conf.direct_writes and poller.IS_AVAILABLE):
        return None
    return LegOptions(SocketRoute(hub), conf.send_buffer)
