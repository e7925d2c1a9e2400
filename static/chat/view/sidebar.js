/**
 * The list of rooms as a whole: one tab stop, the filter above it, and the open room in view.
 */

import {find} from "./dom.js";
import {RoomFilter} from "./room_filter.js";
import {RovingList} from "./roving_list.js";

export class Sidebar {
  constructor() {
    const list = find("#rooms", HTMLElement);
    new RovingList(list);
    new RoomFilter();
    showCurrent(find("#rooms-scroller", HTMLElement));
    list.addEventListener("pointerover", ({target}) => nameShortened(target));
  }
}

/** Without `scrollIntoView`, which would scroll a drawer that is out of view into it. @param {HTMLElement} scroller */
function showCurrent(scroller) {
  const current = scroller.querySelector("[aria-current]");
  if (!current) return;
  const [room, view] = [current.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (room.bottom > view.bottom) scroller.scrollTop += room.bottom - view.bottom + view.height / 3;
}

/** A name that does not fit its line is shown whole by the pointer. @param {EventTarget | null} target */
function nameShortened(target) {
  const name = target instanceof Element ? target.closest("a")?.querySelector(".room-link__name") : null;
  if (name instanceof HTMLElement) name.title = name.scrollWidth > name.clientWidth ? (name.textContent ?? "") : "";
}
