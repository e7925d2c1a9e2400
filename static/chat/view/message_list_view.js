/**
 * The list of messages as elements. One function renders every change: new messages, older pages, a filled gap, a
 * clear, a reset. The element of a message stays the same from the moment it is sent, so nothing flickers when the
 * server confirms it.
 */

import {beginsDay, isContinued, parseTimestamp} from "../model/time.js";
import {gettext} from "../model/translate.js";
import {find} from "./dom.js";
import {createItem, fillPending, fillStored, hydrateItem, readItem, setHeadings} from "./message_view.js";

/**
 * @typedef {object} Row
 * @property {number | string} key the id of a stored message, or the client id of one in the outbox
 * @property {import("../model/time.js").Heading} heading
 * @property {HTMLElement} item
 */

export class MessageListView {
  #list = find("#message-list", HTMLElement);
  /** @type {Map<Row["key"], HTMLElement>} */
  #items = new Map();
  /** What an item shows. After a reset the same id belongs to another message. @type {WeakMap<HTMLElement, ShownMessage>} */
  #stored = new WeakMap();
  /** @type {WeakMap<HTMLElement, string>} */
  #pending = new WeakMap();

  /**
   * Takes over the messages that the server rendered.
   * @param {string} [username] of the current user; without one, nothing can be done with the messages
   * @returns {Wire.MessageEvent[]}
   */
  hydrate(username) {
    const messages = [];
    for (const item of /** @type {Iterable<HTMLElement>} */ (this.#list.querySelectorAll(":scope > li"))) {
      const message = readItem(item);
      hydrateItem(item, message, username);
      this.#items.set(message.id, item);
      this.#stored.set(item, message);
      messages.push(message);
    }
    return messages;
  }

  /**
   * @param {{above: Wire.MessageEvent | undefined, messages: ShownMessage[], entries: PendingMessage[]}} shown `above`
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
    return this.#stored.get(item);
  }

  /** The message of an item that waits, or failed. @param {HTMLElement} item @returns {PendingMessage | undefined} */
  waitingOf(item) {
    return this.#stored.has(item) ? undefined : JSON.parse(this.#pending.get(item) ?? "[]")[0];
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

  /** @param {ShownMessage} message @param {Wire.Member} currentUser @returns {Row} */
  #storedRow(message, currentUser) {
    const item = this.#items.get(message.id) ?? this.#pendingItem(message, currentUser) ?? createItem();
    const before = this.#stored.get(item);
    if (before !== message) fillStored(item, message, before, currentUser.username);
    this.#stored.set(item, message);
    return {key: message.id, heading: message, item};
  }

  /** Every client sees the client_id. It identifies a pending element only if the author is the current user. @param {Wire.MessageEvent} message @param {Wire.Member} currentUser */
  #pendingItem({author, client_id}, currentUser) {
    return author === currentUser.author ? this.#items.get(client_id ?? "") : undefined;
  }

  /** @param {PendingMessage} message @param {Wire.Member} currentUser @returns {Row} */
  #pendingRow(message, currentUser) {
    const item = this.#items.get(message.clientId) ?? createItem();
    const key = JSON.stringify([message, currentUser]);
    if (this.#pending.get(item) !== key) fillPending(item, message, currentUser);
    this.#pending.set(item, key);
    return {key: message.clientId, heading: {...currentUser, ...message}, item};
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
      const isFirstUnread = key === firstUnread?.id;
      if (isFirstUnread)
        item.dataset.unread = gettext("New"); // the style sheet writes it on the line
      else delete item.dataset.unread;
      const day = beginsDay(above, heading) ? parseTimestamp(heading.timestamp) : null;
      setHeadings(item, {isContinued: !isFirstUnread && isContinued(above, heading), day});
    });
  }
}
