/**
 * The list of rooms as a whole: one tab stop, the open room in view, and a field above it that filters a long one.
 */

import {find} from "./dom.js";
import {RovingList} from "./roving_list.js";

const MIN_FILTERED = 12; // rooms

export class Sidebar {
  /** @param {() => void} onFilter the user goes to the field of the filter */
  constructor(onFilter) {
    const list = find("#rooms", HTMLElement);
    new RovingList(list);
    const filter = find("#room-filter", HTMLInputElement);
    filter.addEventListener("focus", onFilter);
    const showFilter = () => filter.toggleAttribute("hidden", list.children.length < MIN_FILTERED && !filter.value);
    new MutationObserver(showFilter).observe(list, {childList: true});
    showFilter();
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
