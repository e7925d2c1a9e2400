/**
 * The form in the header that goes to the first message of a day. Days begin where the reader is; without scripts, at
 * midnight UTC.
 */

import {dayStart} from "../model/time.js";
import {find} from "./dom.js";

export class GoToDate {
  #details;
  #day;

  /** @param {string} roomUrl */
  constructor(roomUrl) {
    this.#details = document.querySelector("#go-to-date");
    if (!(this.#details instanceof HTMLDetailsElement)) return; // a room without messages
    this.#day = find("#go-to-date-day", HTMLInputElement);
    const details = this.#details;
    details.addEventListener("toggle", () => details.open && this.#day?.focus());
    details.addEventListener("keydown", (event) => event.key === "Escape" && this.#close(event));
    document.addEventListener("pointerdown", ({target}) => {
      if (target instanceof Node && !details.contains(target)) details.open = false;
    });
    find("form", HTMLFormElement, details).addEventListener("submit", (event) => {
      event.preventDefault();
      const start = dayStart(this.#day?.value ?? "");
      if (start) location.assign(`${roomUrl}?${new URLSearchParams({date: start.toISOString()})}`);
    });
  }

  /** @param {KeyboardEvent} event */
  #close(event) {
    event.stopPropagation(); // Escape goes to the newest message otherwise
    /** @type {HTMLDetailsElement} */ (this.#details).open = false;
    find("#go-to-date > summary", HTMLElement).focus();
  }
}
