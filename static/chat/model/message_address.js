/**
 * The address of a message: `/chat/<room>/<id>`, or the room's with `#message-<id>`, which is older and needs scripts.
 * Pure.
 */

const ID = /^\d{1,15}$/;
const HASH = /^#message-(\d{1,15})$/;

export class MessageAddress {
  #roomUrl;

  /** @param {string} roomUrl path of the room's page, with a slash at its end */
  constructor(roomUrl) {
    this.#roomUrl = roomUrl;
  }

  /** The path of a message's page. @param {number} id */
  pathOf(id) {
    return `${this.#roomUrl}${id}`;
  }

  /**
   * The message of this room that an address names; null if it names none.
   * @param {{pathname: string, hash: string, search: string}} address
   */
  idIn({pathname, hash, search}) {
    if (search || !pathname.startsWith(this.#roomUrl)) return null;
    const last = pathname.slice(this.#roomUrl.length);
    if (last !== "" && !ID.test(last)) return null;
    const id = HASH.exec(hash)?.[1] ?? last; // a page of one message may have gone on to another
    return id ? Number(id) : null;
  }
}
