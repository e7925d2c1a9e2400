/**
 * Deletes messages after the time in which that can be undone, and says so.
 */

import {newClientId} from "../model/client_id.js";
import {gettext} from "../model/translate.js";

export class Deleting {
  #held;
  #onChange;
  #announcer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("../model/held_deletes.js").HeldDeletes} held
   * @param {() => void} onChange
   * @param {{say(text: string): void}} announcer
   */
  constructor(held, onChange, announcer) {
    this.#held = held;
    this.#onChange = onChange;
    this.#announcer = announcer;
    // A page that is hidden may never be shown again.
    document.addEventListener("visibilitychange", () => document.hidden && this.#flush());
    window.addEventListener("pagehide", () => this.#flush());
  }

  /** @param {number} id of a message */
  delete(id) {
    this.#held.add(id, newClientId(), Date.now());
    this.#announcer.say(gettext("Message deleted. It can be undone for five seconds."));
    this.#changed();
  }

  /** @param {string} clientId @returns {boolean} whether it was not too late */
  undo(clientId) {
    const isUndone = this.#held.undo(clientId);
    if (isUndone) this.#announcer.say(gettext("The message is back."));
    this.#changed();
    return isUndone;
  }

  #flush() {
    this.#held.flush();
    this.#changed();
  }

  #changed() {
    clearTimeout(this.#timer);
    const {wakeAt} = this.#held;
    if (wakeAt !== null) this.#timer = setTimeout(() => this.#expire(), Math.max(0, wakeAt - Date.now()));
    this.#onChange();
  }

  #expire() {
    this.#held.expire(Date.now());
    this.#changed();
  }
}
