/**
 * Which messages of this room were not seen, and the line above the first of them. Pure: what is on the screen is
 * passed in.
 *
 * Everything up to one id counts as seen. The browser's storage has the number of messages up to there, in the count of
 * the server, which other rooms and other tabs need; an id would count clears too.
 *
 *   seenId       messages with a greater id are unseen; null while the page holds too few messages to know
 *   lineAfterId  the line stands above the first message with a greater id: where the unseen ones began, until others
 *                follow or the user writes
 */

import {unreadCount} from "./seen_counts.js";

const MAX_UNSEEN = 400; // of those that the page goes back to: with more of them it opens at the end

export class Unread {
  #timeline;
  #seen;
  #onChange;
  /** @type {Wire.RoomNumbers} */
  #numbers;
  /** @type {number | null} */
  #seenId = null;
  /** @type {number | null} */
  #lineAfterId = null;
  #isOutdated = false; // the numbers belong to a history that was replaced
  #isHeld = false; // marked as unread by the user: nothing is marked as seen until the page is left, or they write

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {SeenCounts} options.seen
   * @param {Wire.RoomNumbers} options.numbers of the room, as the server told them last
   * @param {() => void} options.onChange
   */
  constructor({timeline, seen, numbers, onChange}) {
    this.#timeline = timeline;
    this.#seen = seen;
    this.#numbers = numbers;
    this.#onChange = onChange;
    seen.enter(numbers);
    this.resolve();
  }

  /** Of the room, with every message that the page has received. */
  get numbers() {
    return this.#numbers;
  }

  /** The line stands above the first message with a greater id; null without a line. */
  get lineAfterId() {
    return this.#lineAfterId;
  }

  /** The first message below the line; null without one. */
  get lineId() {
    const after = this.#lineAfterId;
    if (after === null) return null;
    return this.#timeline.messages.find(({id}) => id > after)?.id ?? null;
  }

  /** Whether the first unseen message is known, or that there is none. */
  get isKnown() {
    return this.#seenId !== null;
  }

  /** Whether older messages have to be loaded before the first unseen one is known. */
  get needsOlder() {
    return this.#seenId === null && !this.#isOutdated && this.#numbers.last_id <= this.#timeline.lastId;
  }

  /** How many of the messages that the page holds are unseen. */
  get count() {
    return this.#seenId === null ? 0 : this.#heldAfter(this.#seenId);
  }

  /** Those messages. */
  get unseen() {
    const {messages} = this.#timeline;
    return messages.slice(messages.length - this.count);
  }

  /** Finds the last seen message by the number of unseen ones, if the page holds enough messages. */
  resolve() {
    this.#countReceived();
    const {messages, lastId, hasOldest} = this.#timeline;
    if (this.#seenId !== null || this.#numbers.last_id > lastId) return;
    const unseen = unreadCount(this.#numbers, this.#seen.get(this.#numbers.room));
    const first = messages.length - unseen;
    if (first >= 0 && unseen <= MAX_UNSEEN) this.#seenId = unseen === 0 ? lastId : messages[first].id - 1;
    else if (hasOldest || unseen > MAX_UNSEEN) this.#seenId = lastId;
    if (this.#seenId !== null && this.#seenId < lastId) this.#lineAfterId = this.#seenId;
  }

  /** What another tab has shown was seen. */
  storageChanged() {
    this.#followStored();
    this.#onChange(); // also for what was seen of other rooms
  }

  /** @param {number} id @param {boolean} isSeen it was written by the user, or appears before their eyes */
  messageArrived(id, isSeen) {
    const hadUnseen = this.count > 1; // without this one
    this.resolve();
    if (isSeen) this.markSeen(id);
    else if (!hadUnseen && this.#seenId !== null) this.#lineAfterId = id - 1;
    this.#onChange();
  }

  /** Messages up to this id were on the screen. @param {number} id */
  markSeen(id) {
    this.resolve();
    if (this.#seenId === null || this.#isHeld) return;
    this.#seenId = Math.max(this.#seenId, id);
    this.#store(0);
  }

  /** Messages were deleted. Those among them that were unseen are not to be read any more, in no tab. */
  messagesDeleted() {
    this.#store(0);
  }

  /** The user wants to read on at this message later. Called in each tab of the room. @param {number} id */
  markUnread(id) {
    this.resolve();
    if (this.#seenId === null) return;
    this.#isHeld = true;
    this.#seenId = this.#lineAfterId = id - 1;
    this.#storeCount(this.#numbers.messages - this.#heldAfter(this.#seenId));
  }

  /** Who writes has read the others. */
  messageSent() {
    this.#isHeld = false;
    this.#lineAfterId = null;
    this.#seenId = this.#timeline.lastId;
    this.#store(0);
  }

  /**
   * The page is left.
   * @param {number} sent messages of the user that were sent and did not arrive yet: they will have been seen
   */
  leave(sent) {
    if (this.count === 0) this.#store(sent);
  }

  /** The server begins anew, perhaps with another history: its numbers are still to come. */
  reset() {
    this.#isOutdated = true;
    this.#isHeld = false;
    this.#seenId = this.#lineAfterId = null;
  }

  /** What the server tells of this room. @param {Wire.RoomNumbers} numbers */
  update(numbers) {
    if (numbers.last_id < this.#numbers.last_id && !this.#isOutdated) return; // on its way while messages arrived
    this.#numbers = numbers;
    this.#isOutdated = false;
    this.resolve();
  }

  /** The room has another name. @param {string} name */
  renamed(name) {
    this.#numbers = {...this.#numbers, name};
    this.#onChange();
  }

  #followStored() {
    if (this.#seenId === null || this.#numbers.last_id > this.#timeline.lastId) return;
    const unseen = unreadCount(this.#numbers, this.#seen.get(this.#numbers.room));
    const last = this.#timeline.messages.at(-1 - unseen);
    if (!last || last.id <= this.#seenId) return;
    this.#seenId = last.id;
    this.#isHeld = false;
  }

  /** Adds the messages that were received since the server told its numbers. */
  #countReceived() {
    if (this.#isOutdated) return;
    const {last_id, messages} = this.#numbers;
    const received = this.#heldAfter(last_id);
    const newest = Math.max(last_id, this.#timeline.messages.at(-1)?.id ?? 0);
    if (received > 0) this.#numbers = {...this.#numbers, last_id: newest, messages: messages + received};
  }

  /** @param {number} sent that follow the newest message */
  #store(sent) {
    const {room, last_id, messages} = this.#numbers;
    // Numbers that include what is still to come say nothing about what was seen.
    if (this.#isOutdated || this.#seenId === null || last_id > this.#timeline.lastId) return;
    const count = messages - this.#heldAfter(this.#seenId) + sent;
    if (count > this.#seen.get(room)) this.#storeCount(count);
  }

  /** @param {number} count */
  #storeCount(count) {
    this.#seen.set(this.#numbers.room, count);
    this.#onChange();
  }

  /** @param {number} id */
  #heldAfter(id) {
    const {messages} = this.#timeline;
    let count = 0;
    while (count < messages.length && messages[messages.length - 1 - count].id > id) count++;
    return count;
  }
}
