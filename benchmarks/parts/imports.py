"""Imports from other chats: a whole import against the least that any program would have to do with the same files.

For Slack that is `json.loads` of every file (`slack-old` is without blocks, as before 2019), for text one compiled
expression that is matched with every line. Times are CPU seconds of a process of its own, without its start. `beside`
is the latency of people in another room while an import runs, on whichever core is free, `calm` without one.

python -m benchmarks.parts.imports FORMAT SOURCE [plain]      the values of one process, as JSON
"""

import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import exports
from benchmarks.machine import BUILD, PROJECT, SERVER_CORE, pin_to
from benchmarks.parts.flood import RATE, add_ratio, measure_clients
from benchmarks.peers import chatsite
from benchmarks.plan import Column, Measurement, Plan, attempt
from benchmarks.server import Server

CLIENTS = 100
DAYS = 1000
COLUMNS = [
    Column("import_s", "import s", ",.1f"),
    Column("plain_s", "least s", ",.1f"),
    Column("ratio", "ratio", ",.2f"),
    Column("memory_mib", "memory MiB", ",.0f"),
    Column("p99_ms", "p99 ms", ",.2f"),
    Column("p99_to_calm", "p99 / calm", ",.2f"),
]
EXPRESSIONS = {
    "irc": re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\t([^\t]*)\t(.*)"),
    "whatsapp": re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2,4}), (\d{1,2}):(\d\d)[ \u202f]([AP]M) - ([^:]*): (.*)"),
}


def run(plan: Plan) -> Iterator[Measurement]:
    """All repeats use the same files."""
    count, seconds = (100_000, 3) if plan.quick else (1_000_000, 20)
    with tempfile.TemporaryDirectory(prefix="imports-", dir=BUILD) as name:
        sources = make_sources(Path(name), count)
        for repeat in range(plan.repeats):
            for kind, source in sources.items():
                yield attempt(
                    "imports", kind, "chatsite", repeat, lambda kind=kind, source=source: _measure(kind, source)
                )
            calm = attempt("imports", "calm", "chatsite", repeat, lambda: _latency(seconds, None))
            beside = attempt("imports", "beside", "chatsite", repeat, lambda: _latency(seconds, sources["slack"]))
            add_ratio(calm, beside)
            yield calm
            yield beside


def make_sources(folder: Path, count: int) -> dict[str, Path]:
    """An export of each format."""
    log, chat = folder / "irc.example.#general.weechatlog", folder / "WhatsApp Chat with Garden.txt"
    exports.slack(folder / "slack", count, min(DAYS, count // 50))
    exports.slack(folder / "slack-old", count, min(DAYS, count // 50), with_blocks=False)
    exports.irc(log, count)
    exports.whatsapp(chat, count)
    return {"slack": folder / "slack", "slack-old": folder / "slack-old", "irc": log, "whatsapp": chat}


def _measure(kind: str, source: Path) -> dict[str, float]:
    """The least first, so that the files are in the system's cache for both."""
    plain_s = _in_process(kind, source, "plain")["seconds"]
    found = _in_process(kind, source)
    times = {"import_s": found["seconds"], "plain_s": plain_s, "ratio": found["seconds"] / plain_s}
    return {**times, "memory_mib": found["memory_mib"]}


def _in_process(*arguments: object) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.parts.imports", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        preexec_fn=pin_to(SERVER_CORE),
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(kind: str, source: Path, *, plain: bool) -> dict[str, float]:
    """CPU seconds, and the most memory that this process has had."""
    act = _plain_work(kind, source) if plain else _import(kind, source)
    begin = time.process_time()
    act()
    seconds = time.process_time() - begin
    return {"seconds": seconds, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _plain_work(kind: str, source: Path) -> Callable[[], None]:
    def loads() -> None:
        for path in sorted((source / "general").glob("*.json")):
            json.loads(path.read_bytes())

    def match() -> None:
        expression = EXPRESSIONS[kind]
        with source.open(encoding="utf-8") as file:
            for line in file:
                expression.match(line)

    return loads if kind.startswith("slack") else match


def _import(kind: str, source: Path) -> Callable[[], None]:
    import django
    from django.core.management import call_command, load_command_class

    folder = tempfile.mkdtemp(prefix="imported-", dir=source.parent)
    os.environ.update(DJANGO_SETTINGS_MODULE="chatsite.settings", CHAT_STORAGE_DIR=folder)
    django.setup()
    options = (
        "--from",
        kind.removesuffix("-old"),
        "--timezone",
        "Europe/Berlin",
        "--direct",
        "direct",
        "--verbosity",
        "0",
    )
    command = load_command_class("chat", "import_history")  # with all its modules: that is a part of the start
    return lambda: call_command(command, *options, str(source), stdout=sys.stderr)


def _latency(seconds: float, source: Path | None) -> dict[str, float]:
    """Message latency of 100 clients in the lobby, beside an import or without one."""
    with Server(chatsite("serve")) as server, _importing(server.folder, source):
        return measure_clients(server, CLIENTS, seconds, rate=RATE)


@contextlib.contextmanager
def _importing(folder: Path, source: Path | None) -> Iterator[None]:
    """An import runs again and again, each time into rooms of new names."""
    if source is None:
        yield
        return
    script = (
        f'for n in $(seq 1000); do {sys.executable} manage.py import_history --room general=copy-$n "{source}"; done'
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "CHAT_STORAGE_DIR": str(folder / "storage"),
    }
    process = subprocess.Popen(
        ["sh", "-c", script],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), plain="plain" in sys.argv)))
