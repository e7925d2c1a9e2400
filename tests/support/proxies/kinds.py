"""The proxies that the tests run. `make test` installs the first ones; the others take longer to install."""

from tests.support.effort import TORTURE
from tests.support.proxies.apache import Apache
from tests.support.proxies.caddy import Caddy
from tests.support.proxies.h2o import H2o
from tests.support.proxies.haproxy import HAProxy
from tests.support.proxies.lighttpd import Lighttpd
from tests.support.proxies.nginx import Nginx
from tests.support.proxies.proxy import ProxyServer
from tests.support.proxies.squid import Squid
from tests.support.proxies.trafficserver import TrafficServer
from tests.support.proxies.varnish import Varnish

ALWAYS: list[type[ProxyServer]] = [Nginx, Apache, HAProxy, Varnish, Lighttpd]
IN_TORTURE: list[type[ProxyServer]] = [Caddy, H2o, Squid, TrafficServer]
PROXIES = [*ALWAYS, *(IN_TORTURE if TORTURE else [])]
