/**
 * How many messages of each room this browser has seen, as the server counts them. Each room is a value of its own in
 * the browser's storage, so that tabs do not overwrite each other's. Pure: storage is passed in.
 */

export class SeenCounts {
  #storageOf;
  #visited;

  /**
   * @param {(room: string) => ValueStorage} storageOf by slug
   * @param {ValueStorage} visited whether this browser was here before
   */
  constructor(storageOf, visited) {
    this.#storageOf = storageOf;
    this.#visited = visited;
  }

  /** 0 for a room that was never opened. @param {string} room its slug @returns {number} */
  get(room) {
    const count = this.#storageOf(room).read();
    return Number.isSafeInteger(count) ? Math.max(0, Number(count)) : 0;
  }

  /** @param {string} room @param {number} count */
  set(room, count) {
    if (count !== this.get(room)) this.#storageOf(room).write(count);
  }

  /** On the first visit of a browser what was said before is not new. @param {Wire.RoomNumbers} numbers of the first room */
  enter({room, messages}) {
    if (this.#visited.read() !== true) this.set(room, messages);
  }

  /** The first visit has been to the site, and not only to a room of it. @param {Wire.RoomNumbers[]} others */
  startWith(others) {
    for (const numbers of others) this.enter(numbers);
    this.#visited.write(true);
  }
}

/** How many messages of a room are unread for who has seen so many. @param {Wire.RoomNumbers} numbers @param {number} seen */
export function unreadCount({messages, cleared = 0}, seen) {
  return Math.max(0, messages - Math.max(seen, cleared));
}
