/**
 * A place in the browser's storage that never throws: private windows and full disks only lose the convenience.
 */

export class Shelf {
  #area;
  #key;

  /** @param {() => Storage} area a function, for reading `window.localStorage` itself may throw @param {string} key */
  constructor(area, key) {
    this.#area = area;
    this.#key = `chatsite:${key}`;
  }

  /** @returns {unknown} what was written last, or null */
  read() {
    try {
      return JSON.parse(this.#area().getItem(this.#key) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {unknown} value */
  write(value) {
    try {
      this.#area().setItem(this.#key, JSON.stringify(value));
    } catch {
      // The page works without it.
    }
  }
}
