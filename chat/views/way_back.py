"""Where an error page leads back to: the page that the visitor came from."""

from urllib.parse import urlsplit

from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme

UNREADABLE_FORM = (BadRequest, RequestDataTooBig, SuspiciousOperation, UnreadablePostError)


def way_back(request: HttpRequest) -> str:
    """A URL of this site other than the failed one: the page of the form, the page with the link, or the home page."""
    for url in (_page_of_form(request), _referring_page(request)):
        if url and urlsplit(url).path != request.path:
            return url
    return get_script_prefix()


def local_url(url: str) -> str:
    """The URL if it is a path of this site, otherwise ""."""
    is_local = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_local else ""


def _page_of_form(request: HttpRequest) -> str:
    try:
        return local_url(request.POST.get("next", ""))
    except UNREADABLE_FORM:  # which may be the very error
        return ""


def _referring_page(request: HttpRequest) -> str:
    """The path and query of the page that the browser names, if it is one of this site."""
    url = request.headers.get("Referer", "")
    try:
        host = request.get_host()
        parts = urlsplit(url)
    except (DisallowedHost, ValueError):
        return ""
    if not url_has_allowed_host_and_scheme(url, allowed_hosts={host}) or parts.netloc != host:
        return ""
    return local_url(parts._replace(scheme="", netloc="", fragment="").geturl())
