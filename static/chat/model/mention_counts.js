/**
 * The unread mentions of the user: in the room of the page, and in other rooms that this browser follows. Pure: storage
 * is passed in.
 *
 * Of the other rooms only those that notify are known: of all others the server is asked for numbers, not for messages.
 */

import {mentions} from "./mentions.js";

const MAX_COUNTED = 99; // in a room

export class MentionCounts {
  #storage;
  #seen;
  #current;
  #currentUser;

  /**
   * @param {object} options
   * @param {ValueStorage} options.storage of all tabs
   * @param {{get(room: string): number}} options.seen how many messages of a room were seen
   * @param {{room: string, unseen: () => Wire.MessageEvent[]}} options.current the room of the page
   * @param {CurrentUser} options.currentUser
   */
  constructor({storage, seen, current, currentUser}) {
    this.#storage = storage;
    this.#seen = seen;
    this.#current = current;
    this.#currentUser = currentUser;
  }

  /** @param {string} room slug */
  unreadIn(room) {
    return room === this.#current.room ? this.#countIn(this.#current.unseen()) : this.#unread(room).length;
  }

  /**
   * Counts those in new messages of another room.
   * @param {string} room slug
   * @param {Wire.MessageEvent[]} arrived
   * @param {number} messages that the room has with them: they are read when as many were seen
   */
  add(room, arrived, messages) {
    const count = this.#countIn(arrived);
    if (count === 0) return;
    const positions = [...this.#unread(room), ...Array(count).fill(messages)].slice(-MAX_COUNTED);
    this.#storage.write({...this.#stored, [room]: positions});
  }

  /** @param {Wire.MessageEvent[]} messages */
  #countIn(messages) {
    const {username} = this.#currentUser.member;
    const ofOthers = messages.filter(({author}) => !this.#currentUser.isAuthor(author));
    return ofOthers.filter(({html}) => mentions(html, username)).length;
  }

  /** @param {string} room @returns {number[]} */
  #unread(room) {
    const stored = this.#stored;
    const positions = Object.hasOwn(stored, room) ? stored[room] : [];
    return Array.isArray(positions) ? positions.filter((position) => position > this.#seen.get(room)) : [];
  }

  /** @returns {Record<string, unknown>} */
  get #stored() {
    const value = this.#storage.read();
    return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
  }
}
