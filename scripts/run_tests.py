#!/usr/bin/env python3
"""Every test of chatsite, as `make test` runs them: Python and JavaScript, and beside them a real browser and servers.

With --torture, as `make torture` runs it: only the tests of the promises in docs/reliability.md, each the long way.

All of them run even when one fails, and any failure makes the exit code 1. The last thing printed says what was skipped
and why. A program the tests need and that cannot be installed skips its tests; with CI=true that is a failure.
"""

import argparse
import contextlib
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TextIO
from xml.etree import ElementTree

PROJECT = Path(__file__).resolve().parent.parent
NODE = Path(sys.executable).with_name("node")
PYTEST = [sys.executable, "-m", "pytest"]
INTERRUPTED = 2  # pytest's exit code after Ctrl-C
WITH_SERVERS = ["tests/deploy", "tests/reliability", "tests/server"]  # most of the time they wait
IN_CI = os.environ.get("CI") == "true"

TEXT_BROWSER_TESTS = "tests/server/test_text_browsers.py"
TOOL_TESTS, COPY_TESTS = "tests/reliability/test_owner_tools.py", "tests/reliability/test_backup_tools.py"

# Debian package -> the program or file it brings, and the tests that need it
SYSTEM_PACKAGES = {
    "chromium": ("chromium", "tests/browser"),
    "gettext": ("xgettext", "tests/chat/test_catalogs.py"),
    "nginx-light": ("nginx", "tests/deploy"),
    "apache2-bin": ("apache2", "tests/deploy"),
    "haproxy": ("haproxy", "tests/deploy"),
    "varnish": ("varnishd", "tests/deploy"),
    "lighttpd-mod-openssl": ("/usr/lib/lighttpd/mod_openssl.so", "tests/deploy"),
    "postgresql": ("/usr/lib/postgresql/*/bin/postgres", "tests of CHAT_STORAGE=database"),
    "redis-server": ("redis-server", "tests of REDIS_URL"),
    "faketime": ("faketime", "tests/reliability/test_clock.py"),
    # the tools of owners: 6 MB together, and git
    "dos2unix": ("dos2unix", TOOL_TESTS),
    "ed": ("ed", TOOL_TESTS),
    "git": ("git", TOOL_TESTS),
    "jq": ("jq", TOOL_TESTS),
    "moreutils": ("sponge", TOOL_TESTS),
    "rsync": ("rsync", TOOL_TESTS),
    "unzip": ("unzip", TOOL_TESTS),
    "vim-tiny": ("ex", TOOL_TESTS),
    "zip": ("zip", TOOL_TESTS),
    "lynx": ("lynx", TEXT_BROWSER_TESTS),
    "tmux": ("tmux", TEXT_BROWSER_TESTS),
    "w3m": ("w3m", TEXT_BROWSER_TESTS),
    "fortunes": ("/usr/share/games/fortunes/knghtbrd", "tests/chat/text/test_public_text.py"),
    "fortunes-de": ("/usr/share/games/fortunes/de/debian", "tests/chat/text/test_public_text.py"),
}
TORTURE_PACKAGES = {  # they take longer to install
    "caddy": ("caddy", "tests/deploy"),
    "h2o": ("h2o", "tests/deploy"),
    "squid": ("squid", "tests/deploy"),
    "trafficserver": ("traffic_server", "tests/deploy"),
    "borgbackup": ("borg", COPY_TESTS),
    "duplicity": ("duplicity", COPY_TESTS),
    "restic": ("restic", COPY_TESTS),
}
# What Debian starts by itself. The tests start servers of their own; these would occupy port 80 for ever.
SERVICES = {
    "nginx-light": ["nginx"],
    "haproxy": ["haproxy"],
    "varnish": ["varnish", "varnishncsa"],
    "lighttpd-mod-openssl": ["lighttpd"],
    "postgresql": ["postgresql"],
    "redis-server": ["redis-server"],
    "caddy": ["caddy"],
    "h2o": ["h2o"],
    "squid": ["squid"],
    "trafficserver": ["trafficserver"],
}
NO_CLUSTER = "/etc/postgresql-common/createcluster.d/chatsite-tests.conf"  # there while its package is installed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torture", action="store_true", help="the tests of the promises only, the long way")
    torture = parser.parse_args().torture
    os.chdir(PROJECT)
    os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where Debian keeps servers, off the PATH of plain users
    if torture:
        SYSTEM_PACKAGES.update(TORTURE_PACKAGES)
    missing = install(missing_packages())
    with tempfile.TemporaryDirectory(prefix="chatsite-tests-") as folder:
        reports = Path(folder)
        lanes = (lanes_of_torture if torture else lanes_of_all)(reports, missing)
        failed = run_lanes(lanes, reports)
        skipped = [line for report in sorted(reports.glob("*.xml")) for line in skips(report)]
    for package in missing:
        tests = SYSTEM_PACKAGES[package][1]
        skipped.append(f"{tests}: {package} is not installed, and could not be installed by apt-get")
        if IN_CI:
            failed.append(tests)
    print_summary(failed, skipped)
    return 1 if failed else 0


