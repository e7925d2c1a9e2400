/**
 * The list of messages as elements. One function renders every change: new messages, older pages, a filled gap, a
 * clear, a reset. The element of a message stays the same from the moment it is sent, so nothing flickers when the
 * server confirms it.
 */

import {beginsDay, isContinued, parseTimestamp} from "../model/time.js";
import {gettext} from "../model/translate.js";
import {find} from "./dom.js";
import {createItem, fillPending, fillStored, hydrateItem, readItem, setHeadings, setState} from "./message_view.js";

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
   * @param {{above: Wire.MessageEvent | undefined, messages: Wire.MessageEvent[], entries: PendingMessage[]}} shown `above`
   *   is the message above the first one, which is not on the page
   * @param {Wire.Member} currentUser
   * @param {number | null} unreadAfterId messages with a greater id are unread; null if there are none
   */
  render({above, messages, entries}, currentUser, unreadAfterId) {
    const rows = [
      ...messages.map((message) => this.#storedRow(message, currentUser)),
      ...entries.map((entry) => this.#pendingRow(entry, currentUser)),
    ];
    this.#placeItems(rows);
    const isUnread = ({id = 0} = {}) => unreadAfterId !== null && id > unreadAfterId;
    this.#showHeadings(rows, above, isUnread(above) ? undefined : messages.find(isUnread));
  }

  /** The stored message of an item; undefined for one that waits. @param {HTMLElement} item */
  messageOf(item) {
    for (const [key, other] of this.#items) if (other === item && typeof key !== "string") return key;
    return undefined;
  }

  /** Shows a message to the reader; false if it is not on the page. @param {number} id */
  highlight(id) {
    const item = this.#list.querySelector(`:scope > [data-id="${id}"]`);
    if (!(item instanceof HTMLElement)) return false;
    item.scrollIntoView({block: "center"});
    item.dataset.highlighted = "";
    item.addEventListener("animationend", () => delete item.dataset.highlighted, {once: true});
    return true;
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} currentUser @returns {Row} */
  #storedRow(message, currentUser) {
    const item = this.#items.get(message) ?? this.#createStored(message, currentUser);
    return {key: message, heading: message, item};
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} currentUser */
  #createStored(message, currentUser) {
    // Every client sees the client_id. It identifies a pending element only if the author is the current user.
    const pending = message.author === currentUser.author && this.#items.get(message.client_id ?? "");
    const item = pending || createItem();
    fillStored(item, message);
    return item;
  }

  /** @param {PendingMessage} entry @param {Wire.Member} currentUser @returns {Row} */
  #pendingRow(entry, currentUser) {
    let item = this.#items.get(entry.clientId);
    if (!item) {
      item = createItem();
      fillPending(item, entry, currentUser);
    }
    setState(item, entry.problem ? "failed" : "pending", entry.problem);
    return {key: entry.clientId, heading: {...currentUser, timestamp: entry.timestamp}, item};
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

  /** @param {Row[]} rows @param {Wire.MessageEvent | undefined} aboveAll @param {Wire.MessageEvent | undefined} firstUnread */
  #showHeadings(rows, aboveAll, firstUnread) {
    rows.forEach(({key, heading, item}, index) => {
      const above = rows[index - 1]?.heading ?? aboveAll;
      const isFirstUnread = key === firstUnread;
      if (isFirstUnread)
        item.dataset.unread = gettext("New"); // the style sheet writes it on the line
      else delete item.dataset.unread;
      const day = beginsDay(above, heading) ? parseTimestamp(heading.timestamp) : null;
      setHeadings(item, {isContinued: !isFirstUnread && isContinued(above, heading), day});
    });
  }
}
