/**
 * Requests for older pages, and what happened since. Pure.
 *
 * The server folds a page at a moment that the client does not know. If a message in it is older than an amendment that
 * came meanwhile, the amendment is still to be made; the `rev` of the message tells. Therefore the amendments that come
 * between a request and its page are remembered.
 *
 * The server answers in order, and not every request: pages that come late answer the first request that fits.
 */

const MAX_REMEMBERED = 5000; // amendments; past it the pages that were requested are ignored

/** `from`: where its amendments begin; `isWanted`: the page fits the messages that are held. @typedef {{before: number, from: number, isWanted: boolean}} Request */

export class OlderPages {
  /** @type {Request[]} */
  #requests = [];
  /** @type {Wire.Amendment[]} */
  #amendments = [];

  /** A page is requested. @param {number} before which id */
  requested(before) {
    this.#requests.push({before, from: this.#amendments.length, isWanted: true});
  }

  /** @param {Wire.Amendment} amendment that has arrived */
  remember(amendment) {
    if (this.#requests.length === 0) return;
    this.#amendments.push(amendment);
    if (this.#amendments.length > MAX_REMEMBERED) this.cancel();
  }

  /**
   * A page has arrived.
   * @param {number | undefined} before which id
   * @returns {Wire.Amendment[] | null} those that came since it was requested; null if it is to be ignored
   */
  take(before) {
    const index = this.#requests.findIndex((request) => request.before === before);
    if (index < 0) return null;
    const {from, isWanted} = this.#requests[index];
    const amendments = this.#amendments.slice(from);
    this.#requests.splice(0, index + 1);
    if (this.#requests.length === 0) this.cancel();
    return isWanted ? amendments : null;
  }

  /** The pages that were requested fit no longer. They may still arrive. */
  ignore() {
    for (const request of this.#requests) request.isWanted = false;
  }

  /** No page arrives any more. */
  cancel() {
    this.#requests = [];
    this.#amendments = [];
  }
}
