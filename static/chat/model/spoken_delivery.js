/**
 * What a screen reader is told about the messages of the current user. A message that is sent as usual is not worth a
 * word; a failure is, and that it went out after all. Pure.
 */

import {gettext, interpolate} from "./translate.js";

export class SpokenDelivery {
  #announcer;
  #hadProblem = false;
  #isDelayed = false;

  /** @param {{say(text: string): void, alert(text: string): void}} announcer */
  constructor(announcer) {
    this.#announcer = announcer;
  }

  /** A message is not sent again. @param {string} problem a sentence */
  failed(problem) {
    this.#hadProblem = true;
    this.#announcer.alert(interpolate(gettext("Not sent: %(reason)s"), {reason: problem}));
  }

  /** A message is sent again later. Said once, however often it is tried. @param {string} problem a sentence; or "" */
  delayed(problem) {
    if (problem && !this.#isDelayed)
      this.#announcer.alert(interpolate(gettext("Not sent yet: %(reason)s"), {reason: problem}));
    this.#isDelayed ||= problem !== "";
    this.#hadProblem = true;
  }

  /** A message is stored. @param {number} waitingCount of messages that are still to be sent */
  stored(waitingCount) {
    if (!this.#hadProblem || waitingCount > 0) return;
    this.#announcer.say(gettext("Sent"));
    this.#hadProblem = this.#isDelayed = false;
  }
}
