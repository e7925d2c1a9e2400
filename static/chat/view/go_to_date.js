/**
 * The form in the header that goes to the first message of a day. Days begin where the reader is; without scripts, at
 * midnight UTC.
 */

import {dayStart} from "../model/time.js";
import {find} from "./dom.js";
import {closeLikeMenu} from "./popover.js";

/** @param {string} roomUrl */
export function startGoToDate(roomUrl) {
  const details = find("#go-to-date", HTMLDetailsElement);
  const day = find("#go-to-date-day", HTMLInputElement);
  closeLikeMenu(details);
  details.addEventListener("toggle", () => details.open && day.focus());
  find("form", HTMLFormElement, details).addEventListener("submit", (event) => {
    event.preventDefault();
    const start = dayStart(day.value);
    if (start) location.assign(`${roomUrl}?${new URLSearchParams({date: start.toISOString()})}`);
  });
}
