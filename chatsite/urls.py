"""The site's URLs: all of them are the chat's."""

from django.urls import include, path

urlpatterns = [path("", include("chat.urls"))]
handler400 = "chat.views.errors.bad_request"
handler403 = "chat.views.errors.forbidden"
handler404 = "chat.views.errors.not_found"
handler500 = "chat.views.errors.server_error"
