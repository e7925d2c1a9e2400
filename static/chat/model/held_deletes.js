/**
 * Deletes that can still be undone: each is held for five seconds before it goes to the outbox. Pure: the clock is passed
 * in.
 */

export const HOLD_MS = 5 * 1000;

/** @typedef {OutboxEntry & {command: {type: "delete", id: number}}} HeldDelete */

export class HeldDeletes {
  #submit;
  /** @type {readonly {entry: HeldDelete, until: number}[]} the oldest first */
  #held = [];

  /** @param {(command: Command, clientId: string) => void} submit gets a delete that was not undone */
  constructor(submit) {
    this.#submit = submit;
  }

  /** As entries of an outbox, for what the page shows. @returns {HeldDelete[]} */
  get entries() {
    return this.#held.map(({entry}) => entry);
  }

  /** When to call expire(); null when nothing is held. */
  get wakeAt() {
    return this.#held[0]?.until ?? null;
  }

  /** @param {number} id of a message @param {string} clientId of the command @param {number} now milliseconds */
  add(id, clientId, now) {
    if (this.#held.some(({entry}) => entry.command.id === id)) return;
    const command = {type: /** @type {const} */ ("delete"), id};
    const entry = {clientId, command, timestamp: new Date(now).toISOString(), problem: ""};
    this.#held = [...this.#held, {entry, until: now + HOLD_MS}];
  }

  /** @param {string} clientId @returns {boolean} whether it was still held */
  undo(clientId) {
    const count = this.#held.length;
    this.#held = this.#held.filter(({entry}) => entry.clientId !== clientId);
    return this.#held.length < count;
  }

  /** Submits those that were held long enough. @param {number} now */
  expire(now) {
    const due = this.#held.filter(({until}) => until <= now);
    this.#held = this.#held.filter(({until}) => until > now);
    for (const {entry} of due) this.#submit(entry.command, entry.clientId);
  }

  /** The page is left: submits all of them. */
  flush() {
    this.expire(Number.POSITIVE_INFINITY);
  }
}
