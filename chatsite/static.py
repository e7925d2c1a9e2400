"""Static files: their names (hashes of their content, after collectstatic), and the hosts that they are served for."""

import functools

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Hashed, compressed files whose ES module imports point at hashed names too.

    A file that was not collected (in a checkout that has not run collectstatic) keeps its plain name, which the
    finders serve: `daphne chatsite.asgi:application` works without preparation, but without far-future caching.
    """

    support_js_module_import_aggregation = True

    @functools.lru_cache(maxsize=100)  # noqa: B019 - there is one storage in the process
    def url(self, name: str, force: bool = False) -> str:
        """The URL of a file, cached: a page has a dozen, and making them took a tenth of the time to render it."""
        return str(super().url(name, force))

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file, the plain one of any other."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]  # no types
    """Serves static files under the host names of the site.

    Requests for other hosts are passed on, to be rate-limited and refused like those for pages.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve a file, or pass the request on."""
        respond = super().__call__
        try:
            request.get_host()
        except DisallowedHost:
            respond = self.get_response
        response: HttpResponseBase = await respond(request)
        return response
