/**
 * The messages that the page holds, in the order of their ids, and up to which id the events are known without a gap.
 * Pure: no DOM, no network, no clock.
 *
 *   lastId              every event up to this id was received; a new connection resumes after it
 *   newestReceivedId    the greatest id that this connection received; greater than lastId while events are missing
 *   gapsAllowedUntilId  a resumed connection skips events that were cleared: up to this id a missing id is no gap
 *
 * A gap closes when a new connection resumes in front of it. Until then messages behind it are shown, and amendments
 * wait: each of them needs those before it.
 */

import {amendMessages, revOf, withoutAnswered} from "./amendments.js";
import {OlderPages} from "./older_pages.js";

export class Timeline {
  /** @type {Wire.MessageEvent[]} */
  #messages = [];
  #lastId;
  #newestReceivedId;
  #gapsAllowedUntilId;
  #clearedUntilId = 0;
  #hasOldest;
  #isMine;
  #olderPages = new OlderPages();

  /**
   * @param {object} page the content of the HTML page
   * @param {Wire.MessageEvent[]} page.messages
   * @param {number} page.lastId
   * @param {boolean} page.hasOldest
   * @param {(author: string) => boolean} [page.isMine] whether an author is the current user
   */
  constructor({messages, lastId, hasOldest, isMine = () => false}) {
    this.#messages = [...messages];
    this.#lastId = this.#newestReceivedId = this.#gapsAllowedUntilId = lastId;
    this.#hasOldest = hasOldest;
    this.#isMine = isMine;
  }

  get messages() {
    return this.#messages;
  }

  get lastId() {
    return this.#lastId;
  }

  /** Whether the room has no message that is older than those in `messages`. */
  get hasOldest() {
    return this.#hasOldest;
  }

  /** Whether events are missing that only a new connection brings. */
  get hasGap() {
    return this.#lastId < this.#newestReceivedId;
  }

  /** The id before which older pages are requested. */
  get oldestId() {
    return this.#messages[0]?.id ?? this.#lastId + 1;
  }

  /** The message with this id, if it is held. @param {number} id @returns {Wire.MessageEvent | undefined} */
  find(id) {
    const message = this.#messages[indexOfId(this.#messages, id)];
    return message?.id === id ? message : undefined;
  }

  /** Whether a message that was in the room is there no longer: it was deleted, or cleared. @param {number} id */
  isGone(id) {
    return !this.find(id) && id <= this.#lastId && (this.#hasOldest || id >= this.oldestId);
  }

  /**
   * A new connection resumes after lastId. The server first replays the events up to the room's last id.
   * @param {number} roomLastId
   */
  resume(roomLastId) {
    this.#newestReceivedId = this.#lastId;
    this.#gapsAllowedUntilId = Math.max(this.#lastId, roomLastId);
    this.#olderPages.cancel();
  }

  /**
   * Drops all messages, because the server cannot continue from lastId. The newest page follows.
   * @param {number} lastId of the room
   */
  reset(lastId) {
    this.#messages = [];
    this.#clearedUntilId = 0;
    this.#hasOldest = false;
    this.#lastId = this.#newestReceivedId = this.#gapsAllowedUntilId = lastId;
    this.#olderPages.ignore();
  }

  /**
   * Applies a live or replayed event. A frame that is not stored changes nothing.
   * @param {Wire.StoredEvent | Wire.UnknownFrame} event
   * @returns {boolean} whether the event is a message that was not held before
   */
  receive(event) {
    if (event.id === undefined || event.id <= this.#lastId) return false;
    this.#advance(event.id);
    const isBehindGap = event.id > this.#lastId;
    if (isBehindGap && event.type !== "message") return false;
    return this.#apply(event);
  }

  /** The next older page is requested. @returns {number} before which id */
  startOlderRequest() {
    this.#olderPages.requested(this.oldestId);
    return this.oldestId;
  }

  /** A page that was not requested, or before a reset, is ignored. @param {Wire.HistoryFrame} page */
  receivePage({events, before, after, complete}) {
    const isNewest = typeof before !== "number" && typeof after !== "number"; // it follows a reset
    const amendments = isNewest ? [] : this.#olderPages.take(before);
    if (!amendments) return;
    this.#insertPage(events, amendments);
    this.#hasOldest = complete;
  }

  /** Drops the oldest messages above this number. Older pages can bring them back. @param {number} count */
  trim(count) {
    if (this.#messages.length <= count) return;
    this.#messages.splice(0, this.#messages.length - count);
    this.#hasOldest = false;
    this.#olderPages.ignore();
  }

  /** @param {number} id greater than lastId */
  #advance(id) {
    const isReplayed = id <= this.#gapsAllowedUntilId;
    const isReplayEnded = !isReplayed && this.#lastId < this.#gapsAllowedUntilId;
    this.#newestReceivedId = Math.max(this.#newestReceivedId, id);
    if (isReplayEnded) this.#lastId = this.#gapsAllowedUntilId; // what the replay left out was cleared
    if (isReplayed || id === this.#lastId + 1) this.#lastId = id;
  }

  /** The type checker requires a case for each stored type. @param {Wire.StoredEvent | Wire.UnknownFrame} event */
  #apply(event) {
    switch (event.type) {
      case "message":
        return this.#insert(event);
      case "edit":
      case "delete":
      case "reaction":
        this.#amend(event);
        return false;
      case "clear":
        this.#clear(event.target);
        return false;
      case "topic": // model/room_title.js
      case "room_name":
      case "unknown":
        return false;
      default:
        return /** @satisfies {never} */ (event);
    }
  }

  /** Of the same message in two states the later one stays. @param {Wire.MessageEvent} message */
  #insert(message) {
    if (message.id <= this.#clearedUntilId) return false;
    const index = indexOfId(this.#messages, message.id);
    const held = this.find(message.id);
    if (held && revOf(held) >= revOf(message)) return false;
    this.#messages.splice(index, held ? 1 : 0, this.#withoutCleared(message));
    return !held;
  }

  /** @param {Wire.Amendment} amendment */
  #amend(amendment) {
    this.#messages = amendMessages(this.#messages, amendment, this.#isMine(amendment.author));
    this.#olderPages.remember(amendment);
  }

  /** @param {number} target */
  #clear(target) {
    if (target >= this.oldestId - 1) this.#hasOldest = true;
    this.#clearedUntilId = Math.max(this.#clearedUntilId, target);
    const kept = this.#messages.filter(({id}) => id > target);
    this.#messages = kept.map((message) => this.#withoutCleared(message));
  }

  /** @param {Wire.MessageEvent} message */
  #withoutCleared(message) {
    return message.reply && message.reply.id <= this.#clearedUntilId ? withoutAnswered(message) : message;
  }

  /**
   * @param {Wire.HistoryFrame["events"]} events of a page
   * @param {Wire.Amendment[]} amendments that came since it was requested
   */
  #insertPage(events, amendments) {
    let messages = events.filter((event) => event.type === "message");
    for (const each of amendments) messages = amendMessages(messages, each, this.#isMine(each.author));
    for (const message of messages) this.#insert(message);
  }
}

/**
 * The index of the first message with this id or a greater one.
 * @param {readonly {id: number}[]} messages in the order of their ids @param {number} id
 */
export function indexOfId(messages, id) {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (messages[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
