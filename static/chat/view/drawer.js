/**
 * On a phone the sidebar is a drawer. While it is open, the message list and the composer are inert; the header is not.
 */

import {find} from "./dom.js";

const PHONE_QUERY = "(max-width: 45rem)"; // the same width as in css/layout.css

export class Drawer {
  #sidebar = find("#sidebar", HTMLElement);
  #covered = [find("#timeline", HTMLElement), find("#foot", HTMLElement)];
  #openButton = find("#menu-button", HTMLElement);
  #closeButton = find("#menu-close", HTMLElement);

  constructor() {
    this.#closeButton.addEventListener("click", () => this.close());
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("keydown", ({key}) => key === "Escape" && this.close());
    matchMedia(PHONE_QUERY).addEventListener("change", () => this.close());
  }

  close() {
    if (!this.#isOpen) return;
    this.#setOpen(false);
    this.#openButton.focus();
  }

  get #isOpen() {
    return this.#sidebar.hasAttribute("data-open");
  }

  /** A click outside closes the open drawer; a click on the button opens the closed one. @param {MouseEvent} event */
  #onClick({target}) {
    if (!(target instanceof Node) || this.#sidebar.contains(target)) return;
    if (this.#isOpen) this.close();
    else if (this.#openButton.contains(target)) this.#open();
  }

  #open() {
    this.#setOpen(true);
    this.#closeButton.focus();
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    this.#sidebar.toggleAttribute("data-open", isOpen);
    for (const element of this.#covered) element.inert = isOpen;
    this.#openButton.setAttribute("aria-expanded", String(isOpen));
  }
}
