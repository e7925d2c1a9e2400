/**
 * The list of messages as elements. One function renders every change: new messages, older pages, a filled gap, a
 * clear, a reset. The element of a message stays the same from the moment it is sent, so nothing flickers when the
 * server confirms it.
 */

import {beginsDay, isContinued, parseTimestamp} from "../model/time.js";
import {find} from "./dom.js";
import {createItem, fillPending, fillStored, hydrateItem, readItem, setPlace, setState} from "./message_view.js";

/**
 * @typedef {object} Row
 * @property {Wire.MessageEvent | string} key the stored message itself, or the client id of an entry of the outbox
 * @property {import("../model/time.js").Heading} heading
 * @property {HTMLElement} item
 */

export class MessageListView {
  #list = find("#message-list", HTMLElement);
  /**
   * By key. An id is no key: after a reset the same id belongs to another message.
   * @type {Map<Row["key"], HTMLElement>}
   */
  #items = new Map();

  /** Takes over the messages that the server rendered. @returns {Wire.MessageEvent[]} */
  hydrate() {
    const messages = [];
    for (const item of /** @type {Iterable<HTMLElement>} */ (this.#list.querySelectorAll(":scope > li"))) {
      const message = readItem(item);
      hydrateItem(item, message);
      this.#items.set(message, item);
      messages.push(message);
    }
    return messages;
  }

  /**
   * @param {Wire.MessageEvent[]} messages
   * @param {OutboxEntry[]} entries
   * @param {Wire.Member} you
   * @param {number | null} unreadAfterId messages with a greater id are unread; null when none are
   */
  render(messages, entries, you, unreadAfterId) {
    const rows = [
      ...messages.map((message) => this.#storedRow(message, you)),
      ...entries.map((entry) => this.#pendingRow(entry, you)),
    ];
    this.#placeItems(rows);
    const firstUnread = messages.find(({id}) => unreadAfterId !== null && id > unreadAfterId);
    this.#showHeadings(rows, firstUnread);
  }

  /**
   * Renders without announcing the new elements: a screen reader must not read out a page of older messages.
   * @param {() => void} render
   */
  renderSilently(render) {
    const log = this.#list.closest("[role=log]");
    log?.setAttribute("aria-live", "off");
    render();
    requestAnimationFrame(() => log?.setAttribute("aria-live", "polite"));
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} you @returns {Row} */
  #storedRow(message, you) {
    const item = this.#items.get(message) ?? this.#createStored(message, you);
    return {key: message, heading: message, item};
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} you */
  #createStored(message, you) {
    // Every client sees the client_id. Only with our own author id does it identify an element of our outbox.
    const sent = message.author === you.author && this.#items.get(message.client_id ?? "");
    const item = sent || createItem();
    fillStored(item, message);
    return item;
  }

  /** @param {OutboxEntry} entry @param {Wire.Member} you @returns {Row} */
  #pendingRow(entry, you) {
    let item = this.#items.get(entry.clientId);
    if (!item) {
      item = createItem();
      fillPending(item, entry, you);
    }
    setState(item, entry.problem ? "failed" : "pending", entry.problem);
    return {key: entry.clientId, heading: {...you, timestamp: entry.timestamp}, item};
  }

  /** Removes, inserts and moves elements, and leaves those that are in place. @param {Row[]} rows */
  #placeItems(rows) {
    const kept = new Set(rows.map(({item}) => item));
    for (const item of this.#items.values()) if (!kept.has(item)) item.remove();
    this.#items = new Map(rows.map(({key, item}) => [key, item]));
    let next = this.#list.firstElementChild;
    for (const {item} of rows) {
      if (item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(item, next);
    }
  }

  /** @param {Row[]} rows @param {Wire.MessageEvent | undefined} firstUnread */
  #showHeadings(rows, firstUnread) {
    rows.forEach(({key, heading, item}, index) => {
      const above = rows[index - 1]?.heading;
      const isFirstUnread = key === firstUnread;
      item.toggleAttribute("data-unread", isFirstUnread);
      const day = beginsDay(above, heading) ? parseTimestamp(heading.timestamp) : null;
      setPlace(item, {isContinued: !isFirstUnread && isContinued(above, heading), day});
    });
  }
}
