"""Static files: how they are named (by their content, once collectstatic has run), and whom they are served to."""

import functools

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Hashed, compressed files whose ES module imports point at hashed names too.

    A file that was not collected (in a checkout that has not run collectstatic) keeps its plain name, which the
    finders serve: `daphne chatsite.asgi:application` works at once, only without far-future caching.
    """

    support_js_module_import_aggregation = True

    @functools.lru_cache(maxsize=100)  # noqa: B019 - there is one storage, for as long as the process lives
    def url(self, name: str, force: bool = False) -> str:
        """The address of a file: every page names a dozen, and making them was a tenth of its work."""
        return str(super().url(name, force))

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file, the plain one of any other."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


class StaticFilesMiddleware(ServeStaticMiddleware):  # type: ignore[misc]  # no types
    """Static files for those who ask by a name of the site.

    The others are handed on, to be counted first and then refused, as with any page.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve, or hand on."""
        respond = super().__call__
        try:
            request.get_host()
        except DisallowedHost:
            respond = self.get_response
        response: HttpResponseBase = await respond(request)
        return response