def missing_packages() -> list[str]:
    return [package for package, (program, _) in SYSTEM_PACKAGES.items() if not is_installed(program)]


def is_installed(program: str) -> bool:
    return bool(glob.glob(program)) if program.startswith("/") else shutil.which(program) is not None


def install(packages: list[str]) -> list[str]:
    """Install what is missing with apt-get, as root or with a sudo that asks nothing; the ones still missing."""
    if not packages or not shutil.which("apt-get"):
        return packages
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    print(f"Installing {', '.join(packages)} ...", flush=True)
    services = [service for package in packages for service in new_services(package)]
    with services_masked(as_root, services), no_default_cluster(as_root, packages):
        for _ in range(2):  # a mirror's hiccup gets a second chance
            if apt_get(as_root, "update") and apt_get(as_root, "install", "-y", "--no-install-recommends", *packages):
                break
    return missing_packages()


def new_services(package: str) -> list[str]:
    """Those that are not the owner's own already."""
    return [name for name in SERVICES.get(package, []) if not Path(f"/lib/systemd/system/{name}.service").exists()]


@contextlib.contextmanager
def services_masked(as_root: list[str], services: list[str]) -> Iterator[None]:
    """Services that are installed meanwhile are neither started nor enabled."""

    def systemctl(*arguments: str) -> None:
        if services and Path("/run/systemd/system").exists():
            subprocess.run([*as_root, "systemctl", "--quiet", *arguments, *services], check=False)

    systemctl("mask", "--runtime")
    try:
        yield
    finally:
        systemctl("unmask", "--runtime")
        systemctl("disable", "--now")


@contextlib.contextmanager
def no_default_cluster(as_root: list[str], packages: list[str]) -> Iterator[None]:
    """Debian's PostgreSQL comes with a cluster of databases, which the tests do not use."""

    def run(line: str) -> None:
        if "postgresql" in packages:
            with contextlib.suppress(FileNotFoundError):  # no sudo: then nothing is installed either
                subprocess.run([*as_root, "sh", "-c", line], stdin=subprocess.DEVNULL, check=False)

    run(f"mkdir -p {os.path.dirname(NO_CLUSTER)} && echo create_main_cluster = false > {NO_CLUSTER}")
    try:
        yield
    finally:
        run(f"rm {NO_CLUSTER}")


def apt_get(as_root: list[str], *arguments: str) -> bool:
    command = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *arguments]
    try:
        outcome = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except FileNotFoundError as error:  # no sudo
        print(f"{error.filename} is not there: run `make test` as root once, or install the packages by hand.")
        return False
    if outcome.returncode:
        print(outcome.stdout[-2000:])
    return outcome.returncode == 0


class Suite(NamedTuple):
    """Tests that one command runs."""

    name: str
    command: list[str]


def lanes_of_all(reports: Path, missing: list[str]) -> list[list[Suite]]:
    """Every test. A browser and the servers wait for much of the time; meanwhile the first lane needs a processor.

    Playwright's loop does not share a session with async tests, so the browser has a pytest of its own.
    """
    with_servers = python_suite("server", WITH_SERVERS, [], reports)
    others = python_suite("Python", ["tests"], ["tests/browser", *WITH_SERVERS], reports)
    return [[others, javascript_suite(reports)], browser_suite(reports, missing), [with_servers]]


