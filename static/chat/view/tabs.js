/**
 * What the tabs of this browser know of each other, by locks: which one is the leader, and which rooms somebody looks
 * at. A lock ends with its tab, however that ends. A browser has locks only where it trusts the connection (https, or
 * the same machine); without them each tab is alone.
 */

export class Tabs {
  #locks = navigator.locks;
  #prefix;
  #lookingName;
  #isLeader = !navigator.locks;
  #isLooking = false;
  /** Ends the lock that says that somebody looks. @type {() => void} */
  #release = () => {};

  /** @param {string} site its path, which other sites on this host do not share @param {string} room the slug */
  constructor(site, room) {
    this.#prefix = `chatsite:${site}:`;
    this.#lookingName = this.#nameOf(room);
    this.#locks?.request(`${this.#prefix}leader`, () => this.#lead());
  }

  /** Whether this tab is the one that acts for all of them. */
  get isLeader() {
    return this.#isLeader;
  }

  /** @param {boolean} isLooking whether somebody looks at this tab */
  setLooking(isLooking) {
    if (isLooking === this.#isLooking) return;
    this.#isLooking = isLooking;
    this.#release();
    if (isLooking) this.#locks?.request(this.#lookingName, {mode: "shared"}, () => this.#hold());
  }

  /** Whether somebody looks at a room, in any tab. @param {string} room the slug */
  async isLookedAt(room) {
    const name = this.#nameOf(room);
    if (this.#isLooking && name === this.#lookingName) return true;
    const {held = []} = (await this.#locks?.query()) ?? {};
    return held.some((lock) => lock.name === name);
  }

  /** @param {string} room */
  #nameOf(room) {
    return `${this.#prefix}looking:${room}`;
  }

  /** As long as the tab is open. */
  #lead() {
    this.#isLeader = true;
    return new Promise(() => {});
  }

  /** Until the user looks away, which may have happened before the lock was granted. @returns {Promise<void>} */
  #hold() {
    if (!this.#isLooking) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }
}
