/**
 * Tells a screen reader what happens, through two visually hidden live regions. Nothing else of the page is live,
 * except the problem of a form.
 *
 *   say(text)    polite: read when the reader has finished the current sentence
 *   alert(text)  assertive: interrupts, for what the user must know now
 */

import {Announcements} from "../model/announcements.js";
import {plainText} from "../model/plain_text.js";
import {find} from "./dom.js";

const INTERVAL_MS = 500; // between two texts of a region, and before the first polite one: messages that come together
// Long since spoken. A text that stays is read again when a dialog closes, which hides the page from screen readers.
const CLEAR_AFTER_MS = 3 * 1000;

export class Announcer {
  #polite = new LiveRegion(find("#announcer-polite", HTMLElement), INTERVAL_MS);
  #assertive = new LiveRegion(find("#announcer-assertive", HTMLElement), 0);

  /** @param {string} text */
  say(text) {
    this.#polite.change((waiting) => waiting.add(text));
  }

  /** @param {string} text */
  alert(text) {
    this.#assertive.change((waiting) => waiting.add(text));
  }

  /** @param {Wire.MessageEvent} message of another person @param {boolean} isAnswer to a message of the current user */
  messageArrived({username, html}, isAnswer) {
    const text = (/** @type {number} */ length) => plainText(html, length);
    this.#polite.change((waiting) => waiting.addMessage({username, isAnswer, text}));
  }

  /** @param {Wire.ReactionEvent} reaction of another person to a message of the current user */
  reactionArrived({username, emoji}) {
    this.#polite.change((waiting) => waiting.addReaction({username, emoji}));
  }

  /** A message of another person arrived that was written while there was no connection. */
  messageMissed() {
    this.#polite.change((waiting) => waiting.addMissed());
  }

  /** @param {string} sentence about who came or left @param {number} count of people in the room */
  presenceChanged(sentence, count) {
    this.#polite.change((waiting) => waiting.addPresence(sentence, count));
  }
}

class LiveRegion {
  #element;
  #delayMs;
  #waiting = new Announcements();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isPaused = false;

  /** @param {HTMLElement} element @param {number} delayMs before the first text */
  constructor(element, delayMs) {
    this.#element = element;
    this.#delayMs = delayMs;
    // No screen reader reads a hidden page. What happens meanwhile is summed up.
    document.addEventListener("visibilitychange", () => this.#schedule(INTERVAL_MS));
  }

  /** @param {(waiting: Announcements) => void} add */
  change(add) {
    add(this.#waiting);
    if (!this.#isPaused) this.#schedule(this.#delayMs);
  }

  /** @param {number} delayMs */
  #schedule(delayMs) {
    clearTimeout(this.#timer);
    this.#isPaused = true;
    this.#timer = setTimeout(() => this.#speakNext(), delayMs);
  }

  #speakNext() {
    this.#isPaused = false;
    const text = document.hidden ? "" : this.#waiting.next();
    if (!text) {
      this.#timer = setTimeout(() => this.#element.replaceChildren(), CLEAR_AFTER_MS);
      return;
    }
    this.#element.replaceChildren(text); // a new node, because the same text twice is no change
    this.#schedule(INTERVAL_MS);
  }
}
