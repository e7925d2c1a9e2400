"""Joins ES modules. A browser finds each import only when it has loaded the importer: a round trip for every level.

Each module becomes a function that is called once, below those that it imports. What it exports becomes a name of the
bundle, so that most imports need no code:

    const {HttpClient} = (() => {
    ...
    return {HttpClient};
    })();

A name that other modules mention too, for something else, is `$chat$net$http$find` in the bundle, and
`const find = ...` in its importers.

Modules that are imported on demand, with `import("./file.js")`, and what only they import, are a second bundle, which
is loaded once. It gets what it needs of the first one as arguments: each module exists once.

Comments, indentation, empty lines and most spaces are removed, and private names are short: they are a third of what
would be sent.
The source map keeps the lines. What such a function cannot express (circular imports, `export let`) is refused.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from string import ascii_letters

from chatsite.bundles import BundleError, Read
from chatsite.bundles.source_map import source_map

IMPORT = re.compile(r'^import (?:(?:\{([^}]*)\}|\* as ([\w$]+)) from )?"([^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) ([\w$]+))", re.MULTILINE)
# Of a whole module, in the source: code inside a block or an expression is indented.
DECLARATION = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let|var) ([\w$]+|[{[])", re.MULTILINE)
INLINE_COMMENT = re.compile(r"/\*.*?\*/")
# Of a type, or at the end of a line: no quotation mark follows, so it does not begin inside a string.
COMMENT_IN_CODE = re.compile(r"/\*\* @[^*]*\*/ |\s+// [^\"'`]*$")
ON_DEMAND = re.compile(r'\bimport\("([^"]+)"\)')
# Not a property, nor the beginning of a text; but anywhere else in a text.
WORD = re.compile(r"""(?<![\w$#"'])(?<!(?<!\.\.)\.)[A-Za-z_$][\w$]*""")
METHOD = re.compile(r"^(?:(?:static|async|get|set) )*[\w$]+(?=\([^()]*\) \{$)", re.MULTILINE)  # where it is defined
PRIVATE = re.compile(r"(\.|^(?:(?:static|async|get|set) )*)#(\w+)", re.MULTILINE)
# A text, which is kept, or what needs no space on either side. Two signs of + or - do.
TEXT_OR_SIGN = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')| ?(=>|[!=]==|&&|\|\||\?\?=?|[=?:{}(),;]) ?""")
UNSUPPORTED = re.compile(r"#\w+ in |^(?:import|export)\b.*|\bimport\s*[.(].*", re.MULTILINE)


Names = dict[tuple[str, str], str]  # by module and export: its name in a bundle
Line = tuple[str, tuple[str, int] | None]  # of a bundle: the text, and the module and the line there, from 0


@dataclass(frozen=True)
class Import:
    """What one import statement makes known in its module."""

    target: str
    names: tuple[tuple[str, str], ...] = ()  # what the target exports, and the name here
    namespace: str = ""  # of `import * as namespace`


@dataclass(frozen=True)
class Module:
    """A module without its import and export statements, with as many lines as before."""

    name: str
    code: str
    imports: tuple[Import, ...]
    on_demand: tuple[str, ...]  # the modules that it imports while it runs
    exports: tuple[str, ...]
    declared: tuple[str, ...]  # all names of its top level, and "{" for names that are not known


def entry_modules(names: Iterable[str], read: Read) -> list[str]:
    """The modules that import others and that no other module imports: those that pages load."""
    modules = {name: parse_module(name, read(name)) for name in names if IMPORT.search(read(name))}
    imported = {target for module in modules.values() for target in (*_targets(module), *module.on_demand)}
    return [name for name in modules if name not in imported]


def join_modules(entry: str, read: Read) -> dict[str, str]:
    """The bundle of a module under its name, and the one of what is loaded on demand as `<name>.on-demand.js`, if
    anything is. The source map of each is `<bundle>.map`.
    """
    first = list(_in_order([entry], read))
    starts = list(dict.fromkeys(target for module in first for target in module.on_demand))
    second = [module for module in _in_order(starts, read) if module not in first]
    _check_imports(first, second)
    names = _bundle_names(first + second, starts)
    alone = _standing_alone(first + second, names)
    lines = [line for module in first for line in _placed(module, names, alone)]
    if not starts:
        return _bundle(entry, lines)
    on_demand = entry.removesuffix(".js") + ".on-demand.js"
    shared = _shared(first, second, starts, names)
    file = f'import("./{posixpath.basename(on_demand)}")'
    loader = f"const $onDemand = (name) => {file}.then(({{$load}}) => $load({shared})[name]);"
    parts = [line for module in second for line in _placed(module, names, alone)]
    result = ", ".join(f"{_variable(start)}: {_namespace(start, names)}" for start in starts)
    loaded = [("let $parts;", None), (f"export const $load = ({shared}) => $parts ??= (() => {{", None), *parts]
    return {
        **_bundle(entry, [(loader, None), *lines]),
        **_bundle(on_demand, [*loaded, (f"return {{{result}}};", None), ("})();", None)]),
    }


def parse_module(name: str, source: str) -> Module:
    """What a bundle needs of a module."""
    imports: list[Import] = []
    exports: list[str] = []
    on_demand: list[str] = []

    def imported(statement: re.Match[str]) -> str:
        specifiers = [part.strip() for part in (statement[1] or "").split(",") if part.strip()]
        pairs = tuple((part.split(" as ")[0], part.split(" as ")[-1]) for part in specifiers)
        imports.append(Import(_resolved(name, statement[3]), pairs, statement[2] or ""))
        return "\n" * statement[0].count("\n")

    def exported(statement: re.Match[str]) -> str:
        exports.append(statement[2])
        return statement[1]

    def loaded(call: re.Match[str]) -> str:
        on_demand.append(_resolved(name, call[1]))
        return f"$onDemand({_variable(on_demand[-1])!r})"

    code = EXPORT.sub(exported, IMPORT.sub(imported, short_private_names(minified(source))))
    code = "\n".join(ON_DEMAND.sub(loaded, line) if "/*" not in line else line for line in code.split("\n"))
    _check_code(name, code)
    declared = tuple(DECLARATION.findall(source))
    return Module(name, code, tuple(imports), tuple(on_demand), tuple(exports), declared)


def minified(source: str) -> str:
    """The same lines without indentation and most comments."""
    return "\n".join(_minified_lines(source.split("\n")))


def short_private_names(code: str) -> str:
    """The same with `#a`, `#b` for the private names of classes, which nothing outside can know."""
    uses = Counter(found[2] for found in PRIVATE.finditer(code))
    names = {name: _letters(number) for number, (name, _) in enumerate(uses.most_common())}
    return PRIVATE.sub(lambda found: f"{found[1]}#{names[found[2]]}", code)


def _letters(number: int) -> str:
    rest, digit = divmod(number, len(ascii_letters))
    return (_letters(rest - 1) if rest else "") + ascii_letters[digit]


def _minified_lines(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        text = line.strip()
        begins = not inside and text.startswith("/*") and text.find("*/") in (-1, len(text) - 2)
        is_comment = inside or begins or text.startswith("//")
        yield "" if is_comment else COMMENT_IN_CODE.sub("", line).strip()
        inside = (inside or begins) and not text.endswith("*/")


def _in_order(starts: Iterable[str], read: Read) -> Iterator[Module]:
    """All modules of a bundle, each after those that it imports."""
    done: set[str] = set()

    def visit(name: str, importers: tuple[str, ...]) -> Iterator[Module]:
        if name in importers:
            raise BundleError(f"{' imports '.join((*importers, name))}: modules must not import each other in a circle")
        if name in done:
            return
        module = parse_module(name, read(name))
        for target in _targets(module):
            yield from visit(target, (*importers, name))
        done.add(name)
        yield module

    for start in starts:
        yield from visit(start, ())


def _targets(module: Module) -> list[str]:
    return list(dict.fromkeys(one.target for one in module.imports))


def _check_imports(first: list[Module], second: list[Module]) -> None:
    exports = {module.name: module.exports for module in first + second}
    for module in first + second:
        for one in module.imports:
            missing = sorted({name for name, _ in one.names} - set(exports[one.target]))
            if missing:
                raise BundleError(f"{module.name} imports {', '.join(missing)}, which {one.target} does not export")
    for module in second:
        if module.on_demand:
            raise BundleError(f"{module.name} is loaded on demand: it imports {module.on_demand[0]} with a statement")


def _bundle_names(modules: list[Module], starts: list[str]) -> Names:
    """Of all exports that are used. One that only its importers mention keeps its name."""
    words = {module.name: _words(module.code) for module in modules}
    names: Names = {}
    for module in modules:
        importers = {other.name: _imported_names(other, module) for other in modules}
        for export in module.exports:
            users = [name for name, imported in importers.items() if export in imported]
            others = [name for name in words if name != module.name and name not in users and export in words[name]]
            if users or module.name in starts:
                names[module.name, export] = f"{_variable(module.name)}${export}" if others else export
    return names


def _words(code: str) -> set[str]:
    """What may be a variable."""
    return set(WORD.findall(METHOD.sub("", code)))


def _imported_names(importer: Module, exporter: Module) -> set[str]:
    statements = [one for one in importer.imports if one.target == exporter.name]
    everything = exporter.exports if any(one.namespace for one in statements) else ()
    return {name for one in statements for name, _ in one.names}.union(everything)


def _shared(first: list[Module], second: list[Module], starts: list[str], names: Names) -> str:
    """What the second bundle needs of the first one, as an object and as the pattern that takes it apart."""
    shared = {
        names[exporter.name, export]
        for exporter in first
        for export in exporter.exports
        if exporter.name in starts or any(export in _imported_names(importer, exporter) for importer in second)
    }
    return f"{{{', '.join(sorted(shared))}}}"


def _standing_alone(modules: list[Module], names: Names) -> set[str]:
    """The modules that need no function around them: none of their names has a meaning elsewhere."""
    words = {module.name: _words(module.code) for module in modules}
    mentions = Counter(word for found in words.values() for word in found)
    alone = set()
    for module in modules:
        used = {export: names[module.name, export] for export in module.exports if (module.name, export) in names}
        own = set(module.declared).difference(used)
        is_known = own.isdisjoint(("{", "["))
        is_unique = all(mentions[name] <= 1 for name in own) and all(export == name for export, name in used.items())
        if is_known and is_unique and not any(_aliases(module, names)):
            alone.add(module.name)
    return alone


def _placed(module: Module, names: Names, alone: set[str]) -> Iterator[Line]:
    """The lines of a module in a bundle."""
    code: list[Line] = [(text, (module.name, number)) for number, text in enumerate(module.code.split("\n")) if text]
    if module.name in alone:
        yield from code
        return
    exports = [(export, names[module.name, export]) for export in module.exports if (module.name, export) in names]
    pattern = ", ".join(export if export == name else f"{export}: {name}" for export, name in exports)
    yield (f"const {{{pattern}}} = (() => {{" if exports else "(() => {"), None
    yield from ((f"const {local} = {value};", None) for local, value in _aliases(module, names))
    yield from code
    if exports:
        yield f"return {{{', '.join(export for export, _ in exports)}}};", None
    yield "})();", None


def _aliases(module: Module, names: Names) -> Iterator[tuple[str, str]]:
    """What a module imports under another name than that of the bundle."""
    for one in module.imports:
        yield from ((local, names[one.target, name]) for name, local in one.names if local != names[one.target, name])
        if one.namespace:
            yield one.namespace, _namespace(one.target, names)


def _namespace(target: str, names: Names) -> str:
    """All that a module exports, as an object."""
    members = [f"{export}: {name}" for (module, export), name in names.items() if module == target]
    return f"{{{', '.join(members)}}}"


def _bundle(name: str, lines: list[Line]) -> dict[str, str]:
    code = "\n".join(
        [_without_spaces(text) for text, _ in lines] + [f"//# sourceMappingURL={posixpath.basename(name)}.map\n"]
    )
    return {name: code, f"{name}.map": source_map([origin for _, origin in lines], posixpath.dirname(name))}


def _without_spaces(line: str) -> str:
    """A template literal, and what may be a regular expression, are kept with the rest of their line."""
    return line if "`" in line or "/" in line else TEXT_OR_SIGN.sub(lambda found: found[1] or found[2], line)


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
