/**
 * The keys of the page. model/shortcuts.js says which they are; the help dialog lists them.
 */

import {roomFor, shortcutOf} from "../model/shortcuts.js";
import {find} from "./dom.js";

const FIELDS = "input, textarea, select, [contenteditable]";

export class Shortcuts {
  #actions;

  /** @param {{switcher: () => void, newest: () => void, help: () => void}} actions */
  constructor(actions) {
    this.#actions = actions;
    document.addEventListener("keydown", (event) => this.#onKeyDown(event));
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (event.defaultPrevented) return; // somebody else's key, such as the Escape that closes a drawer
    const isTyping = event.target instanceof Element && event.target.matches(FIELDS);
    const shortcut = shortcutOf(event, isTyping);
    if (!shortcut || (document.querySelector("dialog[open]") && shortcut !== "switcher")) return;
    event.preventDefault();
    if (shortcut === "search") find("#search-link", HTMLAnchorElement).click();
    else if (shortcut === "switcher" || shortcut === "newest" || shortcut === "help") this.#actions[shortcut]();
    else goTo(shortcut);
  }
}

/** @param {import("../model/shortcuts.js").Shortcut} shortcut */
function goTo(shortcut) {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#rooms a"));
  const items = Array.from(links, (link) => ({
    link,
    isCurrent: link.hasAttribute("aria-current"),
    isUnread: link.hasAttribute("data-unread"),
  }));
  roomFor(items, shortcut)?.link.click();
}
