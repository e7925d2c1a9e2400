"""The question that a new room raises whose address belongs to a room of another name: `C#`, where `C++` lives."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from chat.rooms.directory import AddressTaken
from chat.text.names import MAX_ROOM_NAME, room_at
from chat.views.responses import html_response, json_response, wants_json

CONFLICT = 409


async def address_taken(request: HttpRequest, name: str, taken: AddressTaken) -> HttpResponse:
    """Says which room lives there, and offers to open it or to create the new one at a free address.

    Scripts get both as JSON, beside the error.
    """
    other = {"room": taken.other.room, "name": taken.other.name, "url": reverse("room", args=[taken.other.room])}
    detail = str(room_at(taken.other.name, taken.slug))
    if wants_json(request):
        error = {"code": "address_taken", "detail": detail, "retry": False}
        return json_response({"error": error, "other": other, "free": taken.free}, CONFLICT)
    context = {"name": name, "detail": detail, "other": other, "free": taken.free, "max_slug": MAX_ROOM_NAME}
    response = await html_response(request, "chat/address_taken.html", context)
    response.status_code = CONFLICT
    return response
