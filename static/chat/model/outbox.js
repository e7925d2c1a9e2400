/**
 * What was written here and is not yet known to be stored, in order. Pure: storage and the clock are passed in.
 *
 * One message at a time is on its way: whatever the server refuses for now must not be overtaken by the next one.
 * A repeat is harmless, for the server stores a client_id of an author once.
 */

const ANSWER_TIME = 10 * 1000; // 10 s without an answer: say it again
const TRIES = 3; // unanswered, on a living connection

export class Outbox {
  #shelf;
  /** @type {Unsent[]} */
  #entries;
  /** @type {{clientId: string, since: number} | null} */
  #sent = null;
  #heldUntil = 0;
  #unanswered = 0;

  /** @param {ValueStorage} shelf where it outlives a reload */
  constructor(shelf) {
    this.#shelf = shelf;
    this.#entries = readEntries(shelf.read());
  }

  get entries() {
    return this.#entries;
  }

  /** @param {string} message @param {string} clientId @param {number} now */
  add(message, clientId, now) {
    const timestamp = new Date(now).toISOString();
    this.#entries = [...this.#entries, {clientId, message, timestamp, problem: ""}];
    this.#save();
  }

  /** The entry to send now, taken as sent; or null. @param {number} now @returns {Unsent | null} */
  next(now) {
    if (this.#sent || now < this.#heldUntil) return null;
    const entry = this.#entries.find(({problem}) => !problem);
    if (!entry) return null;
    this.#sent = {clientId: entry.clientId, since: now};
    return entry;
  }

  /** When next() or expire() should be asked again without any news; null when only news can change something. */
  get wakeAt() {
    if (this.#sent) return this.#sent.since + ANSWER_TIME;
    return this.#entries.some(({problem}) => !problem) ? this.#heldUntil : null;
  }

  /** The connection is gone: what was on its way has to be said again. */
  disconnected() {
    this.#sent = null;
    this.#unanswered = 0;
  }

  /** It is stored. Returns whether it was ours to wait for. @param {string} clientId */
  acknowledge(clientId) {
    this.#answered(clientId);
    return this.#remove(clientId) !== undefined;
  }

  /** Refused for good. @param {string} clientId @param {string} problem */
  fail(clientId, problem) {
    this.#answered(clientId);
    this.#entries = this.#entries.map((entry) => (entry.clientId === clientId ? {...entry, problem} : entry));
    this.#save();
  }

  /** Refused for now. @param {string} clientId @param {number} until */
  postpone(clientId, until) {
    this.#answered(clientId);
    this.#heldUntil = until;
  }

  /** Takes it back; the person decides what becomes of the words. @param {string} clientId */
  withdraw(clientId) {
    return this.#remove(clientId)?.message ?? "";
  }

  /** Gives up on an answer that did not come. @param {number} now */
  expire(now) {
    if (!this.#sent || now < this.#sent.since + ANSWER_TIME) return;
    const {clientId} = this.#sent;
    const tries = this.#unanswered + 1;
    if (tries >= TRIES) this.fail(clientId, "The server did not answer.");
    this.#sent = null;
    this.#unanswered = tries % TRIES;
  }

  /** @param {string} clientId */
  #answered(clientId) {
    if (this.#sent?.clientId !== clientId) return;
    this.#sent = null;
    this.#unanswered = 0;
  }

  /** @param {string} clientId */
  #remove(clientId) {
    const found = this.#entries.find((entry) => entry.clientId === clientId);
    if (!found) return undefined;
    this.#entries = this.#entries.filter((entry) => entry !== found);
    this.#save();
    return found;
  }

  #save() {
    this.#shelf.write(this.#entries);
  }
}

/** What a shelf holds may be from an older version, or edited. @param {unknown} value @returns {Unsent[]} */
function readEntries(value) {
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

/** @param {unknown} value @returns {value is Unsent} */
function isEntry(value) {
  const entry = /** @type {Record<string, unknown>} */ (value ?? {});
  return ["clientId", "message", "timestamp", "problem"].every((name) => typeof entry[name] === "string");
}
