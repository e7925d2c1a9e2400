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
    const steps = this.#steps + 1;
    history.replaceState({messageId: from, steps: this.#steps}, "");
    // The address stays: with another fragment the browser itself scrolls there on the way back, and takes the focus.
    history.pushState({messageId: to, steps}, "");
    this.#setSteps(steps);
    this.#reveal(to);
  }

  /** @returns {boolean} whether there was a way back */
  goBack() {
    if (this.#steps > 0) history.back();
    return this.#steps > 0;
  }

  /** @param {unknown} state */
  #onPopState(state) {
    if (!isStep(state)) return;
    this.#setSteps(state.steps);
    this.#reveal(state.messageId);
  }

  /** @param {number} steps */
  #setSteps(steps) {
    this.#steps = steps;
    this.#button.hidden = steps === 0;
  }
}

/**
 * Whether an entry of the browser's history is one of the trail.
 * @param {any} state @returns {state is {messageId: number, steps: number}} `steps` lead back from there
 */
function isStep(state) {
  return typeof state?.messageId === "number" && typeof state.steps === "number";
}
