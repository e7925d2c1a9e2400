/**
 * One message at a time is in the tab order, with its links and buttons. Whatever adds a control to a message takes it
 * out of the tab order, as the controls of all other messages are. The bar of actions is one stop: arrow keys move in it.
 */

import {find} from "./dom.js";

const CONTROLS = "a[href], button, summary";
const NEVER = ".message-actions > :not(:first-child)";

/** @param {HTMLElement} item a message @param {boolean} isTabStop */
export function setTabStop(item, isTabStop) {
  const tabIndex = isTabStop ? "0" : "-1";
  for (const element of [articleOf(item), ...item.querySelectorAll(CONTROLS)]) {
    element.setAttribute("tabindex", element.matches(NEVER) ? "-1" : tabIndex);
  }
}

/** The message that an element is in. @param {EventTarget | null} target @returns {HTMLElement | null} */
export function itemOf(target) {
  return target instanceof Element ? target.closest("#message-list > li") : null;
}

/** @param {HTMLElement} item a message */
export function articleOf(item) {
  return find("article", HTMLElement, item);
}
