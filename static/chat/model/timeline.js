/**
 * What has been said, in the order of the ids, and how far it is known without a gap. Pure: no DOM, no network.
 *
 *   lastId     everything up to here was seen; a new connection resumes from it
 *   head       the newest id heard live; above lastId while a gap is open
 *   resumeEnd  up to here holes are legal (history was cleared), after it every id is the one before plus one
 */

export class Timeline {
  /** @type {Wire.MessageEvent[]} */
  #messages = [];
  #lastId;
  #head;
  #resumeEnd;
  #cleared = 0;
  #complete;
  /** The head at the moment the missing stretch was asked for; null when nothing is asked. @type {number | null} */
  #askedAt = null;

  /** @param {{messages: Wire.MessageEvent[], lastId: number, complete: boolean}} page what the page was served with */
  constructor({messages, lastId, complete}) {
    this.#messages = [...messages];
    this.#lastId = this.#head = this.#resumeEnd = lastId;
    this.#complete = complete;
  }

  get messages() {
    return this.#messages;
  }

  get lastId() {
    return this.#lastId;
  }

  /** Whether nothing older exists than what is held. */
  get complete() {
    return this.#complete;
  }

  /** The id of the oldest message held, from which older pages go back. */
  get oldestId() {
    return this.#messages[0]?.id ?? this.#lastId + 1;
  }

  /** A connection goes on from lastId; it first brings what happened up to roomLastId. @param {number} roomLastId */
  resume(roomLastId) {
    this.#head = this.#lastId;
    this.#resumeEnd = Math.max(this.#lastId, roomLastId);
    this.#askedAt = null;
  }

  /** Nothing held is valid any more; the newest page follows. @param {number} lastId */
  reset(lastId) {
    this.#messages = [];
    this.#cleared = 0;
    this.#complete = false;
    this.#lastId = this.#head = this.#resumeEnd = lastId;
    this.#askedAt = null;
  }

  /** A live event. Returns whether it is a message that was not there before. @param {Wire.StoredEvent} event */
  receive(event) {
    if (event.id === undefined || event.id <= this.#lastId) return false;
    this.#advance(event.id);
    return this.#apply(event);
  }

  /** @param {Wire.HistoryPage} page */
  receivePage(page) {
    if (typeof page.after === "number") this.#receiveNewer(page, page.after);
    else if (typeof page.before !== "number" || page.before === this.oldestId) this.#receiveOlder(page);
  }

  /** The id after which something is missing and was not asked for yet, or null. Asking is then up to the caller. */
  askForMissing() {
    if (this.#lastId === this.#head || this.#askedAt !== null) return null;
    this.#askedAt = this.#head;
    return this.#lastId;
  }

  /** The question was lost: it may be asked again. */
  forgetAsking() {
    this.#askedAt = null;
  }

  /** Lets go of the oldest messages beyond this many; they can be had again as older pages. @param {number} count */
  trim(count) {
    if (this.#messages.length <= count) return;
    this.#messages.splice(0, this.#messages.length - count);
    this.#complete = false;
  }

  /** @param {number} id above lastId */
  #advance(id) {
    const gapIsOpen = this.#lastId < this.#head;
    if (!gapIsOpen) this.#lastId = Math.max(this.#lastId, Math.min(this.#resumeEnd, id));
    if (!gapIsOpen && id === this.#lastId + 1) this.#lastId = id;
    this.#head = Math.max(this.#head, id);
  }

  /** Applies a stored event to the list; the type checker demands a case for each type. @param {Wire.StoredEvent} event */
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
    if (message.id <= this.#cleared) return false;
    let at = this.#messages.length;
    while (at > 0 && this.#messages[at - 1].id > message.id) at--;
    if (this.#messages[at - 1]?.id === message.id) return false;
    this.#messages.splice(at, 0, message);
    return true;
  }

  /** @param {number} target */
  #clear(target) {
    if (target >= this.oldestId - 1) this.#complete = true;
    this.#cleared = Math.max(this.#cleared, target);
    this.#messages = this.#messages.filter(({id}) => id > target);
  }

  /** @param {Wire.HistoryPage} page @param {number} after */
  #receiveNewer({events, complete}, after) {
    if (this.#askedAt === null || after !== this.#lastId) return;
    for (const event of events) this.#apply(event);
    // What was live when the question went out is in the answer, or was cleared: the last page closes the gap up to
    // there. An empty page that promises more would be asked for without end, so it counts as the last.
    const closed = complete || events.length === 0 ? this.#askedAt : 0;
    this.#lastId = Math.max(this.#lastId, events.at(-1)?.id ?? 0, closed);
    this.#head = Math.max(this.#head, this.#lastId);
    this.#askedAt = null;
  }

  /** @param {Wire.HistoryPage} page */
  #receiveOlder({events, complete}) {
    for (const event of events) this.#apply(event);
    this.#complete = complete;
  }
}
