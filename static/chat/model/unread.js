/**
 * What came while nobody looked: a number in the tab's title, and the id above which everything is new.
 */

export class Unread {
  #title = document.title;
  #count = 0;
  /** @type {number | null} */
  #from = null;

  /** The id above which nothing was read yet, or null. */
  get from() {
    return this.#from;
  }

  /** @param {number} id */
  arrived(id) {
    if (!document.hidden) return;
    this.#from ??= id - 1;
    this.#count++;
    this.#show();
  }

  /** The line above the first new message stays while one reads; it goes when one leaves. */
  visibilityChanged() {
    if (document.hidden) this.#from = null;
    this.#count = 0;
    this.#show();
  }

  /** Whoever answers has read. */
  answered() {
    this.#from = null;
  }

  #show() {
    document.title = this.#count ? `(${this.#count}) ${this.#title}` : this.#title;
  }
}
