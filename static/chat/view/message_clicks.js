/**
 * Clicks on what a message shows: a reaction, the message that it answers, that it was edited, what waits or failed.
 */

import {find} from "./dom.js";
import {itemOf} from "./tab_stops.js";

/** It returns false to leave the click to the browser. @typedef {(message: Wire.MessageEvent, element: HTMLElement) => unknown} Handler */

export class MessageClicks {
  #messageOf;
  #handlers;

  /**
   * @param {(item: HTMLElement) => Wire.MessageEvent | undefined} messageOf the stored message of an item
   * @param {Record<string, Handler>} handlers by the selector of what is clicked
   */
  constructor(messageOf, handlers) {
    this.#messageOf = messageOf;
    this.#handlers = Object.entries(handlers);
    const list = find("#message-list", HTMLElement);
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("mousedown", keepFocus);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const {target, ctrlKey, metaKey, shiftKey} = event;
    const item = itemOf(target);
    const message = item ? this.#messageOf(item) : undefined;
    if (!message || !(target instanceof Element) || ctrlKey || metaKey || shiftKey) return;
    for (const [selector, handle] of this.#handlers) {
      const element = target.closest(selector);
      if (!(element instanceof HTMLElement)) continue;
      if (handle(message, element) !== false) event.preventDefault();
      return;
    }
  }
}

/** Who reacts with the mouse goes on writing. @param {MouseEvent} event */
function keepFocus(event) {
  if (event.target instanceof Element && event.target.closest("button.reaction")) event.preventDefault();
}
