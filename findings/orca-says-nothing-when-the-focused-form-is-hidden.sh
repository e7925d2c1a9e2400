#!/usr/bin/env bash
# Orca 43.1: when a page hides the form that has the focus and focuses the next field, the new field is not spoken.
#
# A form is answered, disappears, and the next field gets the focus: the usual way to go on. Chromium reports the removal
# before the focus, whichever of the two the page did first. Orca then looks for a new place by itself, finds the same
# field, remembers it silently, and takes the focus event for old news. A blind person hears nothing and does not know
# where they are. If the form goes after the focus was painted, two animation frames later, the field is spoken.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

for program in Xvfb openbox dbus-daemon chromium; do
    command -v "$program" >/dev/null || could_not_run "apt-get install xvfb openbox dbus chromium at-spi2-core orca"
done
/usr/bin/python3 -c 'import gi, pyatspi, speechd' 2>/dev/null || could_not_run "apt-get install orca"

with_packages websockets==17.4
with_debian_packages orca=43.1-1
seen=$(observe <<'PYTHON'
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

DEBIAN = Path(os.environ["debian"])
PAGE = """<!doctype html><html lang="en"><title>page</title><main>
<form id="first"><label>Name <input id="name"></label></form>
<form id="second" hidden><label>Message <textarea id="message"></textarea></label></form></main>
<script>
const find = (selector) => document.querySelector(selector);
find("#name").focus();
const focusNext = () => { find("#second").hidden = false; find("#message").focus(); };
const hideForm = () => { find("#first").hidden = true; };
const goOn = {
  "hide, then focus": () => { hideForm(); focusNext(); },
  "focus, then hide": () => { focusNext(); hideForm(); },
  "focus, paint, then hide": () => {
    focusNext();
    requestAnimationFrame(() => requestAnimationFrame(hideForm));
  },
};
</script></html>"""
ORDERS = ["hide, then focus", "focus, then hide", "focus, paint, then hide"]


def run(stack, *command, **options):
    process = subprocess.Popen(command, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    return None


def spoken(log):
    """What Orca has said so far."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return re.findall(r"SPEECH OUTPUT: '(.*?)'\{", text)


def said(log, words, since):
    return wait_for(lambda: any(words in line for line in spoken(log)[since:]), 5) is not None


def start_desktop(stack, folder):
    """A screen, a session bus, a window manager and the accessibility bus, for this program only."""
    os.environ |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    screen = run(stack, "Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", stdout=subprocess.PIPE)
    os.environ["DISPLAY"] = f":{int(screen.stdout.readline())}"
    bus = run(stack, "dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE)
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
    run(stack, "openbox")
    run(stack, "/usr/libexec/at-spi-bus-launcher", "--launch-immediately", "--a11y=1", "--screen-reader=1")


class Tab:
    def __init__(self, stack, profile):
        wait_for(lambda: (profile / "DevToolsActivePort").exists())
        port = (profile / "DevToolsActivePort").read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        self.connection = stack.enter_context(connect(pages[0]["webSocketDebuggerUrl"]))

    def send(self, method, **parameters):
        self.connection.send(json.dumps({"id": 1, "method": method, "params": parameters}))
        while json.loads(self.connection.recv()).get("id") != 1:
            pass


def main(folder):
    page, log, profile = folder / "page.html", folder / "orca.log", folder / "profile"
    page.write_text(PAGE)
    with ExitStack() as stack:
        start_desktop(stack, folder)
        python_path = str(DEBIAN / "usr/lib/python3/dist-packages")
        orca = ["/usr/bin/python3", str(DEBIAN / "usr/bin/orca"), "--replace", f"--debug-file={log}"]
        run(stack, *orca, env={**os.environ, "PYTHONPATH": python_path})
        wait_for(lambda: any("Screen reader on" in line for line in spoken(log)))
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--force-renderer-accessibility"]
        arguments += [f"--user-data-dir={profile}", "--remote-debugging-port=0", "--host-resolver-rules=MAP * ~NOTFOUND"]
        run(stack, "chromium", *arguments, f"--app={page.as_uri()}")  # without an address bar, which takes the focus
        tab = Tab(stack, profile)
        for order in ORDERS:
            before = len(spoken(log))
            tab.send("Page.navigate", url=page.as_uri())
            if not said(log, "Name", before):
                sys.exit(f"Orca does not speak the first field: {spoken(log)}")
            before = len(spoken(log))
            tab.send("Runtime.evaluate", expression=f"goOn[{json.dumps(order)}]()")
            yield f"{order}: {'spoken' if said(log, 'Message', before) else 'silence'}"


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    print("; ".join(main(Path(folder))))
PYTHON
)
verdict "hide, then focus: spoken; focus, then hide: spoken; focus, paint, then hide: spoken" \
    "hide, then focus: silence; focus, then hide: silence; focus, paint, then hide: spoken" "$seen"
