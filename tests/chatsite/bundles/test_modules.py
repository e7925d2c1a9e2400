"""Bundles of ES modules. Node runs them: they do what their sources do, and its stack traces name the sources."""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chatsite.bundles import BundleError
from chatsite.bundles.modules import entry_modules, join_modules, minified, short_private_names

PROJECT = Path(__file__).resolve().parents[3]
NODE = Path(sys.executable).with_name("node")
Sources = dict[str, str]


def test_a_bundle_does_what_its_modules_do_together() -> None:
    sources = {
        "app/main.js": (
            'import {\n  add,\n  Counter as Tally,\n} from "./model/sum.js";\n'
            'import * as words from "./model/words.js";\nimport "./model/effect.js";\n\n'
            "/** Says it. */\nconst tally = new Tally();\n"
            "tally.count(add(1, 2));\nprint();\nfunction print() {\n  console.log(tally.value, words.greeting);\n}\n"
        ),
        "app/model/sum.js": (
            'import {one} from "./words.js";\nconst step = one;\n// The sum.\n'
            "export function add(a, b) {\n  return a + b;\n}\nexport class Counter {\n  value = 0;\n"
            "  /** @param {number} by */\n  count(by) {\n    this.value += by * step;\n  }\n}\n"
        ),
        "app/model/words.js": (
            'const step = "another step";\nexport const one = 1;\nexport const greeting = `hello // ${step}`;\n'
        ),
        "app/model/effect.js": 'console.log("effect", typeof this);\n',
    }
    assert run(sources) == "effect undefined\n3 hello // another step\n"


def test_an_error_names_the_source_and_its_line(tmp_path: Path) -> None:
    sources = {
        "app/main.js": 'import {fail} from "./model/fail.js";\n\nfail();\n',
        "app/model/fail.js": '/**\n * Fails.\n */\n\nexport function fail() {\n  throw new Error("on purpose");\n}\n',
    }
    write(tmp_path / "sources", sources)
    write(tmp_path / "bundles", join_modules("app/main.js", sources.__getitem__))
    command = [NODE, "--enable-source-maps", "bundles/app/main.js"]
    trace = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr
    assert re.search(r"at fail \(.*/app/model/fail\.js:6:", trace), trace
    assert re.search(r"/app/main\.js:3:", trace), trace


def test_a_module_stands_once_and_below_what_it_imports() -> None:
    sources = {
        "main.js": 'import {b} from "./b.js";\nimport {c} from "./c.js";\nconsole.log(b, c);\n',
        "b.js": 'import {c} from "./c.js";\nexport const b = c + 1;\n',
        "c.js": 'console.log("once");\nexport const c = 1;\n',
    }
    assert run(sources) == "once\n2 1\n"


def test_the_entries_are_the_modules_that_no_other_imports() -> None:
    sources = {
        "main.js": 'import {b} from "./b.js";\n',
        "other.js": 'import {b} from "./b.js";\n',
        "b.js": "export const b = 1;\n",
        "classic.js": "var global = 1;\n",
    }
    assert entry_modules(sources, sources.__getitem__) == ["main.js", "other.js"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('import b from "./b.js";', "not supported"),
        ('export {b} from "./b.js";', "not supported"),
        ("export default 1;", "not supported"),
        ("export let b = 1;", "not supported"),
        ("export const {b} = {};", "not supported"),
        ("const b = await import(name);", "not supported"),
        ("const here = import.meta.url;", "not supported"),
        ("#mine in object;", "not supported"),
        ("const text = `\n// not a comment\n`;", "a template literal has to end on its line"),
        ('import {b} from "/static/b.js";', "imports are relative"),
        ('import {b} from "b";', "imports are relative"),
        ('import {missing} from "./b.js";', "imports missing, which b.js does not export"),
        ('import {circle} from "./circle.js";', "main.js imports circle.js imports main.js"),
    ],
)
def test_what_a_bundle_cannot_express_is_refused(source: str, reason: str) -> None:
    sources = {
        "main.js": f"{source}\n",
        "b.js": "export const b = 1;\n",
        "circle.js": 'import "./main.js";\nexport const circle = 1;\n',
    }
    with pytest.raises(BundleError, match=re.escape(reason)) as refused:
        join_modules("main.js", sources.__getitem__)
    assert str(refused.value).startswith("main.js")


