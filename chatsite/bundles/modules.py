"""Joins ES modules. A browser finds each import only when it has loaded the importer: a round trip for every level.

Each module becomes a function that is called once and returns what the module exports. A module stands below those that
it imports, and its names are its own:

    const $chat$net$http = (() => {
    const {find} = $chat$view$dom;
    ...
    return {HttpClient};
    })();

Comments and indentation are removed: they are a third of what would be sent. The number of lines of a module stays, for
the source map.
What such a function cannot express (circular imports, `export let`, dynamic imports) is refused.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chatsite.bundles import BundleError, Read
from chatsite.bundles.source_map import source_map

IMPORT = re.compile(r'^import (?:(?:\{([^}]*)\}|\* as ([\w$]+)) from )?"([^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) ([\w$]+))", re.MULTILINE)
INLINE_COMMENT = re.compile(r"/\*.*?\*/")
# Of a type, or at the end of a line: no quotation mark follows, so it does not begin inside a string.
COMMENT_IN_CODE = re.compile(r"/\*\* @[^*]*\*/ |\s+// [^\"'`]*$")
UNSUPPORTED = re.compile(r"^(?:import|export)\b.*|\bimport\s*[.(].*", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A module whose import and export statements have become plain code, with as many lines as before."""

    name: str
    code: str
    imports: dict[str, list[str]]  # the names of modules, and what is imported from each
    exports: list[str]


def entry_modules(names: Iterable[str], read: Read) -> list[str]:
    """The modules that import others and that no other module imports: those that pages load."""
    imports = {name: [_resolved(name, found[3]) for found in IMPORT.finditer(read(name))] for name in names}
    imported = {target for targets in imports.values() for target in targets}
    return [name for name, targets in imports.items() if targets and name not in imported]


def join_modules(entry: str, read: Read) -> tuple[str, str]:
    """The bundle of a module, and its source map. The map is expected beside the bundle, as `<entry>.map`."""
    modules = list(_in_order(entry, read))
    _check_imports(modules)
    lines: list[str] = []
    origins: list[tuple[str, int] | None] = []  # for each line: the module, and its line there
    for module in modules:
        code = module.code.rstrip("\n").split("\n")
        lines += [f"const {_variable(module.name)} = (() => {{", *code]
        lines += [f"return {{{', '.join(module.exports)}}};", "})();"]
        origins += [None, *((module.name, number) for number in range(len(code))), None, None]
    lines.append(f"//# sourceMappingURL={posixpath.basename(entry)}.map\n")
    return "\n".join(lines), source_map(origins, posixpath.dirname(entry))


def parse_module(name: str, source: str) -> Module:
    """What a bundle needs of a module."""
    imports: dict[str, list[str]] = {}
    exports: list[str] = []

    def imported(statement: re.Match[str]) -> str:
        target = _resolved(name, statement[3])
        specifiers = [part.strip() for part in (statement[1] or "").split(",") if part.strip()]
        imports.setdefault(target, []).extend(part.split(" as ")[0] for part in specifiers)
        binding = statement[2] or f"{{{', '.join(part.replace(' as ', ': ') for part in specifiers)}}}"
        return f"const {binding} = {_variable(target)};" + "\n" * statement[0].count("\n")

    def exported(statement: re.Match[str]) -> str:
        exports.append(statement[2])
        return statement[1]

    code = EXPORT.sub(exported, IMPORT.sub(imported, minified(source)))
    _check_code(name, code)
    return Module(name, code, imports, exports)


def minified(source: str) -> str:
    """The same lines without indentation and most comments."""
    return "\n".join(_minified_lines(source.split("\n")))


def _minified_lines(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        text = line.strip()
        begins = not inside and text.startswith("/*") and text.find("*/") in (-1, len(text) - 2)
        is_comment = inside or begins or text.startswith("//")
        yield "" if is_comment else COMMENT_IN_CODE.sub("", line).strip()
        inside = (inside or begins) and not text.endswith("*/")


def _in_order(entry: str, read: Read) -> Iterator[Module]:
    """All modules of a bundle, each after those that it imports."""
    done: set[str] = set()

    def visit(name: str, importers: tuple[str, ...]) -> Iterator[Module]:
        if name in importers:
            raise BundleError(f"{' imports '.join((*importers, name))}: modules must not import each other in a circle")
        if name in done:
            return
        module = parse_module(name, read(name))
        for target in module.imports:
            yield from visit(target, (*importers, name))
        done.add(name)
        yield module

    return visit(entry, ())


def _check_imports(modules: list[Module]) -> None:
    exports = {module.name: module.exports for module in modules}
    for module in modules:
        for target, names in module.imports.items():
            missing = sorted(set(names) - set(exports[target]))
            if missing:
                raise BundleError(f"{module.name} imports {', '.join(missing)}, which {target} does not export")


def _check_code(name: str, code: str) -> None:
    """Refuse what has another meaning inside a function, and what would hide such code, or comments, in a text."""
    for number, line in enumerate(code.split("\n"), 1):
        if line.count("`") % 2:
            raise BundleError(
                f"{name}, line {number}: a template literal has to end on its line, because what looks like a comment "
                "inside it would be removed; in a regular expression write \\x60"
            )
        if found := UNSUPPORTED.search(INLINE_COMMENT.sub("", line)):
            raise BundleError(
                f"{name}, line {number}: {found[0]!r} is not supported; write import statements as "
                'import {name} from "./file.js"; and export functions, classes and constants where they are declared'
            )


def _resolved(importer: str, target: str) -> str:
    if not target.startswith("."):
        raise BundleError(f"{importer} imports {target!r}: imports are relative, such as ./file.js")
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))


def _variable(name: str) -> str:
    return "$" + re.sub(r"[^\w$]", "_", name.removesuffix(".js").replace("/", "$"))
