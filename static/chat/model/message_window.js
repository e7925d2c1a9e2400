/**
 * The part of the timeline that is on the page: about a dozen screens around the reader. The browser's work for a frame
 * depends on the number of elements; the timeline may hold thousands of messages. Pure.
 *
 * The window follows the end of the timeline until the reader is far above it. Its edges are ids, not places: messages
 * may be added before, between and after, and be removed.
 */

import {indexOfId} from "./timeline.js";

const STEP = 50; // messages that are added at once where the reader comes near an edge
const MAX_MESSAGES = 300;
const MAX_MESSAGES_AT_END = 200; // past it STEP are removed at once, not one with each new message

export class MessageWindow {
  #firstId = 0; // the window begins at the first message with this id or a greater one
  /** @type {number | null} */
  #lastId = null; // null: it follows the end

  /**
   * The message above the window, if the timeline has one.
   * @param {Wire.MessageEvent[]} messages
   * @returns {Wire.MessageEvent | undefined}
   */
  above(messages) {
    return messages[this.#edges(messages)[0] - 1];
  }

  /** Whether the newest message is on the page. */
  get followsEnd() {
    return this.#lastId === null;
  }

  /**
   * The messages on the page.
   * @param {Wire.MessageEvent[]} messages of the timeline
   * @param {boolean} isAtEnd whether the reader sees the newest message, if it is on the page
   */
  slice(messages, isAtEnd) {
    let [start, end] = this.#edges(messages);
    if (!this.followsEnd) return this.#setEdges(messages, start, end);
    if (isAtEnd && end - start > MAX_MESSAGES_AT_END) start = end - MAX_MESSAGES_AT_END + STEP;
    end = Math.min(end, start + MAX_MESSAGES);
    return this.#setEdges(messages, start, end);
  }

  /** The reader is near the upper edge. @param {Wire.MessageEvent[]} messages */
  extendUp(messages) {
    const [start, end] = this.#edges(messages);
    const newStart = Math.max(0, start - STEP);
    this.#setEdges(messages, newStart, Math.min(end, newStart + MAX_MESSAGES));
  }

  /** The reader is near the lower edge. @param {Wire.MessageEvent[]} messages */
  extendDown(messages) {
    const [start, end] = this.#edges(messages);
    const newEnd = Math.min(messages.length, end + STEP);
    this.#setEdges(messages, Math.max(start, newEnd - MAX_MESSAGES), newEnd);
  }

  /** The reader goes to the newest message. @param {Wire.MessageEvent[]} messages */
  showEnd(messages) {
    if (!this.followsEnd) this.#setEdges(messages, Math.max(0, messages.length - STEP), messages.length);
  }

  /** The reader goes to a message. @param {Wire.MessageEvent[]} messages @param {number} id */
  showAround(messages, id) {
    const [start, end] = this.#edges(messages);
    const index = indexOfId(messages, id);
    if (index >= start && index < end) return;
    this.#setEdges(messages, Math.max(0, index - STEP), Math.min(messages.length, index + STEP));
  }

  /** @param {Wire.MessageEvent[]} messages @returns {[start: number, end: number]} */
  #edges(messages) {
    const start = indexOfId(messages, this.#firstId);
    const end = this.#lastId === null ? messages.length : indexOfId(messages, this.#lastId + 1);
    // Everything in the window was removed: the history was cleared or reset.
    return start === end && messages.length > 0 ? [Math.max(0, messages.length - STEP), messages.length] : [start, end];
  }

  /** @param {Wire.MessageEvent[]} messages @param {number} start @param {number} end */
  #setEdges(messages, start, end) {
    this.#firstId = messages[start]?.id ?? 0;
    this.#lastId = end < messages.length ? messages[end - 1].id : null;
    return messages.slice(start, end);
  }
}
