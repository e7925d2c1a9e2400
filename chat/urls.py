"""The chat's URLs: pages and forms, and the HTTP API. Each view is made by a decorator of chat/views/endpoints.py."""

from django.urls import path, register_converter

from chat.storage.records import MAX_ID
from chat.text.names import is_room_slug
from chat.views import api, forms, icon, offline, posting, room, room_title, rooms, search


class RoomConverter:
    """The slug of a room in a URL; anything else is not found."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The slug. Django takes `ValueError` as "no match"."""
        if not is_room_slug(value):
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        """The slug."""
        assert is_room_slug(value), "URLs are made for valid slugs only"
        return value


class IdConverter:
    """The id of an event in a URL."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """The id. Django takes `ValueError` as "no match"."""
        if int(value) > MAX_ID:
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        """The digits."""
        return str(value)


register_converter(RoomConverter, "room")
register_converter(IdConverter, "id")

urlpatterns = [
    path("", room.home, name="home"),
    path("robots.txt", room.robots, name="robots"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("service-worker.js", offline.service_worker, name="service-worker"),
    path("offline/", offline.offline, name="offline"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("search/", search.search_page, name="search"),
    path("icon-<int:count>.svg", icon.badge, name="icon-badge"),
    path("chat/", forms.create_room, name="create-room"),
    path("chat/<room:room>/", room.room_page, name="room"),
    path("chat/<room:room>/<id:message_id>", room.message_page, name="message"),
    path("chat/<room:room>/title/", room_title.set_title, name="set-title"),
    path("chat/<room:room>/message/", posting.post_message, name="post-message"),
    path("name/", forms.choose_name, name="choose-name"),
    path("api/people/", api.people, name="api-people"),
    path("api/rooms/", api.rooms, name="api-rooms"),
    path("api/search", search.search_everywhere, name="api-search"),
    path("api/rooms/<str:room>/search", search.search_room, name="api-room-search"),
    path("api/rooms/<str:room>/messages", api.messages, name="api-messages"),
    path("api/rooms/<str:room>/messages/<int:message>", api.message, name="api-message"),
]
