/**
 * Changes of the topic and of the room's name: quiet lines between the messages, as chat/views/notices.py has them.
 * Pure.
 */

import {indexOfId} from "./timeline.js";
import {gettext, interpolate} from "./translate.js";

const MAX_NOTICES = 500; // the oldest go

/** @typedef {Wire.TopicEvent | Wire.RoomNameEvent} Notice */

export class Notices {
  /** @type {Notice[]} */
  #notices = [];

  /** @param {Notice} notice @returns {boolean} whether it was not known */
  add(notice) {
    const index = indexOfId(this.#notices, notice.id);
    if (this.#notices[index]?.id === notice.id) return false;
    this.#notices.splice(index, 0, notice);
    if (this.#notices.length > MAX_NOTICES) this.#notices.shift();
    return true;
  }

  /** The history up to an id was cleared; without one, the page begins anew. @param {number} target */
  clear(target = Number.POSITIVE_INFINITY) {
    this.#notices = this.#notices.filter(({id}) => id > target);
  }

  /**
   * The notices that stand with each of these messages: behind it, or before the first one.
   * @param {readonly {id: number}[]} messages in the order of their ids @param {boolean} isStart no message is older
   * @returns {Map<number, {before: Notice[], after: Notice[]}>}
   */
  placed(messages, isStart) {
    /** @type {Map<number, {before: Notice[], after: Notice[]}>} */
    const placed = new Map();
    for (const notice of this.#notices) {
      const index = indexOfId(messages, notice.id) - 1;
      const message = messages[Math.max(index, 0)];
      if (!message || (index < 0 && !isStart)) continue;
      const lines = placed.get(message.id) ?? {before: [], after: []};
      lines[index < 0 ? "before" : "after"].push(notice);
      placed.set(message.id, lines);
    }
    return placed;
  }
}

/** @param {Notice} notice */
export function sentenceOf(notice) {
  const username = isolated(notice.username);
  if (notice.type === "room_name") {
    return interpolate(gettext("%(username)s renamed the room to %(name)s"), {username, name: isolated(notice.name)});
  }
  if (!notice.topic) return interpolate(gettext("%(username)s removed the topic"), {username});
  return interpolate(gettext("%(username)s set the topic: %(topic)s"), {username, topic: isolated(notice.topic)});
}

/** @param {string} text */
function isolated(text) {
  return `\u2068${text}\u2069`;
}
