/**
 * Keeps the leases of this page's records while it is open, gives them back when it is closed, and takes over what
 * closed pages left.
 */

import {RENEW_INTERVAL_MS} from "../model/leased_records.js";

const GRACE_MS = 5 * 1000; // a page that is reloaded takes its own records over before another page does

export class RecordKeeper {
  #records;
  #takeOver;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {LeasedRecords[]} records @param {(graceMs: number) => void} takeOver */
  constructor(records, takeOver) {
    this.#records = records;
    this.#takeOver = takeOver;
    setInterval(() => this.#renew(), RENEW_INTERVAL_MS);
    window.addEventListener("storage", () => this.#takeOverSoon());
    window.addEventListener("pagehide", () => this.#release());
    window.addEventListener("pageshow", () => this.#renew());
  }

  /** Another page has changed a record: perhaps it was closed. */
  #takeOverSoon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#takeOver(GRACE_MS);
    }, GRACE_MS);
  }

  #renew() {
    for (const records of this.#records) records.renew();
    this.#takeOver(GRACE_MS);
  }

  #release() {
    for (const records of this.#records) records.release();
  }
}
