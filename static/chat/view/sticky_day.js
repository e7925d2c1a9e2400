/**
 * The day of the messages at the upper edge of the list, while its heading is out of sight.
 */

import {dayName, parseTimestamp} from "../model/time.js";
import {element, find, setText} from "./dom.js";

export class StickyDay {
  #scroller = find("#messages", HTMLElement);
  // A screen reader reads the headings in the list instead.
  #label = element("p", {className: "timeline__day", hidden: true});

  constructor() {
    this.#label.setAttribute("aria-hidden", "true");
    find("#timeline", HTMLElement).append(this.#label);
  }

  /** @param {Element | undefined} item the first one that is visible */
  show(item) {
    const name = item instanceof HTMLElement && !this.#showsHeading(item) ? nameOf(item) : "";
    setText(this.#label, name);
    this.#label.hidden = !name;
  }

  /** @param {HTMLElement} item */
  #showsHeading(item) {
    const heading = find(".message__day", HTMLElement, item);
    return !heading.hidden && heading.getBoundingClientRect().top >= this.#scroller.getBoundingClientRect().top;
  }
}

/** @param {HTMLElement} item */
function nameOf({dataset}) {
  return dataset.timestamp ? dayName(parseTimestamp(dataset.timestamp), new Date()) : "";
}
