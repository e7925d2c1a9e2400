"""Static files: their bundles and names (hashes of their content) in collectstatic, and the hosts that they are served
for."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.files.base import ContentFile
from django.core.management.base import CommandError
from django.http import HttpRequest, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage

from chatsite.bundles import BundleError
from chatsite.bundles.modules import entry_modules, join_modules
from chatsite.bundles.styles import has_imports, join_styles

SourceFiles = Mapping[str, tuple[Any, str]]  # by name: the storage that a file is in, and its path there


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Hashed, compressed files. A module or style sheet that imports others has them in it, under its hashed name.

    The plain names stay those of the sources. A file that was not collected (in a checkout that has not run
    collectstatic) keeps its plain name, which the finders serve: `daphne chatsite.asgi:application` works without
    preparation, but with many requests for a page, and without far-future caching.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: SourceFiles, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by collectstatic when it has copied the sources."""
        try:
            bundles = {} if dry_run else bundle_texts(paths)
        except BundleError as error:
            raise CommandError(str(error)) from None
        for name in bundles.keys() - paths.keys():  # source maps, and what is loaded on demand
            self.delete(name)
            self._save(name, ContentFile(bundles[name]))
        memory = BundleStorage(bundles)
        with_bundles = {**paths, **{name: (memory, name) for name in bundles}}
        yield from super().post_process(with_bundles, dry_run, **options)

    @functools.lru_cache(maxsize=100)  # noqa: B019 - there is one storage in the process
    def url(self, name: str, force: bool = False) -> str:
        """The URL of a file, cached: making it parses and joins URLs."""
        return str(super().url(name, force))

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file, the plain one of any other."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


class BundleStorage:
    """Bundles, as a storage that the files of collectstatic are read from."""

    def __init__(self, bundles: Mapping[str, str]) -> None:
        self._bundles = bundles

    def open(self, name: str) -> "ContentFile[bytes]":
        """A bundle as a file."""
        return ContentFile(self._bundles[name].encode())


def bundle_texts(paths: SourceFiles) -> dict[str, str]:
    """The bundles of all modules and style sheets that pages load, and their source maps, by name."""

    @functools.cache
    def read(name: str) -> str:
        if name not in paths:
            raise BundleError(f"{name} is imported, but there is no such file")
        storage, path = paths[name]
        with storage.open(path) as file:
            return str(file.read().decode())

    bundles: dict[str, str] = {}
    for name in entry_modules([name for name in paths if name.endswith(".js")], read):
        bundles.update(join_modules(name, read))
    for name in paths:
        if name.endswith(".css") and has_imports(read(name)):
            bundles[name] = join_styles(name, read)
    return bundles


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
