/**
 * The keyboard in the message list: the list is one tab stop, and the arrow keys, Home and End go from message to
 * message. Tab enters at the first unread message, or at the newest one; later where the reader was.
 */

import {nextFocusIndex} from "../model/roving_focus.js";
import {find} from "./dom.js";
import {articleOf, itemOf, setTabStop} from "./tab_stops.js";

export class MessageFocus {
  #list = find("#message-list", HTMLElement);
  #scroller = find("#messages", HTMLElement);
  /** @type {HTMLElement | null} */
  #tabStop = null;
  /** The message that the reader went to. @type {HTMLElement | null} */
  #chosen = null;
  #chosenId = 0; // of that message, which may leave the list; one that waits is the newest

  constructor() {
    this.#scroller.tabIndex = -1; // the messages in it take the focus
    this.#list.addEventListener("keydown", (event) => this.#onKeydown(event));
    this.#list.addEventListener("focusin", ({target}) => this.#choose(itemOf(target)));
    document.addEventListener("close", () => this.update(), true); // of a dialog, which had the focus
  }

  /** Forgets where the reader was. */
  reset() {
    this.#chosen = null;
    this.update();
  }

  /** The list was rendered. If the message with the focus left it, the focus goes to the nearest one that is left. */
  update() {
    if (document.querySelector("dialog:modal")) return; // the focus comes back when it is closed
    const hadFocus = this.#chosen !== null && !this.#chosen.isConnected && isFocusLost();
    if (!this.#chosen?.isConnected) this.#chosen = null;
    if (hadFocus) this.#focusInsteadOfGone();
    this.#setTabStop(this.#chosen ?? this.#list.querySelector(":scope > [data-unread]") ?? this.#list.lastElementChild);
  }

  /** Gives a message the focus, if it is on the page. @param {number} id */
  focus(id) {
    this.#focus(this.#list.querySelector(`:scope > [data-id="${id}"]`));
  }

  /** The nearest message, or else the field for the first one. */
  #focusInsteadOfGone() {
    const nearest = this.#nearest();
    if (nearest) this.#focus(nearest);
    else document.getElementById("composer-text")?.focus();
  }

  /** The message that follows the one that left the list. */
  #nearest() {
    const items = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    return items.find(({dataset}) => Number(dataset.id) > this.#chosenId) ?? this.#list.lastElementChild;
  }

  /** @param {KeyboardEvent} event */
  #onKeydown(event) {
    const item = itemOf(event.target);
    if (!item || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (this.#continuesBeyondEdge(item, event.key)) return; // the browser scrolls
    const items = [...this.#list.children];
    const index = nextFocusIndex(event.key, items.indexOf(item), items.length);
    if (index === null) return;
    event.preventDefault();
    this.#focus(items[index]);
  }

  /** Whether a long message goes on past the edge that the key moves to. @param {HTMLElement} item @param {string} key */
  #continuesBeyondEdge(item, key) {
    const [view, message] = [this.#scroller, articleOf(item)].map((element) => element.getBoundingClientRect());
    if (key === "ArrowDown") return message.bottom > view.bottom + 1;
    return key === "ArrowUp" && message.top < view.top - 1;
  }

  /** @param {Element | null} item */
  #focus(item) {
    if (!(item instanceof HTMLElement)) return;
    articleOf(item).focus({preventScroll: true});
    item.scrollIntoView({block: "nearest"});
  }

  /** @param {HTMLElement | null} item */
  #choose(item) {
    this.#chosen = item;
    this.#chosenId = Number(item?.dataset.id) || Number.POSITIVE_INFINITY;
    if (item) this.#setTabStop(item);
  }

  /** @param {Element | null} item */
  #setTabStop(item) {
    if (this.#tabStop && this.#tabStop !== item) setTabStop(this.#tabStop, false);
    this.#tabStop = item instanceof HTMLElement ? item : null;
    if (this.#tabStop) setTabStop(this.#tabStop, true);
  }
}

/** Whether nothing has the focus, or something that is hidden, as in a dialog that was closed. */
function isFocusLost() {
  const focused = document.activeElement;
  return !focused || focused === document.body || !focused.checkVisibility();
}
