/**
 * The rooms of the sidebar, and which of them have events that this browser has not shown yet. Pure: storage is passed
 * in.
 */

/** @typedef {{room: string, name: string, last_id: number, url: string}} Room `room` is the slug */
/** @typedef {Room & {isCurrent: boolean, hasUnread: boolean}} RoomItem */

export class RoomList {
  #currentRoom;
  #storage;

  /**
   * @param {Room} currentRoom the room of this page; it is listed even before the server lists it
   * @param {ValueStorage} storage keeps the id of the last event that was shown of each room, by slug
   */
  constructor(currentRoom, storage) {
    this.#currentRoom = currentRoom;
    this.#storage = storage;
  }

  /**
   * Stores that the current room is shown, and returns the items of the list.
   * @param {Room[]} rooms as the server lists them
   * @returns {RoomItem[]}
   */
  update(rooms) {
    const current = rooms.find(({room}) => room === this.#currentRoom.room) ?? this.#currentRoom;
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

/** A room that was never shown has nothing unread. @param {Room} room @param {Record<string, number>} shown */
function hasUnread({room, last_id}, shown) {
  return Object.hasOwn(shown, room) && last_id > shown[room];
}
