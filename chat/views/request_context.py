"""What chat/routing.py put into the scope of a request."""

from django.http import HttpRequest

from chat.entrance.limits import AddressLimiter, loop_time
from chat.rooms.hub import Hub


def hub_of(request: HttpRequest) -> Hub:
    """The hub of the process."""
    hub: Hub = vars(request)["scope"]["chat.hub"]
    return hub


def address_limiter_of(request: HttpRequest) -> AddressLimiter:
    """The limits of the address that a request comes from, as they are at this moment."""
    return hub_of(request).addresses.of(address_of(request), loop_time())


def address_of(request: HttpRequest) -> str:
    """The address that a request counts for."""
    name: str = vars(request)["scope"]["chat.address"]
    return name
