/**
 * The commands of the current user that are not yet known to be stored, in order: messages, and what is done to
 * messages. Pure: storage and the clock are passed in.
 *
 * They are kept in a record of the browser. When the page is closed before they are stored, the next page of the room
 * takes them over.
 *
 * At most one command is in flight. If the server refuses it temporarily, the next one must not overtake it. A command
 * may be sent again safely: the server stores a client_id of an author only once.
 *
 * The ids in a command are of one epoch of the room. In another history they name other messages: then what was to be
 * done to them is not sent.
 *
 * A command may amend a message that is in the outbox itself. If that message was never sent, the message in the outbox
 * is changed or removed; otherwise the command waits behind it until the message has an id.
 */

import {isOpposite, isReplaced} from "./commands.js";
import {inEpoch, readEntries, withTarget, withTargets} from "./outbox_entries.js";
import {gettext} from "./translate.js";

const ACK_TIMEOUT_MS = 10 * 1000; // without an answer the message is sent again
// In a row, on one connection: a disk can take a minute to sync, and the message is stored all the same.
const MAX_UNANSWERED_SENDS = 12;

export class Outbox {
  #records;
  #epoch;
  /** @type {OutboxEntry[]} */
  #entries;
  /** @type {{clientId: string, sentAt: number} | null} */
  #inFlight = null;
  #pausedUntil = 0;
  #unansweredSends = 0;

  /** @type {number | null} */
  #unansweredSince = null;

  /** @param {OutboxRecords} records of this page and of closed pages of the room @param {string} epoch of the room */
  constructor(records, epoch) {
    this.#records = records;
    this.#epoch = epoch;
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

  /** How many messages were sent and are not answered yet. */
  get sentCount() {
    return this.#entries.filter(({clientId, command}) => command.type === "message" && this.#isInFlight(clientId))
      .length;
  }

  /** @param {Command} command @param {string} clientId @param {number} now milliseconds, as everywhere here */
  add(command, clientId, now) {
    const entry = {clientId, command, timestamp: new Date(now).toISOString(), problem: "", epoch: this.#epoch};
    this.#entries = this.#amendUnsent(command) ?? this.#queue(entry);
    this.#save();
  }

  /** The history of the room is that of this epoch. @param {string} epoch */
  enter(epoch) {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#entries = this.#entries.flatMap((entry) => inEpoch(entry, epoch) ?? []);
    this.#save();
  }

  /**
   * Takes the commands over that closed pages could not send.
   * @param {number} graceMs how long ago they must have been closed
   * @returns {boolean} whether there were any
   */
  takeOver(graceMs) {
    const found = this.#records.takeAll(graceMs).flatMap(readEntries);
    const known = new Set(this.#entries.map(({clientId}) => clientId));
    const others = found.flatMap((entry) => (known.has(entry.clientId) ? [] : (inEpoch(entry, this.#epoch) ?? [])));
    this.#entries = withTargets([...this.#entries, ...others]);
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
    if (!entry.sent) this.#change(entry.clientId, {sent: true});
    return entry;
  }

  /** The number of commands that are still to be sent: those that did not fail. */
  get waitingCount() {
    return this.#entries.filter(({problem}) => !problem).length;
  }

  /** When to call expire() and startNextSend() again; null when there is nothing to wait for. */
  get wakeAt() {
    if (this.#inFlight) return this.#inFlight.sentAt + ACK_TIMEOUT_MS;
    return this.waitingCount > 0 ? this.#pausedUntil : null;
  }

  /** The connection is closed: the command in flight must be sent again. */
  disconnected() {
    this.#inFlight = null;
    this.#unansweredSince = null;
    this.#unansweredSends = 0;
  }

  /**
   * The command is stored. Commands that amend the message that it made get its id.
   * @param {string} clientId
   * @param {number} messageId
   * @returns {boolean} whether it was in the outbox
   */
  acknowledge(clientId, messageId) {
    this.#endSend(clientId);
    this.#entries = this.#entries.map((entry) => withTarget(entry, clientId, messageId, this.#epoch));
    return this.#remove(clientId) !== undefined;
  }

  /**
   * The command is not sent again: the server refused it permanently, or never answered.
   * @param {string} clientId
   * @param {string} problem a sentence for the user
   */
  fail(clientId, problem) {
    this.#endSend(clientId);
    const waiting = this.#entries.filter(({command}) => "id" in command && command.id === clientId);
    this.#entries = this.#entries.filter((entry) => !waiting.includes(entry));
    this.#change(clientId, {problem});
    for (const {command} of waiting) this.#entries = this.#amendUnsent(command) ?? this.#entries;
    this.#save();
  }

  /**
   * The server refused the command temporarily. Nothing is sent before `until`.
   * @param {string} clientId
   * @param {number} until
   */
  postpone(clientId, until) {
    this.#endSend(clientId);
    this.#pausedUntil = until;
  }

  /** Removes the entry and returns its text, "" without one. @param {string} clientId */
  withdraw(clientId) {
    this.#endSend(clientId);
    const command = this.#remove(clientId)?.command;
    return command && "message" in command ? command.message : "";
  }

  /** Whether nothing is lost if the message of a command is gone: it is a delete or a reaction. @param {string} clientId */
  isMoot(clientId) {
    const type = this.#entries.find((entry) => entry.clientId === clientId)?.command.type;
    return type === "delete" || type === "react";
  }

  /** Whether the answer to the command in flight should have come. @param {number} now */
  isOverdue(now) {
    return this.#inFlight !== null && now >= this.#inFlight.sentAt + ACK_TIMEOUT_MS;
  }

  /**
   * Stops waiting for an answer that is overdue. After too many of them the command fails.
   * @param {number} now
   * @returns {string} why it failed; "" if it did not
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

  /**
   * The entries after a command that amends a message among them that was never sent, or failed.
   * @param {Command} command @returns {OutboxEntry[] | null} null if it amends no such message
   */
  #amendUnsent(command) {
    const amended = this.#entries.find((entry) => "id" in command && entry.clientId === command.id);
    if (!amended || (amended.sent && !amended.problem)) return null;
    if (command.type === "delete") return this.#entries.filter((entry) => entry !== amended);
    if (command.type !== "edit") return null;
    const {message} = command;
    const edited = /** @type {OutboxEntry} */ ({...amended, command: {...amended.command, message}});
    return this.#entries.map((entry) => (entry === amended ? edited : entry));
  }

  /**
   * The entries with another one at the end. Those that it makes needless are left out, and it too if it takes back
   * what was not sent.
   * @param {OutboxEntry} added
   */
  #queue(added) {
    const isNeedless = (/** @type {OutboxEntry} */ {command, sent, problem}) =>
      (!sent || problem !== "") && isReplaced(command, added.command);
    const isTakenBack = this.#entries.some(
      (entry) => isNeedless(entry) && !entry.problem && isOpposite(entry.command, added.command),
    );
    const kept = this.#entries.filter((entry) => !isNeedless(entry));
    return isTakenBack ? kept : [...kept, added];
  }

  /** @param {string} clientId */
  #isInFlight(clientId) {
    return this.#inFlight?.clientId === clientId;
  }

  /** If the command is in flight, its send is over. @param {string} clientId */
  #endSend(clientId) {
    if (!this.#isInFlight(clientId)) return;
    this.#inFlight = null;
    this.#unansweredSince = null;
    this.#unansweredSends = 0;
  }

  /** @param {string} clientId @param {Partial<OutboxEntry>} fields */
  #change(clientId, fields) {
    this.#entries = this.#entries.map((entry) => (entry.clientId === clientId ? {...entry, ...fields} : entry));
    this.#save();
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
