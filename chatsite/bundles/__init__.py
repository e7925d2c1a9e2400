"""Bundles: what `collectstatic` makes of the files of a page, so that it loads one module and one style sheet.

- modules.py     an ES module and all that it imports, as one module
- source_map.py  which line of a bundle is which line of a source
- styles.py      a style sheet and all that it imports, as one style sheet

The sources need no build: a browser loads them as they are, and does so until they are collected.
"""

from collections.abc import Callable

Read = Callable[[str], str]  # the text of a static file, by its name such as `chat/main.js`


class BundleError(Exception):
    """A source that cannot be part of a bundle; the text names it, and says what to write instead."""
