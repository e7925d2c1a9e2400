"""The page with all rooms, for a site with more of them than the side bar lists. It needs no script."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from chat.views.endpoints import page
from chat.views.request_context import hub_of
from chat.views.responses import html_response
from chat.views.rows import room_links

PAGE_ROOMS = 100
MAX_QUERY = 64  # characters, as of a room's name
MAX_START = 10**9


@page(error_title=_("The rooms cannot be listed"))
async def rooms(request: HttpRequest) -> HttpResponse:
    """A page of the rooms by name. Of the query string `q` is a part of the name, `from` the number of the first."""
    hub = hub_of(request)
    query, first = request.GET.get("q", "").strip()[:MAX_QUERY], _first(request.GET.get("from", ""))
    shown, total = await hub.directory.search(query, first - 1, PAGE_ROOMS)
    last = first - 1 + len(shown)
    context = {
        "query": query,
        "rooms": await room_links(shown, "", hub.batch_priority),
        "first": first,
        "last": last,
        "total": total,
        "previous": _address(query, max(first - PAGE_ROOMS, 1)) if first > 1 else "",
        "next": _address(query, last + 1) if shown and last < total else "",
    }
    return await html_response(request, "chat/rooms.html", context)


def _first(text: str) -> int:
    """The number of the first room of the page, from 1 on; 1 for text that is no such number."""
    return min(max(int(text), 1), MAX_START) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _address(query: str, first: int) -> str:
    fields = {"q": query, "from": first}
    return "?" + urlencode({name: value for name, value in fields.items() if value})
