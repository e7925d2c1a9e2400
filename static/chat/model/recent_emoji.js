/**
 * The emoji that were used last in this browser, the newest first. Pure: storage is passed in.
 */

const MAX_RECENT = 16;

export class RecentEmoji {
  #storage;

  /** @param {ValueStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** Without skin tones. @returns {string[]} */
  get items() {
    const stored = this.#storage.read();
    return Array.isArray(stored) ? stored.filter((one) => typeof one === "string").slice(0, MAX_RECENT) : [];
  }

  /** @param {string} emoji without skin tone */
  add(emoji) {
    this.#storage.write([emoji, ...this.items.filter((one) => one !== emoji)].slice(0, MAX_RECENT));
  }
}
