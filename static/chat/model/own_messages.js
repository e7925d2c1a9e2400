/**
 * The messages of the current user, stored or still in the outbox, as targets of an edit. One that waits is named by its
 * client id, also after it was stored. Pure.
 */

import {pendingMessages, shownMessages} from "./optimistic.js";

export class OwnMessages {
  #timeline;
  #outbox;
  #held;
  #currentUser;

  /**
   * @param {object} models
   * @param {Timeline} models.timeline
   * @param {{entries: OutboxEntry[]}} models.outbox
   * @param {{entries: OutboxEntry[]}} models.held deletes that can still be undone
   * @param {CurrentUser} models.currentUser
   */
  constructor({timeline, outbox, held, currentUser}) {
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#held = held;
    this.#currentUser = currentUser;
  }

  /** The newest one: of those that wait, or else as it will be. @returns {Editable | undefined} */
  get last() {
    const waiting = pendingMessages(this.#outbox.entries, this.#timeline.messages).filter(({problem}) => !problem);
    const last = waiting.at(-1);
    return last ? {id: last.clientId, text: last.message} : this.#lastStored;
  }

  /** Whether a message is in the room no longer, nor in the outbox. @param {Target} target */
  isGone(target) {
    const id = this.storedId(target);
    return typeof id === "number" ? this.#timeline.isGone(id) : !this.#isWaiting(id);
  }

  /** The id of a message, if it has one by now. @param {Target} target */
  storedId(target) {
    if (typeof target === "number" || this.#isWaiting(target)) return target;
    return this.#stored.find(({client_id}) => client_id === target)?.id ?? target;
  }

  get #lastStored() {
    const entries = [...this.#outbox.entries, ...this.#held.entries];
    const shown = shownMessages(this.#stored, entries, this.#currentUser.member);
    return shown.filter(({deletion}) => !deletion).at(-1);
  }

  get #stored() {
    return this.#timeline.messages.filter(({author}) => this.#currentUser.isAuthor(author));
  }

  /** @param {string} clientId */
  #isWaiting(clientId) {
    return this.#outbox.entries.some((entry) => entry.clientId === clientId);
  }
}
