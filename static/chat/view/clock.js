/**
 * Shows the times of the page anew when the reader chooses another clock.
 */

import {clockTime, parseTimestamp, setClock} from "../model/time.js";

/** @param {Settings} settings */
export function followClock(settings) {
  settings.watch("clock", (clock) => {
    setClock(clock);
    for (const time of document.querySelectorAll("time")) showTime(time);
  });
}

/** @param {HTMLTimeElement} time */
function showTime(time) {
  time.textContent = clockTime(parseTimestamp(time.dateTime));
}
