/**
 * A list of links as one tab stop: the arrow keys, Home and End move in it. A list may have hundreds of them.
 */

import {nextFocusIndex} from "../model/roving_focus.js";

export class RovingList {
  #list;

  /** @param {HTMLElement} list its items may be replaced, moved and hidden at any time */
  constructor(list) {
    this.#list = list;
    list.addEventListener("keydown", (event) => this.#onKeyDown(event));
    list.addEventListener("focusin", () => this.#setTabStop());
    const changes = {childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "aria-current"]};
    new MutationObserver(() => this.#setTabStop()).observe(list, changes);
    this.#setTabStop();
  }

  get #links() {
    return [...this.#list.querySelectorAll("li:not([hidden]) > a")];
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = this.#links;
    const index = links.indexOf(/** @type {Element} */ (document.activeElement));
    const next = index < 0 ? null : nextFocusIndex(event.key, index, links.length);
    if (next === null) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (links[next]).focus();
  }

  /** The link that has the focus, or that of the current room, or the first one. */
  #setTabStop() {
    const links = this.#links;
    const stop =
      links.find((link) => link === document.activeElement) ??
      links.find((link) => link.hasAttribute("aria-current")) ??
      links[0];
    for (const link of links) {
      const tabIndex = link === stop ? "0" : "-1";
      if (link.getAttribute("tabindex") !== tabIndex) link.setAttribute("tabindex", tabIndex);
    }
  }
}
