/**
 * Marks the mentions of the user in the messages of others, however the messages come into the list.
 */

import {isSameName} from "../model/mentions.js";

export class MentionMarks {
  #list;
  #currentUser;

  /** @param {HTMLElement} list of messages @param {CurrentUser} currentUser */
  constructor(list, currentUser) {
    this.#list = list;
    this.#currentUser = currentUser;
    new MutationObserver((changes) => this.#changed(changes)).observe(list, {childList: true, subtree: true});
    this.update();
  }

  /** Call it when the user has another name. */
  update() {
    this.#mark(this.#list);
  }

  /** @param {MutationRecord[]} changes */
  #changed(changes) {
    for (const {addedNodes} of changes) {
      for (const node of addedNodes) if (node instanceof Element) this.#mark(node);
    }
  }

  /** @param {Element} root */
  #mark(root) {
    const found = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".mention"));
    for (const mention of found) mention.toggleAttribute("data-me", this.#isOfUser(mention));
  }

  /** @param {HTMLElement} mention */
  #isOfUser(mention) {
    const {author = ""} = /** @type {HTMLElement | null} */ (mention.closest("[data-author]"))?.dataset ?? {};
    const {username} = this.#currentUser.member;
    return isSameName(mention.dataset.username ?? "", username) && !this.#currentUser.isAuthor(author);
  }
}
