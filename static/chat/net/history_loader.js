/**
 * Asks for pages of history: older ones when the reader goes up, missing ones when a live event skipped an id.
 */

import {historyAfterFrame, historyBeforeFrame} from "./client_frames.js";

const OLDER = 50; // messages a page
const LOST = 10 * 1000; // 10 s without an answer: the question was lost, or refused

export class Pages {
  #timeline;
  #send;
  #longest;
  #onLost;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #olderTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #missingTimer;

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {(text: string) => boolean} options.send
   * @param {number} options.longest events that the server puts into one page
   * @param {() => void} options.onLost a page did not come; it may be asked for again
   */
  constructor({timeline, send, longest, onLost}) {
    this.#timeline = timeline;
    this.#send = send;
    this.#longest = longest;
    this.#onLost = onLost;
  }

  /** Whether an older page is on its way. */
  get loading() {
    return this.#olderTimer !== undefined;
  }

  askForOlder() {
    if (this.loading || this.#timeline.complete) return;
    if (!this.#send(historyBeforeFrame(this.#timeline.oldestId, Math.min(OLDER, this.#longest)))) return;
    this.#olderTimer = setTimeout(() => {
      this.#olderTimer = undefined;
      this.#onLost();
    }, LOST);
  }

  askForMissing() {
    const after = this.#timeline.askForMissing();
    if (after === null) return;
    this.#send(historyAfterFrame(after, this.#longest));
    this.#missingTimer = setTimeout(() => {
      this.#timeline.forgetAsking();
      this.askForMissing();
    }, LOST);
  }

  /** @param {Wire.HistoryPage} page */
  received(page) {
    if (typeof page.after === "number") clearTimeout(this.#missingTimer);
    else this.#forgetOlder();
    this.#timeline.receivePage(page);
    this.askForMissing();
  }

  /** No answer will come any more. */
  forget() {
    this.#forgetOlder();
    clearTimeout(this.#missingTimer);
    this.#timeline.forgetAsking();
  }

  #forgetOlder() {
    clearTimeout(this.#olderTimer);
    this.#olderTimer = undefined;
  }
}
