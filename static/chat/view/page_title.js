/**
 * The title of the page, with the number of unread messages in front.
 */

export class PageTitle {
  #base = document.title;

  /** @param {number} count */
  showUnread(count) {
    document.title = count > 0 ? `(${count}) ${this.#base}` : this.#base;
  }
}
