/**
 * The scroll position of the message list: it stays at the end for a reader at the end, and stays on the same message
 * for a reader further up. Beyond the end of the list there may be newer messages that are not on the page.
 *
 * The scroller is laid out from its end (flex-direction: column-reverse): scrollTop is 0 at the newest message and
 * negative above it. Therefore the page opens at the end before any script runs, and stays there when the on-screen
 * keyboard opens.
 */

const NEAR_END_PX = 100;
const NEAR_EDGE_PX = 800;

export class ScrollPosition {
  #scroller;
  #list;
  #isComplete;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {() => boolean} isComplete whether the list ends with the newest message
   * @param {() => void} onChange other messages are on the screen: the list was scrolled, or has another size
   */
  constructor(scroller, list, isComplete, onChange) {
    this.#scroller = scroller;
    this.#list = list;
    this.#isComplete = isComplete;
    scroller.addEventListener("scroll", () => onChange(), {passive: true});
    new ResizeObserver(() => onChange()).observe(scroller);
  }

  get isAtEnd() {
    return this.#isComplete() && -this.#scroller.scrollTop < NEAR_END_PX;
  }

  /** Near the end of the list, which may not be the newest message. */
  get isNearListEnd() {
    return -this.#scroller.scrollTop < NEAR_EDGE_PX;
  }

  get isNearStart() {
    const {scrollHeight, clientHeight, scrollTop} = this.#scroller;
    return scrollHeight - clientHeight + scrollTop < NEAR_EDGE_PX;
  }

  scrollToEnd() {
    this.#scroller.scrollTop = 0;
  }

  scrollToStart() {
    this.#scroller.scrollTop = -this.#scroller.scrollHeight;
  }

  /** Calls a function that changes the list, and restores the position afterwards. @param {() => void} change */
  preserve(change) {
    if (this.isAtEnd) {
      change();
      this.scrollToEnd();
      return;
    }
    const anchor = this.firstVisible();
    const topBefore = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - topBefore;
  }

  /** Calls a function that changes an item, whose upper edge stays where it is. @param {Element} item @param {() => void} change */
  keepInPlace(item, change) {
    const topBefore = item.getBoundingClientRect().top;
    change();
    this.#scroller.scrollTop += item.getBoundingClientRect().top - topBefore;
  }

  /** The first item that is at least partly below the upper edge. */
  firstVisible() {
    const {top} = this.#scroller.getBoundingClientRect();
    const items = this.#list.children;
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (items[middle].getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    return items[low];
  }
}
