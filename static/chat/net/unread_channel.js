/**
 * Tells the other tabs of a room that the user has marked messages as unread: for them too they are unread from then on.
 */

export class UnreadChannel {
  #channel;

  /** @param {string} room path of its page @param {(id: number) => void} onMarked in another tab, with the first message */
  constructor(room, onMarked) {
    this.#channel = new BroadcastChannel(`chatsite:unread:${room}`);
    this.#channel.onmessage = ({data}) => onMarked(data);
  }

  /** @param {number} id */
  marked(id) {
    this.#channel.postMessage(id);
  }
}
