/**
 * One value in the browser's storage. Errors are ignored: in a private window, or with a full disk, the page works
 * without the value.
 */

export class SafeStorage {
  #getArea;
  #key;

  /**
   * @param {() => Storage} getArea a function, because the access to `window.localStorage` itself may throw
   * @param {string} key
   * @param {string} prefix
   */
  constructor(getArea, key, prefix = "chatsite:") {
    this.#getArea = getArea;
    this.#key = prefix + key;
  }

  /** @returns {unknown} the last value written, or null */
  read() {
    try {
      return JSON.parse(this.#getArea().getItem(this.#key) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {unknown} value */
  write(value) {
    try {
      this.#getArea().setItem(this.#key, JSON.stringify(value));
    } catch {
      // The page works without the value.
    }
  }
}
