"""How static files are named: by their content, once collectstatic has run; by their own name before that."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Hashed, compressed files whose ES module imports point at hashed names too.

    Without a manifest (a checkout that has not run collectstatic) plain names are given, which the finders serve:
    `daphne chatsite.asgi:application` works at once, only without far-future caching.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The hashed name of a static file, or its own where nothing was collected."""
        return str(super().stored_name(name)) if self.hashed_files else name
