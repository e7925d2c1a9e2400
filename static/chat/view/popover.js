/** A <details> that opens like a menu: a click elsewhere closes it, and Escape, which gives the focus back. */

import {isOfInputMethod} from "../model/send_key.js";

/** @param {HTMLDetailsElement} details */
export function closeLikeMenu(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open || isOfInputMethod(event)) return;
    event.stopPropagation(); // Escape goes to the newest message otherwise
    details.open = false;
    /** @type {HTMLElement | null} */ (details.querySelector("summary"))?.focus();
  });
  document.addEventListener("pointerdown", ({target}) => {
    if (target instanceof Node && !details.contains(target)) details.open = false;
  });
}
