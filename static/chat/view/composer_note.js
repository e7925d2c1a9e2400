/**
 * The line above the composer that says why something cannot be sent, and offers what can be done about it.
 */

import {element, find} from "./dom.js";

export class ComposerNote {
  #text = element("p", {className: "composer-note__text"});
  #button = element("button", {type: "button", className: "link-button"});
  #line = element("div", {className: "composer-note", hidden: true}, this.#text, this.#button);
  #onClick = () => {};

  constructor() {
    find("#composer", HTMLFormElement).before(this.#line);
    this.#button.addEventListener("click", () => this.#onClick());
  }

  /**
   * @param {string} sentence
   * @param {{label: string, onClick: () => void} | null} action
   */
  show(sentence, action = null) {
    this.#text.textContent = sentence;
    this.#button.textContent = action?.label ?? "";
    this.#button.hidden = action === null;
    this.#onClick = action?.onClick ?? (() => {});
    this.#line.hidden = false;
  }

  hide() {
    this.#line.hidden = true;
  }
}
