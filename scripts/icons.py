#!/usr/bin/env python3
"""Make the PNG icons in static/chat/icons from static/chat/icon.svg, with Chromium.

An icon that the system masks fills its square, with the mark within the inner 80 percent that every mask leaves.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "static/chat"
BACKGROUNDS = {"any": "transparent", "maskable": "#f3f0e9"}
MARK_SIZES = {"any": "100%", "maskable": "62%"}


def main() -> None:
    svg = (STATIC / "icon.svg").read_text()
    (STATIC / "icons").mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for purpose, background in BACKGROUNDS.items():
            for size in (192, 512):
                page = browser.new_page(viewport={"width": size, "height": size})
                style = f"body{{margin:0;height:100vh;display:grid;place-items:center;background:{background}}}"
                mark = f"svg{{width:{MARK_SIZES[purpose]};height:{MARK_SIZES[purpose]}}}"
                page.set_content(f"<style>{style}{mark}</style>{svg}")
                page.screenshot(path=STATIC / "icons" / f"{purpose}-{size}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
