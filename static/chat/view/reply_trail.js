/**
 * From an answer to the message that it answers, and back: with a button, with Escape, and with the Back of the browser,
 * in whose history each step is an entry.
 */

import {gettext} from "../model/translate.js";
import {element, find, icon} from "./dom.js";

export class ReplyTrail {
  #reveal;
  #steps = 0;
  #button = element("button", {type: "button", className: "timeline__back", hidden: true});

  /** @param {(id: number) => void} reveal shows a message and gives it the focus */
  constructor(reveal) {
    this.#reveal = reveal;
    this.#button.append(icon("back"), gettext("Back to the reply"));
    this.#button.addEventListener("click", () => this.goBack());
    find("#timeline", HTMLElement).append(this.#button);
    window.addEventListener("popstate", ({state}) => this.#onPopState(state));
  }

  /** @param {number} from the answer @param {number} to what it answers */
  follow(from, to) {
    history.replaceState({messageId: from}, "");
    history.pushState({messageId: to}, "", `#message-${to}`);
    this.#setSteps(this.#steps + 1);
    this.#reveal(to);
  }

  /** @returns {boolean} whether there was a way back */
  goBack() {
    if (this.#steps > 0) history.back();
    return this.#steps > 0;
  }

  /** The reader goes elsewhere. */
  end() {
    this.#setSteps(0);
  }

  /** @param {unknown} state */
  #onPopState(state) {
    const id = /** @type {{messageId?: unknown} | null} */ (state)?.messageId;
    if (typeof id !== "number") return;
    this.#setSteps(Math.max(0, this.#steps - 1));
    this.#reveal(id);
  }

  /** @param {number} steps */
  #setSteps(steps) {
    this.#steps = steps;
    this.#button.hidden = steps === 0;
  }
}
