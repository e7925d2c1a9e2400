/**
 * The rooms of the sidebar, and which of them have events that this browser has not shown yet. Pure: storage is passed
 * in.
 */

/** @typedef {{room: string, name: string, last_id: number, url: string}} Room `room` is the slug */
/** @typedef {Room & {isCurrent: boolean, hasUnread: boolean}} RoomItem */

export class RoomList {
  #current;
  #storage;

  /**
   * @param {Room} current the open room; it is listed even before the server lists it
   * @param {ValueStorage} storage keeps the id of the last event that was shown of each room, by slug
   */
  constructor(current, storage) {
    this.#current = current;
    this.#storage = storage;
  }

  /**
   * Stores that the open room is shown, and returns the items of the list.
   * @param {Room[]} rooms as the server lists them
   * @returns {RoomItem[]}
   */
  update(rooms) {
    const current = rooms.find(({room}) => room === this.#current.room) ?? this.#current;
    const listed = rooms.includes(current) ? rooms : [...rooms, current];
    const shown = this.#markShown(current);
    return listed.map((room) => ({...room, isCurrent: room === current, hasUnread: hasUnread(room, shown)}));
  }

  /** @param {Room} current @returns {Record<string, number>} */
  #markShown({room, last_id}) {
    const stored = /** @type {Record<string, number>} */ (this.#storage.read() ?? {});
    const shown = {...stored, [room]: last_id};
    this.#storage.write(shown);
    return shown;
  }
}

/** A room that was never open here has nothing unread. @param {Room} room @param {Record<string, number>} shown */
function hasUnread({room, last_id}, shown) {
  return Object.hasOwn(shown, room) && last_id > shown[room];
}
