"""How static files are named: by their content, once collectstatic has run; by their own name before that."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Hashed, compressed files whose ES module imports point at hashed names too.

    A file that was not collected (in a checkout that has not run collectstatic) keeps its plain name, which the
    finders serve: `daphne chatsite.asgi:application` works at once, only without far-future caching.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file, the plain one of any other."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
