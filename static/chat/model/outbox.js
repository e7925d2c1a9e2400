/**
 * The messages of the current user that are not yet known to be stored, in order. Pure: storage and the clock are
 * passed in.
 *
 * They are kept in a record of the browser. When the page is closed before they are stored, the next page of the room
 * takes them over.
 *
 * At most one message is in flight. If the server refuses it temporarily, the next message must not overtake it. A
 * message may be sent again safely: the server stores a client_id of an author only once.
 */

import {gettext} from "./translate.js";

const ACK_TIMEOUT_MS = 10 * 1000; // without an answer the message is sent again
// In a row, on one connection: a disk can take a minute to sync, and the message is stored all the same.
const MAX_UNANSWERED_SENDS = 12;

export class Outbox {
  #records;
  /** @type {OutboxEntry[]} */
  #entries;
  /** @type {{clientId: string, sentAt: number} | null} */
  #inFlight = null;
  #pausedUntil = 0;
  #unansweredSends = 0;

  /** @type {number | null} */
  #unansweredSince = null;

  /** @param {OutboxRecords} records of this page and of closed pages of the room */
  constructor(records) {
    this.#records = records;
    this.#entries = [];
    this.takeOver(0);
  }

  get entries() {
    return this.#entries;
  }

  /** When the message in flight was sent first; null if every message sent was answered, or the connection is closed. */
  get unansweredSince() {
    return this.#unansweredSince;
  }

  /** How many entries were sent and are not answered yet. */
  get sentCount() {
    return this.#inFlight ? 1 : 0;
  }

  /** @param {string} message @param {string} clientId @param {number} now milliseconds, as everywhere here */
  add(message, clientId, now) {
    const timestamp = new Date(now).toISOString();
    this.#entries = [...this.#entries, {clientId, message, timestamp, problem: ""}];
    this.#save();
  }

  /**
   * Takes the messages over that closed pages could not send.
   * @param {number} graceMs how long ago they must have been closed
   * @returns {boolean} whether there were any
   */
  takeOver(graceMs) {
    const found = this.#records.takeAll(graceMs).flatMap(readEntries);
    const known = new Set(this.#entries.map(({clientId}) => clientId));
    this.#entries = [...this.#entries, ...found.filter(({clientId}) => !known.has(clientId))];
    if (found.length > 0) this.#save();
    return found.length > 0;
  }

  /**
   * Puts the next entry in flight and returns it for sending; null if nothing may be sent now. The entry stays in the
   * outbox.
   * @param {number} now
   * @returns {OutboxEntry | null}
   */
  startNextSend(now) {
    if (this.#inFlight || now < this.#pausedUntil) return null;
    const entry = this.#entries.find(({problem}) => !problem);
    if (!entry) return null;
    this.#inFlight = {clientId: entry.clientId, sentAt: now};
    this.#unansweredSince ??= now;
    return entry;
  }

  /** The number of messages that are still to be sent: those that did not fail. */
  get waitingCount() {
    return this.#entries.filter(({problem}) => !problem).length;
  }

  /** When to call expire() and startNextSend() again; null when there is nothing to wait for. */
  get wakeAt() {
    if (this.#inFlight) return this.#inFlight.sentAt + ACK_TIMEOUT_MS;
    return this.waitingCount > 0 ? this.#pausedUntil : null;
  }

  /** The connection is closed: the message in flight must be sent again. */
  disconnected() {
    this.#inFlight = null;
    this.#unansweredSince = null;
    this.#unansweredSends = 0;
  }

  /** The message is stored. @param {string} clientId @returns {boolean} whether it was in the outbox */
  acknowledge(clientId) {
    this.#endSend(clientId);
    return this.#remove(clientId) !== undefined;
  }

  /**
   * The message is not sent again: the server refused it permanently, or never answered.
   * @param {string} clientId
   * @param {string} problem a sentence for the user
   */
  fail(clientId, problem) {
    this.#endSend(clientId);
    this.#entries = this.#entries.map((entry) => (entry.clientId === clientId ? {...entry, problem} : entry));
    this.#save();
  }

  /**
   * The server refused the message temporarily. Nothing is sent before `until`.
   * @param {string} clientId
   * @param {number} until
   */
  postpone(clientId, until) {
    this.#endSend(clientId);
    this.#pausedUntil = until;
  }

  /** Removes the entry and returns its text, "" without an entry. @param {string} clientId */
  withdraw(clientId) {
    return this.#remove(clientId)?.message ?? "";
  }

  /** Whether the answer to the message in flight should have come. @param {number} now */
  isOverdue(now) {
    return this.#inFlight !== null && now >= this.#inFlight.sentAt + ACK_TIMEOUT_MS;
  }

  /**
   * Stops waiting for an answer that is overdue. After too many of them the message fails.
   * @param {number} now
   * @returns {string} why the message failed; "" if none did
   */
  expire(now) {
    if (!this.#inFlight || !this.isOverdue(now)) return "";
    const {clientId} = this.#inFlight;
    this.#inFlight = null;
    this.#unansweredSends++;
    if (this.#unansweredSends < MAX_UNANSWERED_SENDS) return "";
    this.#unansweredSends = 0;
    this.#unansweredSince = null;
    const problem = gettext("The server did not answer.");
    this.fail(clientId, problem);
    return problem;
  }

  /** If the message is in flight, its send is over. @param {string} clientId */
  #endSend(clientId) {
    if (this.#inFlight?.clientId !== clientId) return;
    this.#inFlight = null;
    this.#unansweredSince = null;
    this.#unansweredSends = 0;
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
    this.#records.write(this.#entries.length > 0 ? this.#entries : null);
  }
}

/** The stored value may come from another version, or be edited. @param {unknown} value @returns {OutboxEntry[]} */
function readEntries(value) {
  return Array.isArray(value) ? value.filter(isEntry) : [];
}

/** @param {unknown} value @returns {value is OutboxEntry} */
function isEntry(value) {
  const entry = /** @type {Record<string, unknown>} */ (value ?? {});
  return ["clientId", "message", "timestamp", "problem"].every((name) => typeof entry[name] === "string");
}
