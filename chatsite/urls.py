"""The site's addresses: all of them are the chat's."""

from django.urls import include, path

urlpatterns = [path("", include("chat.urls"))]
handler400 = "chat.views.bad_request"
handler403 = "chat.views.forbidden"
handler404 = "chat.views.not_found"
handler500 = "chat.views.server_error"
