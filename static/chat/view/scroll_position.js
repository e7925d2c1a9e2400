/**
 * Where the reader is in the log: kept at the end for who is there, untouched for who reads further up.
 *
 * The scroller is laid out from its end (flex-direction: column-reverse): scrollTop is 0 at the newest message and
 * negative above it. So the page opens at the end before any script runs, and stays there when the keyboard comes up.
 */

const NEAR_END = 100; // px
const NEAR_START = 800; // px

export class Scroll {
  #scroller;
  #list;
  #onMove;

  /** @param {HTMLElement} scroller @param {HTMLElement} list @param {() => void} onMove */
  constructor(scroller, list, onMove) {
    this.#scroller = scroller;
    this.#list = list;
    this.#onMove = onMove;
    scroller.addEventListener("scroll", () => this.#onMove(), {passive: true});
  }

  get atEnd() {
    return -this.#scroller.scrollTop < NEAR_END;
  }

  get nearStart() {
    const {scrollHeight, clientHeight, scrollTop} = this.#scroller;
    return scrollHeight - clientHeight + scrollTop < NEAR_START;
  }

  toEnd() {
    this.#scroller.scrollTop = 0;
  }

  /** Changes the list and leaves what is being read where it is. @param {() => void} change */
  keep(change) {
    if (this.atEnd) {
      change();
      this.toEnd();
      return;
    }
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #firstVisible() {
    const {top} = this.#scroller.getBoundingClientRect();
    return [...this.#list.children].find((item) => item.getBoundingClientRect().bottom > top);
  }
}
