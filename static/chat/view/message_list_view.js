/**
 * The list of messages on the page: brought into line with the timeline and the outbox, element by element.
 *
 * One function draws everything, whatever happened: arrivals, older pages, a filled gap, a clear, a reset. An element
 * stays the same from the moment its text was typed, so nothing flickers when the server confirms it.
 */

import {beginsDay, continues, momentOf} from "../model/time.js";
import {adoptMessage, createMessage, fillPending, fillStored, readMessage, setPlace, setState} from "./message_view.js";

/**
 * @typedef {object} Row
 * @property {Wire.MessageEvent | string} key the stored message itself, or the client id of one on its way
 * @property {{author: string, username: string, timestamp: string}} said
 * @property {HTMLElement} item
 */

export class TimelineView {
  #list;
  /** By key. Not by id: after a reset the same id is another message. @type {Map<Row["key"], HTMLElement>} */
  #items = new Map();

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** Takes over what the server's page shows. @returns {Wire.MessageEvent[]} */
  hydrate() {
    const messages = [];
    for (const item of /** @type {Iterable<HTMLElement>} */ (this.#list.querySelectorAll(":scope > li"))) {
      const message = readMessage(item);
      adoptMessage(item, message);
      this.#items.set(message, item);
      messages.push(message);
    }
    return messages;
  }

  /**
   * @param {Wire.MessageEvent[]} messages
   * @param {Unsent[]} entries what is on its way
   * @param {Wire.Member} you
   * @param {number | null} unreadFrom the id above which nothing was read yet
   */
  render(messages, entries, you, unreadFrom) {
    const rows = [
      ...messages.map((message) => this.#storedRow(message, you)),
      ...entries.map((entry) => this.#pendingRow(entry, you)),
    ];
    this.#arrange(rows);
    this.#mark(
      rows,
      messages.find(({id}) => unreadFrom !== null && id > unreadFrom),
    );
  }

  /** Older messages are not news: a screen reader should not read a page of them out. @param {() => void} render */
  quietly(render) {
    const log = this.#list.closest("[role=log]");
    log?.setAttribute("aria-live", "off");
    render();
    requestAnimationFrame(() => log?.setAttribute("aria-live", "polite"));
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} you @returns {Row} */
  #storedRow(message, you) {
    const item = this.#items.get(message) ?? this.#makeStored(message, you);
    return {key: message, said: message, item};
  }

  /** @param {Wire.MessageEvent} message @param {Wire.Member} you */
  #makeStored(message, you) {
    // Everybody sees the client_id, so only with our own author it names our own element.
    const own = message.author === you.author && this.#items.get(message.client_id ?? "");
    const item = own || createMessage();
    fillStored(item, message);
    return item;
  }

  /** @param {Unsent} entry @param {Wire.Member} you @returns {Row} */
  #pendingRow(entry, you) {
    let item = this.#items.get(entry.clientId);
    if (!item) {
      item = createMessage();
      fillPending(item, entry, you);
    }
    setState(item, entry.problem ? "failed" : "pending", entry.problem);
    return {key: entry.clientId, said: {...you, timestamp: entry.timestamp}, item};
  }

  /** @param {Row[]} rows */
  #arrange(rows) {
    const wanted = new Set(rows.map(({item}) => item));
    for (const item of this.#items.values()) if (!wanted.has(item)) item.remove();
    this.#items = new Map(rows.map(({key, item}) => [key, item]));
    let next = this.#list.firstElementChild;
    for (const {item} of rows) {
      if (item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(item, next);
    }
  }

  /** @param {Row[]} rows @param {Wire.MessageEvent | undefined} firstUnread */
  #mark(rows, firstUnread) {
    rows.forEach(({key, said, item}, index) => {
      const above = rows[index - 1]?.said;
      const unread = key === firstUnread;
      item.toggleAttribute("data-unread", unread);
      const day = beginsDay(above, said) ? momentOf(said.timestamp) : null;
      setPlace(item, {continued: !unread && continues(above, said), day});
    });
  }
}