def test_modules_that_are_imported_on_demand_are_a_second_bundle_that_shares_those_of_the_first() -> None:
    sources = {
        "app/main.js": (
            'import {count} from "./count.js";\ncount();\n'
            'const open = async (name) => (await (name ? import("./view/a.js") : import("./view/b.js"))).open(name);\n'
            'open("first").then(() => open("second")).then(() => open(""));\n'
        ),
        "app/count.js": 'let calls = 0;\nexport function count() {\n  calls += 1;\n  console.log("count", calls);\n}\n',
        "app/view/a.js": (
            'import {count} from "../count.js";\nimport {shared} from "./shared.js";\nconsole.log("a is loaded");\n'
            "export function open(name) {\n  count();\n  shared(name);\n}\n"
        ),
        "app/view/b.js": 'import {shared} from "./shared.js";\nexport function open() {\n  shared("b");\n}\n',
        "app/view/shared.js": "export function shared(text) {\n  console.log(text);\n}\n",
    }
    bundles = join_modules("app/main.js", sources.__getitem__)
    assert "is loaded" not in bundles["app/main.js"]
    assert "let calls" not in bundles["app/main.on-demand.js"]
    assert run(sources) == "count 1\na is loaded\ncount 2\nfirst\ncount 3\nsecond\nb\n"
    assert entry_modules(sources, sources.__getitem__) == ["app/main.js"]


def test_an_export_does_not_stand_in_front_of_what_other_modules_mean_by_its_name() -> None:
    sources = {
        "main.js": (
            'import {escape as own, twice} from "./a.js";\nimport {spread} from "./c.js";\n'
            'console.log(escape(" "), own(" "), twice(1), spread());\n'
        ),
        "a.js": (
            'import {twice as by2} from "./b.js";\nexport const escape = (text) => `own${text}`;\n'
            "export const twice = (number) => `a${by2(number)}`;\n"
        ),
        "b.js": "export const twice = (number) => 2 * number;\n",
        "c.js": 'import {list} from "./d.js";\nexport const spread = () => list.escape + globalThis.escape(" ");\n',
        "d.js": 'export const list = {escape: "d"};\n',
    }
    assert run(sources) == "%20 own  a2 d%20\n"


def test_a_module_has_a_function_around_it_if_another_one_mentions_its_names() -> None:
    sources = {
        "main.js": (
            'import {first} from "./first.js";\nimport {second} from "./second.js";\n'
            'import {Third} from "./third.js";\nimport "./fourth.js";\n'
            "console.log(first(), second(), new Third().first(1));\n"
        ),
        "first.js": 'const own = "one";\nexport function first() {\n  return own;\n}\n',
        "second.js": 'const own = "two";\nexport const second = () => [...own].length;\n',
        "third.js": 'const third = "first";\nexport class Third {\n  first(own) {\n    return third + own;\n  }\n}\n',
        "fourth.js": "const {own} = {own: 4};\nconsole.log(own);\n",
    }
    code = join_modules("main.js", sources.__getitem__)["main.js"]
    assert run(sources) == "4\none 3 first1\n"
    assert code.count("(()=>{\n") == 3, "all but the third and the entry"
    assert '\nconst third="first";\nclass Third{\n' in code


