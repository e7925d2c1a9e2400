/**
 * The line above the composer that tells the current user that another person has the name that they asked for, or that
 * the room was removed.
 */

import {gettext, interpolate} from "../model/translate.js";
import {find} from "./dom.js";

export class NameNotice {
  #line = find("#name-notice", HTMLElement);
  #sentence = "";

  /** The name at the start of a connection. What was said before a reconnect is not said again. @param {Wire.You} you */
  update(you) {
    if (sentenceOf(you) !== this.#sentence) this.show(you);
  }

  /** The answer to a rename. @param {Wire.You} you */
  show(you) {
    this.#sentence = sentenceOf(you);
    this.#line.textContent = this.#sentence;
  }

  /** Something else that the current user has to know before they go on. @param {string} sentence */
  say(sentence) {
    this.#line.textContent = sentence;
  }

  /** The user has seen it, and goes on. */
  hide() {
    this.#line.textContent = "";
  }
}

/** @param {Wire.You} you */
function sentenceOf({username, asked}) {
  if (!asked) return "";
  return interpolate(gettext("%(asked)s is taken here; you are %(username)s"), {asked, username});
}
