"""The site's addresses: all of them are the chat's."""

from django.urls import include, path

urlpatterns = [path("", include("chat.urls"))]
handler400 = "chat.views.room.bad_request"
handler403 = "chat.views.room.forbidden"
handler404 = "chat.views.room.not_found"
handler500 = "chat.views.room.server_error"
