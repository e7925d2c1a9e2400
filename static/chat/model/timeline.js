/**
 * The messages that the page holds, in the order of their ids, and up to which id they are known without a gap. Pure:
 * no DOM, no network, no clock.
 *
 *   lastId              every event up to this id was received; a new connection resumes after it
 *   newestReceivedId    the greatest id that this connection received; greater than lastId while events are missing
 *   gapsAllowedUntilId  a resumed connection skips events that were cleared: up to this id a missing id is no gap
 */

export class Timeline {
  /** @type {Wire.MessageEvent[]} */
  #messages = [];
  #lastId;
  #newestReceivedId;
  #gapsAllowedUntilId;
  #clearedUntilId = 0;
  #hasOldest;
  /** The end of the requested gap: newestReceivedId at the time of the request. @type {number | null} */
  #gapEndId = null;

  /** @param {{messages: Wire.MessageEvent[], lastId: number, hasOldest: boolean}} page the content of the HTML page */
  constructor({messages, lastId, hasOldest}) {
    this.#messages = [...messages];
    this.#lastId = this.#newestReceivedId = this.#gapsAllowedUntilId = lastId;
    this.#hasOldest = hasOldest;
  }

  get messages() {
    return this.#messages;
  }

  get lastId() {
    return this.#lastId;
  }

  /** Whether the room has no message that is older than those in `messages`. */
  get hasOldest() {
    return this.#hasOldest;
  }

  /** The id before which older pages are requested. */
  get oldestId() {
    return this.#messages[0]?.id ?? this.#lastId + 1;
  }

  /**
   * A new connection resumes after lastId. The server first replays the events up to the room's last id.
   * @param {number} roomLastId
   */
  resume(roomLastId) {
    this.#newestReceivedId = this.#lastId;
    this.#gapsAllowedUntilId = Math.max(this.#lastId, roomLastId);
    this.#gapEndId = null;
  }

  /**
   * Drops all messages, because the server cannot continue from lastId. The newest page follows.
   * @param {number} lastId of the room
   */
  reset(lastId) {
    this.#messages = [];
    this.#clearedUntilId = 0;
    this.#hasOldest = false;
    this.#lastId = this.#newestReceivedId = this.#gapsAllowedUntilId = lastId;
    this.#gapEndId = null;
  }

  /**
   * Applies a live or replayed event. A frame that is not stored changes nothing.
   * @param {Wire.StoredEvent | Wire.UnknownFrame} event
   * @returns {boolean} whether the event is a message that was not held before
   */
  receive(event) {
    if (event.id === undefined || event.id <= this.#lastId) return false;
    this.#advance(event.id);
    return this.#apply(event);
  }

  /** @param {Wire.HistoryFrame} page */
  receivePage(page) {
    if (typeof page.after === "number") this.#receiveNewer(page, page.after);
    else if (typeof page.before !== "number" || page.before === this.oldestId) this.#receiveOlder(page);
  }

  /**
   * The id after which events are missing, when there is a gap and no request for it; otherwise null. The caller then
   * requests the events after this id.
   */
  startGapRequest() {
    if (this.#lastId === this.#newestReceivedId || this.#gapEndId !== null) return null;
    this.#gapEndId = this.#newestReceivedId;
    return this.#lastId;
  }

  /** The request gets no reply, so the gap may be requested again. */
  cancelGapRequest() {
    this.#gapEndId = null;
  }

  /** Drops the oldest messages above this number. Older pages can bring them back. @param {number} count */
  trim(count) {
    if (this.#messages.length <= count) return;
    this.#messages.splice(0, this.#messages.length - count);
    this.#hasOldest = false;
  }

  /** @param {number} id greater than lastId */
  #advance(id) {
    const hasGap = this.#lastId < this.#newestReceivedId;
    const isReplayed = id <= this.#gapsAllowedUntilId;
    const isReplayEnded = !isReplayed && this.#lastId < this.#gapsAllowedUntilId;
    this.#newestReceivedId = Math.max(this.#newestReceivedId, id);
    if (hasGap) return; // only a history page closes a gap
    if (isReplayEnded) this.#lastId = this.#gapsAllowedUntilId; // what the replay left out was cleared
    if (isReplayed || id === this.#lastId + 1) this.#lastId = id;
  }

  /** The type checker requires a case for each stored type. @param {Wire.StoredEvent | Wire.UnknownFrame} event */
  #apply(event) {
    switch (event.type) {
      case "message":
        return this.#insert(event);
      case "clear":
        this.#clear(event.target);
        return false;
      case "edit":
      case "delete":
      case "reaction":
      case "topic":
      case "room_name":
      case "unknown":
        return false;
      default:
        return /** @satisfies {never} */ (event);
    }
  }

  /** @param {Wire.MessageEvent} message */
  #insert(message) {
    if (message.id <= this.#clearedUntilId) return false;
    const index = indexOfId(this.#messages, message.id);
    if (this.#messages[index]?.id === message.id) return false;
    this.#messages.splice(index, 0, message);
    return true;
  }

  /** @param {number} target */
  #clear(target) {
    if (target >= this.oldestId - 1) this.#hasOldest = true;
    this.#clearedUntilId = Math.max(this.#clearedUntilId, target);
    this.#messages = this.#messages.filter(({id}) => id > target);
  }

  /** @param {Wire.HistoryFrame} page @param {number} after */
  #receiveNewer({events, complete: isLastPage}, after) {
    if (this.#gapEndId === null || after !== this.#lastId) return;
    // A server that delivers nothing during an import promises more, and resets. It is not asked again meanwhile, and a
    // new connection resumes in front of the gap.
    if (events.length === 0 && !isLastPage) return;
    for (const event of events) this.#apply(event);
    // The last page contains every event up to gapEndId that was not cleared, so it closes that gap.
    const closedUntilId = isLastPage ? this.#gapEndId : 0;
    this.#lastId = Math.max(this.#lastId, events.at(-1)?.id ?? 0, closedUntilId);
    this.#newestReceivedId = Math.max(this.#newestReceivedId, this.#lastId);
    this.#gapEndId = null;
  }

  /** @param {Wire.HistoryFrame} page */
  #receiveOlder({events, complete: hasOldest}) {
    for (const event of events) this.#apply(event);
    this.#hasOldest = hasOldest;
  }
}

/**
 * The index of the first message with this id or a greater one.
 * @param {readonly {id: number}[]} messages in the order of their ids @param {number} id
 */
export function indexOfId(messages, id) {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (messages[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
