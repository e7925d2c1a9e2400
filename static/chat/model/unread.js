/**
 * The messages that arrived while the page was hidden: their number, and the id after which they begin. Pure: whether
 * the page is hidden is passed in.
 */

export class Unread {
  #onCountChange;
  #count = 0;
  /** @type {number | null} */
  #afterId = null;

  /** @param {(count: number) => void} onCountChange */
  constructor(onCountChange) {
    this.#onCountChange = onCountChange;
  }

  /** Messages with a greater id are unread; null if there are none. */
  get afterId() {
    return this.#afterId;
  }

  /** @param {number} id @param {boolean} hidden */
  messageArrived(id, hidden) {
    if (!hidden) return;
    this.#afterId ??= id - 1;
    this.#setCount(this.#count + 1);
  }

  /**
   * The count is reset when the page is shown. The mark above the first unread message stays until the page is hidden
   * again, so that the user can find it.
   * @param {boolean} hidden
   */
  visibilityChanged(hidden) {
    if (hidden) this.#afterId = null;
    this.#setCount(0);
  }

  /** A user who sends a message has read the others. */
  messageSent() {
    this.#afterId = null;
  }

  /** @param {number} count */
  #setCount(count) {
    this.#count = count;
    this.#onCountChange(count);
  }
}
