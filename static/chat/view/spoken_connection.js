/**
 * Tells a screen reader that the connection is gone, and that it is back. A short interruption is not worth a word.
 */

import {gettext} from "../model/translate.js";

const SPOKEN_AFTER_MS = 1500;

export class SpokenConnection {
  #announcer;
  #wasConnected = false;
  #isGone = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {{say(text: string): void, alert(text: string): void}} announcer */
  constructor(announcer) {
    this.#announcer = announcer;
  }

  /** @param {ConnectionState} state @param {string} sentence about it, said if the page does not reconnect */
  show(state, sentence) {
    if (state.name === "connected") this.#connected();
    else if (state.name === "stopped") this.#stopped(sentence);
    else if (state.name !== "connecting" || this.#wasConnected) this.#interrupted();
  }

  #connected() {
    this.#endInterruption();
    if (this.#isGone) this.#announcer.say(gettext("The connection is back."));
    this.#isGone = false;
    this.#wasConnected = true;
  }

  /** @param {string} sentence */
  #stopped(sentence) {
    this.#endInterruption();
    this.#announcer.alert(sentence);
  }

  #interrupted() {
    if (!this.#isGone) this.#timer ??= setTimeout(() => this.#gone(), SPOKEN_AFTER_MS);
  }

  #gone() {
    this.#endInterruption();
    this.#isGone = true;
    this.#announcer.alert(gettext("The connection is gone. What you write is kept."));
  }

  #endInterruption() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
