/**
 * Requests history pages: older pages when the reader scrolls up, and the missing events of a gap, which a live event
 * leaves when it skips ids.
 */

import {historyAfterFrame, historyBeforeFrame} from "./client_frames.js";

const OLDER_PAGE_EVENTS = 50;
const REPLY_TIMEOUT_MS = 10 * 1000; // without a reply the request was lost, or the server refused it

export class HistoryLoader {
  #timeline;
  #send;
  #maxPageEvents;
  #onOlderTimeout;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #olderTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gapTimer;

  /**
   * @param {object} options
   * @param {Timeline} options.timeline
   * @param {(text: string) => boolean} options.send
   * @param {number} options.maxPageEvents the server's limit for one page
   * @param {() => void} options.onOlderTimeout an older page got no reply and may be requested again
   */
  constructor({timeline, send, maxPageEvents, onOlderTimeout}) {
    this.#timeline = timeline;
    this.#send = send;
    this.#maxPageEvents = maxPageEvents;
    this.#onOlderTimeout = onOlderTimeout;
  }

  /** Whether an older page was requested and has not arrived. */
  get isLoadingOlder() {
    return this.#olderTimer !== undefined;
  }

  loadOlder() {
    if (this.isLoadingOlder || this.#timeline.hasOldest) return;
    const limit = Math.min(OLDER_PAGE_EVENTS, this.#maxPageEvents);
    if (!this.#send(historyBeforeFrame(this.#timeline.oldestId, limit))) return;
    this.#olderTimer = setTimeout(() => {
      this.#olderTimer = undefined;
      this.#onOlderTimeout();
    }, REPLY_TIMEOUT_MS);
  }

  /** Requests the events of the first gap, unless there is none or they are requested already. */
  fillGap() {
    const afterId = this.#timeline.startGapRequest();
    if (afterId === null) return;
    this.#send(historyAfterFrame(afterId, this.#maxPageEvents));
    this.#gapTimer = setTimeout(() => {
      this.#timeline.cancelGapRequest();
      this.fillGap();
    }, REPLY_TIMEOUT_MS);
  }

  /** @param {Wire.HistoryFrame} page */
  receive(page) {
    if (typeof page.after === "number") clearTimeout(this.#gapTimer);
    else this.#cancelOlder();
    this.#timeline.receivePage(page);
    this.fillGap();
  }

  /** Ends all requests, because no reply can arrive any more. */
  cancel() {
    this.#cancelOlder();
    clearTimeout(this.#gapTimer);
    this.#timeline.cancelGapRequest();
  }

  #cancelOlder() {
    clearTimeout(this.#olderTimer);
    this.#olderTimer = undefined;
  }
}
