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
    find("#message-list", HTMLElement).addEventListener("click", (event) => this.#onClick(event));
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
