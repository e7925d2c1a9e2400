/**
 * The field above the list of rooms that shows only those with some text in their name.
 */

import {folded} from "../model/folded.js";
import {isOfInputMethod} from "../model/send_key.js";
import {gettext, interpolate} from "../model/translate.js";
import {find} from "./dom.js";

export class RoomFilter {
  #input = find("#room-filter", HTMLInputElement);
  #list = find("#rooms", HTMLElement);
  #none = find("#rooms-none", HTMLElement);
  /** The link to the page with all rooms, on a site with more of them than the list. @type {HTMLAnchorElement | null} */
  #more = document.querySelector("#rooms-more");

  constructor() {
    this.#input.addEventListener("input", () => this.#filter());
    this.#input.addEventListener("keydown", (event) => this.#onKeyDown(event));
    new MutationObserver(() => this.#input.value && this.#filter()).observe(this.#list, {childList: true});
    if (this.#input.value) this.#filter(); // typed before this was loaded
  }

  #filter() {
    const query = this.#input.value.trim();
    const wanted = folded(query);
    const items = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    for (const item of items)
      item.hidden = !folded(find(".room-link__name", HTMLElement, item).textContent).includes(wanted);
    const isEmpty = items.every(({hidden}) => hidden);
    this.#none.hidden = !isEmpty;
    this.#none.textContent = isEmpty
      ? interpolate(gettext("No room here has “%(text)s” in its name."), {text: query})
      : "";
    if (this.#more) this.#more.search = query ? String(new URLSearchParams({q: query})) : "";
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (isOfInputMethod(event)) return;
    if (event.key === "Escape" && this.#input.value) this.#clear(event);
    else if (event.key === "ArrowDown" || event.key === "Enter") this.#enterList(event);
  }

  /** @param {KeyboardEvent} event */
  #clear(event) {
    event.preventDefault(); // Escape does nothing else then
    this.#input.value = "";
    this.#filter();
  }

  /** @param {KeyboardEvent} event */
  #enterList(event) {
    const first = /** @type {HTMLElement | null} */ (this.#list.querySelector("li:not([hidden]) > a"));
    if (!first) return;
    event.preventDefault();
    if (event.key === "Enter" && this.#input.value) first.click();
    else first.focus();
  }
}
