#!/usr/bin/env bash
# Chromium 156.0.8078.108: when a dialog with a text field closes, the field that gets the focus back has lost its caret.
#
# A user writes in a text field, chooses something in a <dialog> by typing, and the page inserts the choice where the
# caret was, with execCommand("insertText"), the only way that Ctrl+Z can take back. close() focuses the field, as it
# should, but selectionStart is 0 now, the document has no selection, and execCommand does nothing and returns false,
# until the next key or click of the user. focus() changes nothing, because the field has the focus. A dialog with a
# button only does no harm. What helps: remember the caret on blur, and set it with setSelectionRange() on focus.
set -eu
# shellcheck source=findings/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

command -v chromium >/dev/null || could_not_run "apt-get install chromium" # for the libraries that it needs
with_packages playwright==1.65.2
with_debian_packages chromium=156.0.8078.108-1~deb12u1 chromium-common=156.0.8078.108-1~deb12u1
seen=$(observe <<'PYTHON'
import os

from playwright.sync_api import sync_playwright

PAGE = """<!doctype html><title>page</title><textarea></textarea>
<dialog><button>close</button></dialog><dialog><input></dialog>"""
PROGRAM = """async (number) => {
  const field = document.querySelector("textarea");
  const dialog = document.querySelectorAll("dialog")[number];
  dialog.showModal();
  dialog.close();
  field.focus();
  await new Promise((done) => setTimeout(done, 200));
  if (document.activeElement !== field) return "no focus";
  const caret = field.selectionStart;
  const isDone = document.execCommand("insertText", false, "more");
  return `caret at ${caret}, ${isDone ? field.value : "nothing"} inserted`;
}"""

with sync_playwright() as playwright:
    program = f"{os.environ['debian']}/usr/lib/chromium/chromium"
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    page = browser.new_page()
    seen = []
    for number, name in enumerate(["dialog with a button", "dialog with a text field"]):
        page.set_content(PAGE)
        page.focus("textarea")
        page.keyboard.type("some ")
        seen.append(f"{name}: {page.evaluate(PROGRAM, number)}")
    browser.close()
print("; ".join(seen))
PYTHON
)
verdict "dialog with a button: caret at 5, some more inserted; dialog with a text field: caret at 5, some more inserted" \
    "dialog with a button: caret at 5, some more inserted; dialog with a text field: caret at 0, nothing inserted" "$seen"
