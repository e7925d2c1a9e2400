/**
 * A panel that is a drawer on a phone: the rooms from the left, the people from the right. While one is open, the
 * message list and the composer are inert; the header is not.
 */

import {isOfInputMethod} from "../model/send_key.js";
import {find} from "./dom.js";

const PHONE = matchMedia("(max-width: 45rem)"); // the same width as in css/layout.css
const CLOSE = new EventTarget(); // a drawer that opens closes the other one

export class Drawer {
  #panel;
  #openButton;
  #closeButton;
  #covered = [find("#timeline", HTMLElement), find("#foot", HTMLElement)];

  /**
   * @param {object} elements
   * @param {HTMLElement} elements.panel
   * @param {HTMLElement} elements.openButton
   * @param {HTMLElement} elements.closeButton
   */
  constructor({panel, openButton, closeButton}) {
    this.#panel = panel;
    this.#openButton = openButton;
    this.#closeButton = closeButton;
    closeButton.addEventListener("click", () => this.close());
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("keydown", (event) => this.#onKeyDown(event));
    PHONE.addEventListener("change", () => this.close());
    CLOSE.addEventListener("close", () => this.#setOpen(false));
  }

  /** Whether the page is so narrow that panels are drawers. */
  static get isPhone() {
    return PHONE.matches;
  }

  get isOpen() {
    return this.#panel.hasAttribute("data-open");
  }

  close() {
    if (!this.isOpen) return;
    this.#setOpen(false);
    this.#openButton.focus();
  }

  /** A click outside closes the open drawer; a click on the button opens the closed one. @param {MouseEvent} event */
  #onClick({target}) {
    if (!PHONE.matches || !(target instanceof Node) || this.#panel.contains(target)) return;
    if (this.isOpen) this.close();
    else if (this.#openButton.contains(target)) this.#open();
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (event.key !== "Escape" || !this.isOpen || isOfInputMethod(event)) return;
    event.preventDefault(); // Escape does nothing else then
    this.close();
  }

  #open() {
    CLOSE.dispatchEvent(new Event("close"));
    this.#setOpen(true);
    this.#closeButton.focus();
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    if (isOpen === this.isOpen) return;
    this.#panel.toggleAttribute("data-open", isOpen);
    for (const element of this.#covered) element.inert = isOpen;
    this.#openButton.setAttribute("aria-expanded", String(isOpen));
  }
}
