/**
 * What a screen reader is told next. Texts wait here while one is spoken; messages that wait are summed up. Pure.
 *
 * A screen reader reads each change of a live region. Ten messages as ten changes are noise, and a region that changes
 * while it is read is read in pieces. Therefore the page says one whole text at a time.
 */

import {gettext, interpolate, ngettext} from "./translate.js";

const MAX_WAITING_TEXTS = 8; // whoever speaks more than this is not listened to
const MAX_SPOKEN_CHARACTERS = 300; // of a message; the rest is read in the list

const MAX_PEOPLE = 12; // in larger rooms somebody comes and goes all the time

/**
 * `isAnswer`: to a message of the current user.
 * @typedef {{username: string, isAnswer: boolean, text: (maxCharacters: number) => string}} SpokenMessage
 */
/** To a message of the current user. @typedef {{username: string, emoji: string}} SpokenReaction */

export class Announcements {
  /** @type {string[]} */
  #texts = [];
  #messageCount = 0;
  /** @type {SpokenMessage | null} */
  #lastMessage = null;
  #missedCount = 0;
  #reactionCount = 0;
  /** @type {SpokenReaction | null} */
  #lastReaction = null;
  #presence = "";

  /** A text that already waits is not repeated. Past the limit the oldest one is dropped. @param {string} text */
  add(text) {
    if (!text || this.#texts.includes(text)) return;
    this.#texts = [...this.#texts, text].slice(-MAX_WAITING_TEXTS);
  }

  /** Its text is only asked for if it is spoken. @param {SpokenMessage} message */
  addMessage(message) {
    this.#messageCount++;
    this.#lastMessage = message;
  }

  /** A message that came while there was no connection: it is counted, not spoken. */
  addMissed() {
    this.#missedCount++;
  }

  /** Those that wait are counted, and the last one is spoken. @param {SpokenReaction} reaction */
  addReaction(reaction) {
    this.#reactionCount++;
    this.#lastReaction = reaction;
  }

  /**
   * Who came or left. Said only in small rooms, and after everything else; a newer sentence replaces one that waits.
   * @param {string} sentence @param {number} count of people in the room
   */
  addPresence(sentence, count) {
    if (count <= MAX_PEOPLE) this.#presence = sentence;
  }

  /** The next text, which then waits no longer; "" without one. */
  next() {
    return this.#texts.shift() ?? this.#takeSummary();
  }

  #takeSummary() {
    return this.#takeMissed() || this.#takeMessages() || this.#takeReactions() || this.#takePresence();
  }

  #takeMissed() {
    const count = this.#missedCount;
    this.#missedCount = 0;
    if (count === 0) return "";
    const sentence = ngettext(
      "%(count)s message came while you were away",
      "%(count)s messages came while you were away",
      count,
    );
    return interpolate(sentence, {count});
  }

  #takeMessages() {
    const [count, message] = [this.#messageCount, this.#lastMessage];
    this.#messageCount = 0;
    this.#lastMessage = null;
    if (!message) return "";
    const [name, text] = [message.username, message.text(MAX_SPOKEN_CHARACTERS)];
    if (count === 1 && message.isAnswer) return interpolate(gettext("%(name)s answers you: %(text)s"), {name, text});
    if (count === 1) return `${name}: ${text}`;
    return interpolate(gettext("%(count)s new messages, last %(name)s: %(text)s"), {count, name, text});
  }

  #takeReactions() {
    const [count, reaction] = [this.#reactionCount, this.#lastReaction];
    this.#reactionCount = 0;
    this.#lastReaction = null;
    if (!reaction) return "";
    const [name, emoji] = [reaction.username, reaction.emoji];
    if (count === 1) return interpolate(gettext("%(name)s reacted to your message with %(emoji)s"), {name, emoji});
    return interpolate(gettext("%(count)s reactions to your messages, last %(name)s: %(emoji)s"), {count, name, emoji});
  }

  #takePresence() {
    const sentence = this.#presence;
    this.#presence = "";
    return sentence;
  }
}
