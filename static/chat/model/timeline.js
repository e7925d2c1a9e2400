/**
 * The messages that the page holds, in the order of their ids, and up to which id they are known without a gap. Pure:
 * no DOM, no network, no clock.
 *
 *   lastId              every event up to this id was received; a new connection resumes after it
 *   newestLiveId        the newest id that arrived live; greater than lastId while there is a gap between them
 *   gapsAllowedUntilId  a resumed connection skips events that were cleared: up to this id a missing id is no gap
 */

export class Timeline {
  /** @type {Wire.MessageEvent[]} */
  #messages = [];
  #lastId;
  #newestLiveId;
  #gapsAllowedUntilId;
  #clearedUntilId = 0;
  #complete;
  /** The newestLiveId at the time of the gap request; null without a request. @type {number | null} */
  #requestedHeadId = null;

  /** @param {{messages: Wire.MessageEvent[], lastId: number, complete: boolean}} page the content of the served page */
  constructor({messages, lastId, complete}) {
    this.#messages = [...messages];
    this.#lastId = this.#newestLiveId = this.#gapsAllowedUntilId = lastId;
    this.#complete = complete;
  }

  get messages() {
    return this.#messages;
  }

  get lastId() {
    return this.#lastId;
  }

  /** Whether the room has no message that is older than those in `messages`. */
  get complete() {
    return this.#complete;
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
    this.#newestLiveId = this.#lastId;
    this.#gapsAllowedUntilId = Math.max(this.#lastId, roomLastId);
    this.#requestedHeadId = null;
  }

  /**
   * Drops all messages, because the server cannot continue from lastId. The newest page follows.
   * @param {number} lastId of the room
   */
  reset(lastId) {
    this.#messages = [];
    this.#clearedUntilId = 0;
    this.#complete = false;
    this.#lastId = this.#newestLiveId = this.#gapsAllowedUntilId = lastId;
    this.#requestedHeadId = null;
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
    if (this.#lastId === this.#newestLiveId || this.#requestedHeadId !== null) return null;
    this.#requestedHeadId = this.#newestLiveId;
    return this.#lastId;
  }

  /** The request gets no reply, so the gap may be requested again. */
  cancelGapRequest() {
    this.#requestedHeadId = null;
  }

  /** Drops the oldest messages above this number. Older pages can bring them back. @param {number} count */
  trim(count) {
    if (this.#messages.length <= count) return;
    this.#messages.splice(0, this.#messages.length - count);
    this.#complete = false;
  }

  /** @param {number} id greater than lastId */
  #advance(id) {
    const hasGap = this.#lastId < this.#newestLiveId;
    if (!hasGap) this.#lastId = Math.max(this.#lastId, Math.min(this.#gapsAllowedUntilId, id));
    if (!hasGap && id === this.#lastId + 1) this.#lastId = id;
    this.#newestLiveId = Math.max(this.#newestLiveId, id);
  }

  /** The type checker requires a case for each stored type. @param {Wire.StoredEvent | Wire.UnknownFrame} event */
  #apply(event) {
    switch (event.type) {
      case "message":
        return this.#insert(event);
      case "clear":
        this.#clear(event.target);
        return false;
      case "unknown":
        return false;
      default:
        return /** @satisfies {never} */ (event);
    }
  }

  /** @param {Wire.MessageEvent} message */
  #insert(message) {
    if (message.id <= this.#clearedUntilId) return false;
    let index = this.#messages.length;
    while (index > 0 && this.#messages[index - 1].id > message.id) index--;
    if (this.#messages[index - 1]?.id === message.id) return false;
    this.#messages.splice(index, 0, message);
    return true;
  }

  /** @param {number} target */
  #clear(target) {
    if (target >= this.oldestId - 1) this.#complete = true;
    this.#clearedUntilId = Math.max(this.#clearedUntilId, target);
    this.#messages = this.#messages.filter(({id}) => id > target);
  }

  /** @param {Wire.HistoryFrame} page @param {number} after */
  #receiveNewer({events, complete}, after) {
    if (this.#requestedHeadId === null || after !== this.#lastId) return;
    for (const event of events) this.#apply(event);
    // The last page contains every event up to requestedHeadId that was not cleared, so it closes the gap up to there.
    // An empty page counts as the last one: a server that promised more would be asked again without end.
    const closedUntilId = complete || events.length === 0 ? this.#requestedHeadId : 0;
    this.#lastId = Math.max(this.#lastId, events.at(-1)?.id ?? 0, closedUntilId);
    this.#newestLiveId = Math.max(this.#newestLiveId, this.#lastId);
    this.#requestedHeadId = null;
  }

  /** @param {Wire.HistoryFrame} page */
  #receiveOlder({events, complete}) {
    for (const event of events) this.#apply(event);
    this.#complete = complete;
  }
}
