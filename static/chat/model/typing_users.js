/**
 * The users that are typing at the moment. A user is removed 5 s after the last typing event, or with the next message.
 * Pure: the clock is passed in, as milliseconds.
 */

import {gettext, interpolate} from "./translate.js";

const SHOWN_MS = 5 * 1000; // docs/protocol.md names this time

export class TypingUsers {
  /** Time of removal by username. @type {Map<string, number>} */
  #expiresAt = new Map();

  get names() {
    return [...this.#expiresAt.keys()];
  }

  /** When the next user is removed; null when nobody types. */
  get nextExpiry() {
    return this.#expiresAt.size > 0 ? Math.min(...this.#expiresAt.values()) : null;
  }

  /** @param {string} username @param {number} now */
  add(username, now) {
    this.#expiresAt.set(username, now + SHOWN_MS);
  }

  /** @param {string} username */
  remove(username) {
    this.#expiresAt.delete(username);
  }

  clear() {
    this.#expiresAt.clear();
  }

  /** Removes the users whose time is over. @param {number} now */
  expire(now) {
    for (const [username, expiresAt] of this.#expiresAt) if (expiresAt <= now) this.remove(username);
  }
}

/** @param {string[]} names @returns {string} "" when nobody types */
export function typingSentence(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return interpolate(gettext("%(name)s is typing…"), {name: names[0]});
  if (names.length === 2)
    return interpolate(gettext("%(name)s and %(other)s are typing…"), {name: names[0], other: names[1]});
  return gettext("Several people are typing…");
}
