/**
 * Records in the browser's storage, one for each open page of a room: its draft, or its unsent messages. When a page is
 * closed, another one takes its record over. Pure: storage and the clock are passed in.
 *
 * A page holds a lease on its record and renews it. A page that is closed gives the lease back; that of a page that was
 * killed runs out. Web Locks would do the same, but only on pages with HTTPS. A page that sleeps loses its lease and
 * does not notice: then two pages have the same record. That must be harmless, and is: the server stores a message that
 * two pages send only once.
 */

const LEASE_MS = 150 * 1000; // browsers let a page in the background renew it once a minute
export const RENEW_INTERVAL_MS = 20 * 1000;
const MAX_ABANDONED_MS = 30 * 24 * 60 * 60 * 1000; // what nobody took over is removed then

/** @typedef {{leaseUntil: number, value: unknown}} LeasedRecord `leaseUntil` in milliseconds of Date.now() */

export class LeasedRecords {
  #getArea;
  #prefix;
  #ownKey;
  #now;
  /** @type {unknown} */
  #value = null;

  /**
   * @param {object} options
   * @param {() => Storage} options.getArea a function, because the access to `window.localStorage` itself may throw
   * @param {string} options.name of the records of all pages
   * @param {string} options.pageId another one for each page, also for a copy of a tab
   * @param {() => number} options.now
   */
  constructor({getArea, name, pageId, now}) {
    this.#getArea = getArea;
    this.#prefix = `chatsite:${name}:`;
    this.#ownKey = this.#prefix + pageId;
    this.#now = now;
  }

  /** Replaces the record of this page; null removes it. @param {unknown} value */
  write(value) {
    this.#value = value;
    this.#store(this.#now() + LEASE_MS);
  }

  /** The page is still open. */
  renew() {
    if (this.#value !== null) this.#store(this.#now() + LEASE_MS);
  }

  /** The page is being closed: others may take the record over. */
  release() {
    if (this.#value !== null) this.#store(this.#now());
  }

  /**
   * Takes the records of closed pages over: removes and returns them, the one that was left last at the end.
   * @param {number} graceMs how long ago a page must have been closed. A page that is only reloaded comes back first
   */
  takeAll(graceMs) {
    return this.#abandoned(graceMs).map(([key, {value}]) => this.#remove(key, value));
  }

  /** Takes the record over that was left last; null if there is none. */
  takeNewest() {
    const newest = this.#abandoned(0).at(-1);
    return newest ? this.#remove(newest[0], newest[1].value) : null;
  }

  /** @param {number} graceMs @returns {[string, LeasedRecord][]} */
  #abandoned(graceMs) {
    const now = this.#now();
    const found = this.#others().filter(([, {leaseUntil}]) => leaseUntil + graceMs <= now);
    for (const [key, {leaseUntil}] of found) if (leaseUntil + MAX_ABANDONED_MS < now) this.#remove(key, null);
    return found
      .filter(([, {leaseUntil}]) => leaseUntil + MAX_ABANDONED_MS >= now)
      .sort(([, a], [, b]) => a.leaseUntil - b.leaseUntil);
  }

  /** The records of other pages. @returns {[string, LeasedRecord][]} */
  #others() {
    try {
      const area = this.#getArea();
      const keys = Array.from({length: area.length}, (_, index) => area.key(index) ?? "");
      return keys
        .filter((key) => key.startsWith(this.#prefix) && key !== this.#ownKey)
        .flatMap((key) => readRecord(key, area.getItem(key)));
    } catch {
      return []; // storage that may not be used has no records
    }
  }

  /** @param {number} leaseUntil */
  #store(leaseUntil) {
    try {
      const record = JSON.stringify({leaseUntil, value: this.#value});
      if (this.#value === null) this.#getArea().removeItem(this.#ownKey);
      else this.#getArea().setItem(this.#ownKey, record);
    } catch {
      // The page works without the record.
    }
  }

  /** @template T @param {string} key @param {T} value @returns {T} */
  #remove(key, value) {
    this.#getArea().removeItem(key);
    return value;
  }
}

/** The stored text may come from another version, or be edited. @param {string} key @param {string | null} text */
function readRecord(key, text) {
  try {
    const {leaseUntil, value} = JSON.parse(text ?? "null");
    return typeof leaseUntil === "number" ? [/** @type {[string, LeasedRecord]} */ ([key, {leaseUntil, value}])] : [];
  } catch {
    return [];
  }
}
