"""Text browsers as people use them: keys are typed into a terminal (tmux), and its screen is read."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.live_server import wait_until

ROWS, COLUMNS = 150, 100  # a whole page
COMMANDS = {
    "w3m": ["w3m", "-X", "-cookie", "-no-mouse", "-no-proxy", "-o", "auto_image=0"],
    "lynx": ["lynx", "-accept_all_cookies", "-nopause", "-nocolor"],
}


def dump(browser: str, url: str, home: Path) -> str:
    """A page as the browser prints it, with single blanks between words."""
    command = {"w3m": ["w3m", "-dump", "-cols", "100"], "lynx": ["lynx", "-dump", "-nolist", "-width=100"]}[browser]
    done = subprocess.run([*command, url], env=_environment(home), capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


class TextBrowser:
    """A browser in a terminal. `editor_text`: what its editor writes into a text area, if it calls one."""

    def __init__(self, browser: str, url: str, home: Path, editor_text: str = "") -> None:
        self._socket = str(home / "tmux")
        self._home = home
        self._command = [*COMMANDS[browser], url]
        editor = home / "editor"
        editor.write_text(f"#!/bin/sh\nprintf '%s\\n' '{editor_text}' > \"$1\"\n")
        editor.chmod(0o700)

    def __enter__(self) -> Self:
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, *self._command)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            error.add_note(f"the screen:\n{self.screen}")
        self._tmux("kill-server")

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p").rstrip()

    @property
    def text(self) -> str:
        """The screen with single blanks between words."""
        return " ".join(self.screen.split())

    def press(self, *keys: str) -> None:
        """Press keys by their names in tmux, such as `Enter`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def go_to(self, text: str) -> None:
        """Press Tab until the cursor is in the line of a text, or below it: in the field that the text is about."""
        self.wait_for(text)
        line = next(number for number, line in enumerate(self.screen.splitlines()) if text in line)
        while (cursor := self._cursor)[1] < line:
            self.press_tab(cursor)

    def press_tab(self, cursor: tuple[int, int] | None = None) -> None:
        """Go to the next link or field."""
        before = cursor or self._cursor
        self.press("Tab")
        wait_until(lambda: self._cursor != before, "the next field")

    @property
    def _cursor(self) -> tuple[int, int]:
        column, line = self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(line)

    def wait_for(self, text: str) -> Self:
        wait_until(lambda: text in self.text, f"{text!r} on the screen")
        return self

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        done = subprocess.run(command, env=_environment(self._home), capture_output=True, text=True, check=True)
        return done.stdout


def _environment(home: Path) -> dict[str, str]:
    """With a home of its own, so that nobody's settings count."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR"}}
    return {**kept, "HOME": str(home), "TERM": "screen", "LANG": "C.UTF-8", "EDITOR": str(home / "editor")}
