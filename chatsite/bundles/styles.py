"""Joins style sheets: each `@import` is replaced by the sheet that it names, without comments and indentation.

The order of the imports is that of the cascade, and the first of them declares the order of the layers.
"""

import posixpath
import re

from chatsite.bundles import BundleError, Read

IMPORT = re.compile(r'^@import "([^"]+)";\n?', re.MULTILINE)
INDENTATION = re.compile(r"^\s+", re.MULTILINE)
COMMENT_OR_STRING = re.compile(r"""/\*.*?\*/\n?|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", re.DOTALL)


def has_imports(source: str) -> bool:
    """Whether a style sheet imports others."""
    return IMPORT.search(without_comments(source)) is not None


def join_styles(entry: str, read: Read) -> str:
    """The bundle of a style sheet."""

    def imported(statement: re.Match[str]) -> str:
        if "/" in statement[1]:
            raise BundleError(
                f"{entry} imports {statement[1]!r}: a sheet has to be in the folder of its importer, because the "
                "addresses in it are relative to that folder"
            )
        return join_styles(posixpath.join(posixpath.dirname(entry), statement[1]), read)

    joined = IMPORT.sub(imported, without_comments(read(entry)))
    if "@import" in joined:
        raise BundleError(f'{entry}: imports are written as @import "file.css"; at the beginning of a line')
    return INDENTATION.sub("", joined)


def without_comments(source: str) -> str:
    """The same rules; strings are kept as they are."""
    return COMMENT_OR_STRING.sub(lambda found: found[1] or "", source)
