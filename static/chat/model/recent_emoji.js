/**
 * The emoji that were used last in this browser, the newest first. Pure: storage is passed in.
 */

import {bareEmoji} from "./skin_tones.js";

const MAX_RECENT = 16;

export class RecentEmoji {
  #storage;

  /** @param {ValueStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** Each once, in the skin tone in which it was used last. @returns {string[]} */
  get items() {
    const stored = this.#storage.read();
    return Array.isArray(stored) ? stored.filter((one) => typeof one === "string").slice(0, MAX_RECENT) : [];
  }

  /** @param {string} emoji */
  add(emoji) {
    const others = this.items.filter((one) => bareEmoji(one) !== bareEmoji(emoji));
    this.#storage.write([emoji, ...others].slice(0, MAX_RECENT));
  }
}
