"""The chat's addresses: pages and forms, and the HTTP API."""

from django.urls import path, register_converter

from chat.text.names import is_room
from chat.views import api
from chat.views import room as views


class RoomConverter:
    """A room as it stands in an address; anything else is no address of ours."""

    regex = "[a-z0-9][a-z0-9-]{0,63}"

    def to_python(self, value: str) -> str:
        """The room itself."""
        return value

    def to_url(self, value: str) -> str:
        """The room itself."""
        assert is_room(value), "addresses are only made for rooms"
        return value


register_converter(RoomConverter, "room")

urlpatterns = [
    path("", views.home, name="home"),
    path("chat/", views.create_room, name="create-room"),
    path("chat/<room:room>/", views.room, name="room"),
    path("name/", views.name, name="name"),
    path("api/rooms/", api.rooms, name="api-rooms"),
    path("api/rooms/<str:room>/messages", api.messages, name="api-messages"),
]
