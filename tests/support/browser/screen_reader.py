"""What a screen reader is given: the texts of the live regions, and the accessibility tree of Chromium."""

from dataclasses import dataclass
from typing import Any, Self

from playwright.sync_api import Page

RECORD = """() => {
  globalThis.heard = [];
  for (const region of document.querySelectorAll("#announcer-polite, #announcer-assertive")) {
    new MutationObserver(() => region.textContent && globalThis.heard.push(region.textContent))
      .observe(region, {childList: true, subtree: true, characterData: true});
  }
}"""

IS_SUBSEQUENCE = """texts => {
  let next = 0;
  for (const text of heard) if (text === texts[next]) next++;
  return next === texts.length;
}"""


def listen(page: Page) -> None:
    """Begin to record the announcements of the page that is open."""
    page.evaluate(RECORD)


def expect_heard(page: Page, *texts: str) -> None:
    """These texts were announced, in this order, perhaps with others between them."""
    page.wait_for_function(IS_SUBSEQUENCE, arg=list(texts))


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the accessibility tree."""

    role: str
    name: str
    description: str
    properties: dict[str, Any]

    @classmethod
    def parse(cls, node: dict[str, Any]) -> Self:
        properties = {entry["name"]: entry["value"].get("value") for entry in node.get("properties", [])}
        texts = (node.get(field, {}).get("value", "") for field in ("role", "name", "description"))
        return cls(*texts, properties)


def accessibility_tree(page: Page) -> list[Node]:
    """All nodes that a screen reader can reach, in the order of the page."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [Node.parse(node) for node in nodes if not node["ignored"]]
