/**
 * Parts of the page whose code is loaded at their first use. The keys that are pressed meanwhile are for the part: they
 * come to the element that has the focus when it is open.
 */

import {gettext} from "../model/translate.js";
import {element} from "./dom.js";
import {insertText} from "./insert_text.js";

const KEYS = ["Enter", "ArrowUp", "ArrowDown"]; // besides text
const PRESSED = {bubbles: true, cancelable: true};

/**
 * Loads once; a failed load is repeated the next time.
 * @template Part
 * @param {() => Promise<Part>} load
 * @returns {() => Promise<Part>}
 */
export function loadOnce(load) {
  /** @type {Promise<Part> | null} */
  let loading = null;
  return () => {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

export class OnDemand {
  #sheet;
  #say;
  #hasFailed = false;

  /**
   * @param {string} sheetUrl of the style sheet of all parts
   * @param {(sentence: string) => void} say tells the user what went wrong; "" that it no longer is
   */
  constructor(sheetUrl, say) {
    this.#sheet = loadOnce(() => loadSheet(sheetUrl));
    this.#say = say;
  }

  /**
   * With the style sheet.
   * @template Part
   * @param {() => Promise<Part>} load
   */
  async load(load) {
    const [part] = await Promise.all([load(), this.#sheet()]);
    return part;
  }

  /**
   * @template Part
   * @param {() => Promise<Part>} load
   * @param {(part: Part) => void} open not called if the user presses Escape meanwhile
   */
  async open(load, open) {
    const keys = new HeldKeys();
    const part = await this.load(load).catch(() => null);
    keys.stop();
    if (part === null) this.#fail();
    else if (!keys.isCancelled) this.#open(() => open(part));
    keys.replay(part !== null);
  }

  #fail() {
    this.#hasFailed = true;
    this.#say(gettext("The server cannot be reached. Try again in a moment."));
  }

  /** @param {() => void} open */
  #open(open) {
    if (this.#hasFailed) this.#say("");
    this.#hasFailed = false;
    open();
  }
}

/** @param {string} href @returns {Promise<void>} */
function loadSheet(href) {
  const link = element("link", {rel: "stylesheet", href});
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`${href} was not loaded`));
    });
  });
}

/** The browser itself sends no form for an Enter that a script repeats. @param {string} key @param {Element | null} focused */
function repeatKey(key, focused) {
  const isTaken = !focused?.dispatchEvent(new KeyboardEvent("keydown", {key, ...PRESSED}));
  if (key === "Enter" && !isTaken && focused instanceof HTMLInputElement) focused.form?.requestSubmit();
}

/** Keys that are pressed while something loads. */
class HeldKeys {
  /** @type {string[]} */
  #keys = [];
  #isCancelled = false;
  #onKeyDown = (/** @type {KeyboardEvent} */ event) => this.#hold(event);

  constructor() {
    document.addEventListener("keydown", this.#onKeyDown, {capture: true});
  }

  get isCancelled() {
    return this.#isCancelled;
  }

  stop() {
    document.removeEventListener("keydown", this.#onKeyDown, {capture: true});
  }

  /** @param {boolean} isOpen otherwise nothing but text is repeated: an Enter was not meant for what is there */
  replay(isOpen) {
    for (const key of this.#keys) {
      if (key.length === 1) insertText(key);
      else if (isOpen) repeatKey(key, document.activeElement);
    }
  }

  /** @param {KeyboardEvent} event */
  #hold(event) {
    const {key} = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key.length === 1 || KEYS.includes(key)) this.#keys.push(key);
    else if (key === "Backspace") this.#keys.pop();
    else if (key === "Escape") this.#cancel();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #cancel() {
    this.#isCancelled = true;
    this.#keys = [];
  }
}
