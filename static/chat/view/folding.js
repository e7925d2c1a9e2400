/**
 * Long messages are folded: css/message.css cuts each message after 25 lines, or where it would be taller than most of
 * the screen. This adds the button that shows the rest to those that are cut.
 */

import {gettext} from "../model/translate.js";
import {element, find} from "./dom.js";
import {setTabStop} from "./tab_stops.js";

const UNMEASURED = ".message__body:not([data-fold])";

export class Folding {
  #list = find("#message-list", HTMLElement);
  #keepInPlace;
  #width = 0;

  /** @param {(item: Element, change: () => void) => void} keepInPlace changes an item without moving its upper edge */
  constructor(keepInPlace) {
    this.#keepInPlace = keepInPlace;
    new ResizeObserver(() => this.#resized()).observe(this.#list);
    // Search in the page, and the focus on a link, scroll to what is folded away: it is shown then.
    this.#list.addEventListener("scroll", ({target}) => this.#onScroll(target), {capture: true});
  }

  /** Measures the messages that are new, all at once: one layout. */
  update() {
    const bodies = [.../** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll(UNMEASURED))];
    const isCut = bodies.map((body) => body.scrollHeight > body.clientHeight + 1);
    for (const [index, body] of bodies.entries()) this.#setFold(body, isCut[index] ? "folded" : "none");
  }

  #resized() {
    if (this.#list.clientWidth === this.#width) return;
    this.#width = this.#list.clientWidth;
    for (const body of this.#list.querySelectorAll(".message__body:not([data-fold='open'])")) {
      body.removeAttribute("data-fold");
    }
    this.update();
  }

  /** @param {EventTarget | null} target */
  #onScroll(target) {
    if (!(target instanceof HTMLElement) || target.dataset.fold !== "folded" || target.scrollTop === 0) return;
    target.scrollTop = 0;
    this.#toggle(target);
  }

  /** @param {HTMLElement} body @param {"none" | "folded" | "open"} fold */
  #setFold(body, fold) {
    body.dataset.fold = fold;
    const old = body.parentElement?.querySelector(".message__fold");
    if (fold === "none") return old?.remove();
    const button = old instanceof HTMLElement ? old : this.#createButton(body);
    button.textContent = fold === "open" ? gettext("Show less") : gettext("Show all");
    button.setAttribute("aria-expanded", String(fold === "open"));
  }

  /** @param {HTMLElement} body */
  #createButton(body) {
    const button = element("button", {type: "button", className: "message__fold"});
    button.addEventListener("click", () => this.#toggle(body));
    body.after(button);
    const item = body.closest("li");
    if (item) setTabStop(item, item.querySelector("article")?.tabIndex === 0);
    return button;
  }

  /** @param {HTMLElement} body */
  #toggle(body) {
    const item = /** @type {HTMLElement} */ (body.closest("li"));
    this.#keepInPlace(item, () => this.#setFold(body, body.dataset.fold === "open" ? "folded" : "open"));
    if (body.dataset.fold === "folded") item.scrollIntoView({block: "nearest"});
  }
}
