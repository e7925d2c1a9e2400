/**
 * The rooms of the sidebar, with their numbers of unread messages: rooms with news first. Pure: storage and the clock
 * are passed in.
 */

import {unreadCount} from "./seen_counts.js";

/** @typedef {{room: string, name: string, url: string, isCurrent: boolean, unread: number, mentions: number}} RoomItem `room` is the slug, `mentions` are unread ones of the user */

const MAX_ROOMS = 1000; // of a server with more than a page of them, those that had news while the page was open
const LOWER_AFTER_MS = 10 * 1000; // an answer that is older than the last frame says less than was seen, for a moment

export class RoomList {
  #current;
  #seen;
  #urlOf;
  #mentions;
  /** By slug, in the order of the server. @type {Map<string, Wire.RoomNumbers>} */
  #rooms = new Map();
  /** Since when a room has had fewer messages than were seen. @type {Map<string, number>} */
  #fellAt = new Map();

  /**
   * @param {object} options
   * @param {() => Wire.RoomNumbers} options.current the room of this page, as this page knows it; always listed
   * @param {SeenCounts} options.seen
   * @param {(room: string) => string} options.urlOf
   * @param {{unreadIn(room: string): number}} options.mentions
   */
  constructor({current, seen, urlOf, mentions}) {
    this.#current = current;
    this.#seen = seen;
    this.#urlOf = urlOf;
    this.#mentions = mentions;
  }

  /**
   * Takes over the list of the server.
   * @param {Wire.RoomNumbers[]} rooms
   * @param {boolean} isComplete whether there are no others; otherwise rooms with news stay
   * @param {number} now milliseconds
   */
  replace(rooms, isComplete, now) {
    this.#seen.startWith(rooms.filter(({room}) => room !== this.#current().room));
    const kept = isComplete ? [] : [...this.#rooms.values()].filter((numbers) => this.#unreadOf(numbers) > 0);
    this.#rooms.clear();
    this.update([...rooms, ...kept.filter(({room}) => !rooms.some((listed) => listed.room === room))], now);
  }

  /** @param {Wire.RoomNumbers[]} rooms those that changed or are new @param {number} now milliseconds */
  update(rooms, now) {
    for (const numbers of rooms) {
      if (this.#rooms.has(numbers.room) || this.#rooms.size < MAX_ROOMS) this.#rooms.set(numbers.room, numbers);
    }
    for (const numbers of rooms) this.#lower(numbers, now);
  }

  /** Rooms with unread messages first. @returns {RoomItem[]} */
  get items() {
    const items = [...this.#listed()].map((numbers) => this.#item(numbers));
    return [...items.filter(({unread}) => unread > 0), ...items.filter(({unread}) => unread === 0)];
  }

  #listed() {
    const current = this.#current();
    return new Map(this.#rooms).set(current.room, current).values();
  }

  /** @param {Wire.RoomNumbers} numbers @returns {RoomItem} */
  #item(numbers) {
    const {room, name} = numbers;
    const isCurrent = room === this.#current().room;
    const unread = this.#unreadOf(numbers);
    const mentions = unread > 0 ? Math.min(this.#mentions.unreadIn(room), unread) : 0;
    return {room, name, url: this.#urlOf(room), isCurrent, unread, mentions};
  }

  /** @param {Wire.RoomNumbers} numbers */
  #unreadOf(numbers) {
    return unreadCount(numbers, this.#seen.get(numbers.room));
  }

  /**
   * The owner has put an older file back: what follows in it was not seen.
   * @param {Wire.RoomNumbers} numbers @param {number} now
   */
  #lower({room, messages}, now) {
    if (messages >= this.#seen.get(room)) {
      this.#fellAt.delete(room);
    } else if (now - (this.#fellAt.get(room) ?? now) >= LOWER_AFTER_MS) {
      this.#seen.set(room, messages);
    } else if (!this.#fellAt.has(room)) {
      this.#fellAt.set(room, now);
    }
  }
}

/** The unread messages of all rooms together. @param {RoomItem[]} items */
export function totalUnread(items) {
  return items.reduce((sum, {unread}) => sum + unread, 0);
}
