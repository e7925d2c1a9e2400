/**
 * Limits the typing frames that this client sends: at most one in 3 s. Pure: the clock is passed in, as milliseconds.
 */

const MIN_INTERVAL_MS = 3 * 1000;

export class TypingThrottle {
  #send;
  #nextAllowedAt = 0;

  /** @param {() => void} send sends one typing frame */
  constructor(send) {
    this.#send = send;
  }

  /** @param {number} now */
  typed(now) {
    if (now < this.#nextAllowedAt) return;
    this.#nextAllowedAt = now + MIN_INTERVAL_MS;
    this.#send();
  }

  /** A sent message ends the typing on every page, so the next key press is reported without a delay. */
  messageSent() {
    this.#nextAllowedAt = 0;
  }
}