def test_spaces_that_mean_something_are_kept() -> None:
    sources = {
        "main.js": (
            'const text = "a = b, (c)" + \'d: "e" ; f\';\nconst pattern = / = /;\nlet one = 1;\n'
            'const sum = one + +one - -one;\nconst made = `${sum} ; ${text} , "`;\n'
            "const either = one ? .5 : 2;\nconst {length = 0} = made;\n"
            'console.log(made, pattern.test("a=b"), either, length > 9 && one !== 2 || null);\n'
        )
    }
    assert run(sources) == """3 ; a = b, (c)d: "e" ; f , " false 0.5 true\n"""
    assert 'console.log(made,pattern.test("a=b"),either,' in join_modules("main.js", sources.__getitem__)["main.js"]


def test_private_names_are_short_and_stay_apart() -> None:
    sources = {
        "main.js": (
            "class Tally {\n  #total = 1;\n  static #made = 0;\n  get #double() {\n    return this.#total * 2;\n  }\n"
            '  async #add() {\n    this.#total += ++Tally.#made;\n    console.log(this.#double, "#total");\n  }\n'
            "  run() {\n    return this?.#add();\n  }\n}\nnew Tally().run();\n"
        ),
    }
    assert run(sources) == "4 #total\n"
    assert "#double" not in join_modules("main.js", sources.__getitem__)["main.js"]
    many = "".join(f"this.#name{number};" for number in range(60))
    assert len(set(re.findall(r"#\w+", short_private_names(many)))) == 60


def test_a_module_that_is_loaded_on_demand_loads_no_others_on_demand() -> None:
    sources = {
        "main.js": 'import("./a.js");\n',
        "a.js": 'export const b = () => import("./b.js");\n',
        "b.js": "export const b = 1;\n",
    }
    with pytest.raises(BundleError, match="a.js is loaded on demand: it imports b.js with a statement"):
        join_modules("main.js", sources.__getitem__)


def test_types_in_comments_are_no_imports() -> None:
    sources = {"main.js": '/** @type {import("./b.js").B} */ (console).log("plain");\n'}
    assert run(sources) == "plain\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/** One line. */\ncode();", "\ncode();"),
        ("/**\n * Two.\n */\ncode();", "\n\n\ncode();"),
        ("  // why\n  code(); // 25 s", "\ncode();"),
        ("/** @type {X} */ (code)();", "(code)();"),
        ('code("a // text");', 'code("a // text");'),
        ("code(`a // ${text}`);", "code(`a // ${text}`);"),
        ('code(); // says "text"', 'code(); // says "text"'),
        ("a = b\n  / c; /* d */\ne();", "a = b\n/ c; /* d */\ne();"),
    ],
)
def test_comments_and_indentation_are_removed_and_code_is_kept(source: str, expected: str) -> None:
    assert minified(source) == expected


def test_the_page_has_one_bundle_with_all_of_its_modules(tmp_path: Path) -> None:
    static = PROJECT / "static"
    sources = {path.relative_to(static).as_posix(): path.read_text() for path in static.rglob("*.js")}
    assert "chat/main.js" in entry_modules(sources, sources.__getitem__)
    bundles = join_modules("chat/main.js", sources.__getitem__)
    assert set(bundles) == {f"chat/main{name}" for name in (".js", ".js.map", ".on-demand.js", ".on-demand.js.map")}
    write(tmp_path, bundles)
    for name in ("main.js", "main.on-demand.js"):
        subprocess.run([NODE, "--check", tmp_path / "chat" / name], check=True)
    assert len(json.loads(bundles["chat/main.js.map"])["sources"]) > 40


def run(sources: Sources) -> str:
    """What a program prints, as a bundle. Its entry is the first module."""
    entry = next(iter(sources))
    with TemporaryDirectory() as folder:
        write(Path(folder), join_modules(entry, sources.__getitem__))
        return subprocess.run([NODE, entry], cwd=folder, capture_output=True, text=True, check=True).stdout


def write(folder: Path, texts: Sources) -> None:
    """Files that node takes for modules."""
    for name, text in {**texts, "package.json": '{"type": "module"}'}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
