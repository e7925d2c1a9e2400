/**
 * The line above the composer that tells the current user that another person has the name that they asked for.
 */

import {find} from "./dom.js";

export class NameNotice {
  #line = find("#name-notice", HTMLElement);
  #sentence = "";

  /** Shows a new notice. The one of before a reconnect is not shown again. @param {Wire.You} you */
  update({username, asked}) {
    const sentence = asked ? `${asked} is taken here: you are ${username}` : "";
    if (sentence !== this.#sentence) this.#line.textContent = sentence;
    this.#sentence = sentence;
  }

  /** The user has seen it, and goes on. */
  hide() {
    this.#line.textContent = "";
  }
}
