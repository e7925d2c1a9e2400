/**
 * Loads what helps to write (writing_aids.js) when it is first needed: the emoji picker is opened, or something is typed
 * that may be completed.
 */

import {find} from "./dom.js";
import {loadOnce} from "./on_demand.js";

const TRIGGERS = /[:@]/;

export class WritingStarter {
  #input = find("#composer-text", HTMLTextAreaElement);
  #onDemand;
  #load;
  /** @type {InputEvent | null} */
  #typed = null;
  #onInput = (/** @type {Event} */ event) => this.#onTyped(/** @type {InputEvent} */ (event));

  /**
   * @param {import("./on_demand.js").OnDemand} onDemand
   * @param {Omit<Parameters<typeof import("./writing_aids.js").createWritingAids>[0], "input">} page
   */
  constructor(onDemand, page) {
    this.#onDemand = onDemand;
    this.#load = loadOnce(async () => {
      const {createWritingAids} = await import("./writing_aids.js");
      this.#input.removeEventListener("input", this.#onInput);
      return createWritingAids({...page, input: this.#input});
    });
    this.#input.addEventListener("input", this.#onInput);
  }

  /** Opens the emoji picker. @param {Element} anchor @param {(emoji: string) => void} onChoose */
  open(anchor, onChoose) {
    this.#onDemand.open(this.#load, ({emojiPicker}) => emojiPicker.open(anchor, onChoose));
  }

  /** Without the code nothing is completed, and it is loaded with the next letter. @param {InputEvent} event */
  async #onTyped(event) {
    this.#typed = event;
    if (!TRIGGERS.test(this.#input.value)) return;
    const aids = await this.#onDemand.load(this.#load).catch(() => null);
    if (this.#typed && document.activeElement === this.#input) aids?.completion.typed(this.#typed);
    this.#typed = null;
  }
}