def lanes_of_torture(reports: Path, missing: list[str]) -> list[list[Suite]]:
    """The tests of the promises, which look at TORTURE for how long they are to try.

    Those with servers wait for much of the time; meanwhile a second lane runs what needs a processor.
    """
    os.environ["TORTURE"] = "on"
    with_servers = python_suite("server", WITH_SERVERS, [], reports)
    others = python_suite("Python", ["tests"], ["tests/browser", *WITH_SERVERS], reports)
    lanes = [[with_servers], [others, *browser_suite(reports, missing)]]
    promises = ["-m", "promise", "--durations=10", "--timeout=1500"]
    return [[Suite(name, [*command, *promises]) for name, command in lane] for lane in lanes]


def python_suite(name: str, folders: list[str], left_out: list[str], reports: Path) -> Suite:
    ignored = [f"--ignore={path}" for path in left_out]
    return Suite(name, [*PYTEST, *folders, *ignored, f"--junitxml={reports / name.lower()}.xml"])


def browser_suite(reports: Path, missing: list[str]) -> list[Suite]:
    if "chromium" in missing:
        return []
    return [Suite("browser", [*PYTEST, "tests/browser", f"--junitxml={reports / 'browser.xml'}"])]


def javascript_suite(reports: Path) -> Suite:
    report = ["--test-reporter=junit", f"--test-reporter-destination={reports / 'javascript.xml'}"]
    shown = ["--test-timeout=600000", "--test-reporter=dot", "--test-reporter-destination=stdout"]
    files = sorted(str(file) for file in Path("tests/js").rglob("*.test.js"))
    nothing = ["--eval", "throw new Error('tests/js holds no *.test.js')"]  # by itself Node calls that a success
    return Suite("JavaScript", [str(NODE), *(["--test", *shown, *report, *files] if files else nothing)])


def run_lanes(lanes: list[list[Suite]], reports: Path) -> list[str]:
    """Side by side; the names of the suites that failed. The first lane is shown as it goes, the others at the end."""
    logs = [reports / f"lane-{number}.log" for number in range(1, len(lanes))]
    with ThreadPoolExecutor() as pool:
        others = [pool.submit(run_lane, lane, reports, log) for lane, log in zip(lanes[1:], logs, strict=True)]
        failed = run_lane(lanes[0], reports)
        failed += [name for lane in others for name in lane.result()]
    for log in logs:
        print(log.read_text(errors="replace"), end="", flush=True)
    return failed


def run_lane(lane: list[Suite], reports: Path, log: Path | None = None) -> list[str]:
    """One suite after the other, unless somebody interrupts; the names of those that failed."""
    with log.open("w") if log else contextlib.nullcontext(sys.stdout) as output:
        failed = []
        for suite in lane:
            code = run(suite, reports, output)
            if code:
                failed.append(suite.name)
            if code == INTERRUPTED:
                break
        return failed


def run(suite: Suite, reports: Path, output: TextIO) -> int:
    print(f"\n=== {suite.name} tests", file=output, flush=True)
    started = time.monotonic()
    command, env = suite.command, environment(reports)
    code = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
    ).returncode
    print(f"=== {suite.name} tests: {time.monotonic() - started:.0f} s, exit code {code}", file=output, flush=True)
    return code


def environment(scratch: Path) -> dict[str, str]:
    """The environment without the site's own settings: tests choose theirs, and never touch the real storage/."""
    settings = ("DJANGO_", "CHAT_", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return {**kept, "CHAT_STORAGE_DIR": str(scratch / "storage")}


def skips(report: Path) -> Iterator[str]:
    """One line for each skipped test of a JUnit report."""
    try:
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314 - written by our own test runners
    except ElementTree.ParseError:
        yield f"{report.stem}: its report is cut short, so what it skipped is not known"
        return
    for case in cases:
        for skip in case.iter("skipped"):
            names = [part for part in (case.get("classname"), case.get("name")) if part]
            yield f"{' '.join(names)}: {skip.get('message') or skip.text or 'no reason was given'}"


def print_summary(failed: list[str], skipped: list[str]) -> None:
    print("\nFailed: " + ", ".join(failed) if failed else "\nEverything that ran passed.")
    if skipped:
        print(f"Skipped: {len(skipped)}")
        print("\n".join(f"  {line}" for line in skipped))
    else:
        print("Nothing was skipped.")


if __name__ == "__main__":
    sys.exit(main())
