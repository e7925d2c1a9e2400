/**
 * One value in the browser's storage. Errors are ignored: in a private window, or with a full disk, the page works
 * without the value.
 */

export class SafeStorage {
  #area;
  #key;

  /**
   * @param {() => Storage} area a function, because the access to `window.localStorage` itself may throw
   * @param {string} key
   */
  constructor(area, key) {
    this.#area = area;
    this.#key = `chatsite:${key}`;
  }

  /** @returns {unknown} the last value written, or null */
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
      // The value is a convenience.
    }
  }
}
