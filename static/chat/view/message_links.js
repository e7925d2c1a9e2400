/**
 * Links to messages of this room, wherever they stand on the page: a click goes there without a page load, and "back"
 * goes back. A message that the page cannot reach has a page of its own, where the link leads anyway.
 */

import {indexOfId} from "../model/timeline.js";

const MAX_EVENTS_BACK = 5000; // which the page loads, to get to a message

export class MessageLinks {
  #address;
  #timeline;
  #currentUser;
  #reveal;

  /**
   * @param {object} options
   * @param {import("../model/message_address.js").MessageAddress} options.address
   * @param {Timeline} options.timeline
   * @param {CurrentUser} options.currentUser
   * @param {(id: number) => void} options.reveal
   */
  constructor({address, timeline, currentUser, reveal}) {
    this.#address = address;
    this.#timeline = timeline;
    this.#currentUser = currentUser;
    this.#reveal = reveal;
    document.addEventListener("click", (event) => this.#onClick(event));
    window.addEventListener("hashchange", () => this.follow());
  }

  /** Goes to the message that the address of the page names, if it names one. */
  follow() {
    const id = this.#address.idIn(location);
    if (id === null) return;
    const linked = document.querySelector("[data-linked]"); // the server has marked it, for pages without scripts
    for (const name of ["data-linked", "aria-current", "tabindex", "autofocus"]) linked?.removeAttribute(name);
    if (this.canReveal(id)) this.#reveal(id);
    else this.openPage(id);
  }

  /** The message is too far away, or gone: its own page shows what is around it. @param {number} id */
  openPage(id) {
    location.replace(`${this.#address.pathOf(id)}#message-${id}`);
  }

  /** Whether the page has a message, or loads it soon. @param {number} id */
  canReveal(id) {
    const {messages, hasOldest, oldestId} = this.#timeline;
    if (id >= oldestId) return messages[indexOfId(messages, id)]?.id === id;
    return !hasOldest && oldestId - id < MAX_EVENTS_BACK && Boolean(this.#currentUser.member.username);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const link = isPlain && event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || link.origin !== location.origin) return;
    const id = this.#address.idIn(link);
    if (id === null || !this.canReveal(id)) return;
    event.preventDefault();
    const hash = `#message-${id}`;
    if (location.hash === hash) this.#reveal(id);
    else location.hash = hash;
  }
}
