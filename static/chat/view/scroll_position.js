/**
 * The scroll position of the message list: it stays at the end for a reader at the end, and stays on the same message
 * for a reader further up.
 *
 * The scroller is laid out from its end (flex-direction: column-reverse): scrollTop is 0 at the newest message and
 * negative above it. Therefore the page opens at the end before any script runs, and stays there when the on-screen
 * keyboard opens.
 */

const NEAR_END_PX = 100;
const NEAR_START_PX = 800;

export class ScrollPosition {
  #scroller;
  #list;

  /** @param {HTMLElement} scroller @param {HTMLElement} list @param {() => void} onScroll */
  constructor(scroller, list, onScroll) {
    this.#scroller = scroller;
    this.#list = list;
    scroller.addEventListener("scroll", () => onScroll(), {passive: true});
  }

  get isAtEnd() {
    return -this.#scroller.scrollTop < NEAR_END_PX;
  }

  get isNearStart() {
    const {scrollHeight, clientHeight, scrollTop} = this.#scroller;
    return scrollHeight - clientHeight + scrollTop < NEAR_START_PX;
  }

  scrollToEnd() {
    this.#scroller.scrollTop = 0;
  }

  /** Calls a function that changes the list, and restores the position afterwards. @param {() => void} change */
  preserve(change) {
    if (this.isAtEnd) {
      change();
      this.scrollToEnd();
      return;
    }
    const anchor = this.#firstVisible();
    const topBefore = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - topBefore;
  }

  #firstVisible() {
    const {top} = this.#scroller.getBoundingClientRect();
    return [...this.#list.children].find((item) => item.getBoundingClientRect().bottom > top);
  }
}
