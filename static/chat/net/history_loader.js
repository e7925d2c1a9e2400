/**
 * Requests older pages when the reader scrolls up.
 */

import {historyBeforeFrame} from "./client_frames.js";

const OLDER_PAGE_EVENTS = 50;
const REPLY_TIMEOUT_MS = 10 * 1000; // without a reply the request was lost, or the server refused it

export class HistoryLoader {
  #timeline;
  #send;
  #maxPageEvents;
  #onTimeout;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {(text: string) => boolean} options.send
   * @param {number} options.maxPageEvents the server's limit for one page
   * @param {() => void} options.onTimeout an older page got no reply and may be requested again
   */
  constructor({timeline, send, maxPageEvents, onTimeout}) {
    this.#timeline = timeline;
    this.#send = send;
    this.#maxPageEvents = maxPageEvents;
    this.#onTimeout = onTimeout;
  }

  /** Whether an older page was requested and has not arrived. */
  get isLoadingOlder() {
    return this.#timer !== undefined;
  }

  loadOlder() {
    if (this.isLoadingOlder || this.#timeline.hasOldest) return;
    const limit = Math.min(OLDER_PAGE_EVENTS, this.#maxPageEvents);
    if (!this.#send(historyBeforeFrame(this.#timeline.startOlderRequest(), limit))) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onTimeout();
    }, REPLY_TIMEOUT_MS);
  }

  /** @param {Wire.HistoryFrame} page */
  receive(page) {
    this.cancel();
    this.#timeline.receivePage(page);
  }

  /** No reply can arrive any more. */
  cancel() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
