/**
 * The field one writes in: grows with the text, keeps the draft and the focus, sends with Enter.
 */

import {find} from "./dom.js";

const WARN_AT = 0.9; // of the longest message: from here on the rest is counted down

export class Composer {
  #form = find("#composer", HTMLFormElement);
  #text = find("#composer-text", HTMLTextAreaElement);
  #send = find("#composer-send", HTMLButtonElement);
  #counter = find("#composer-counter", HTMLElement);
  #longest;
  #draft;
  #onSend;
  #onTyping;
  // On a touch keyboard Enter is the only way to a new line.
  #touch = matchMedia("(pointer: coarse)");

  /**
   * @param {object} options
   * @param {number} options.longest characters
   * @param {ValueStorage} options.draft
   * @param {(text: string) => void} options.onSend
   * @param {() => void} options.onTyping
   */
  constructor({longest, draft, onSend, onTyping}) {
    this.#longest = longest;
    this.#draft = draft;
    this.#onSend = onSend;
    this.#onTyping = onTyping;
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("keydown", (event) => this.#catchTyping(event));
    this.#restoreDraft();
  }

  /** Lets people write. On a touch screen the keyboard stays down until they ask for it. */
  show() {
    this.#form.hidden = false;
    this.#update();
    if (!this.#touch.matches) this.focus();
  }

  hide() {
    this.#form.hidden = true;
  }

  focus() {
    this.#text.focus({preventScroll: true});
  }

  /** Gives words back to be mended, in front of what was begun meanwhile. @param {string} text */
  takeBack(text) {
    this.#text.value = this.#text.value ? `${text}\n${this.#text.value}` : text;
    this.#changed();
    this.focus();
  }

  #restoreDraft() {
    const draft = this.#draft.read();
    // What was typed before the script ran is newer than any draft.
    if (!this.#text.value && typeof draft === "string") this.#text.value = draft;
  }

  #typed() {
    this.#changed();
    if (this.#text.value.trim()) this.#onTyping();
  }

  #changed() {
    this.#draft.write(this.#text.value);
    this.#update();
  }

  #update() {
    const left = this.#longest - [...this.#text.value].length;
    this.#counter.textContent = left < this.#longest * (1 - WARN_AT) ? String(left) : "";
    this.#counter.toggleAttribute("data-over", left < 0);
    this.#send.disabled = left < 0 || !this.#text.value.trim();
    this.#grow();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // 229: Safari ends a composition before the Enter that confirmed it.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing || this.#touch.matches) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    event.preventDefault();
    if (this.#send.disabled) return;
    const text = this.#text.value.trim();
    this.#text.value = "";
    this.#changed();
    this.focus();
    this.#onSend(text);
  }

  /** Typing anywhere on the page goes into the field. @param {KeyboardEvent} event */
  #catchTyping(event) {
    const plain = event.key.length === 1 && event.key !== " " && !(event.ctrlKey || event.metaKey || event.altKey);
    const free = document.activeElement === document.body || document.activeElement?.getAttribute("role") === "log";
    if (plain && free && !this.#form.hidden && !document.querySelector("dialog[open]")) this.focus();
  }
}
