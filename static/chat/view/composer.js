/**
 * The field for a new message: it grows with the text, stores the draft, keeps the focus, and sends with Enter.
 */

import {checkLength} from "../model/message_length.js";
import {find} from "./dom.js";

const IME_KEY_CODE = 229; // the key code of a key press that belongs to an input method

export class Composer {
  #form = find("#composer", HTMLFormElement);
  #input = find("#composer-text", HTMLTextAreaElement);
  #sendButton = find("#composer-send", HTMLButtonElement);
  #counter = find("#composer-counter", HTMLElement);
  #maxCharacters;
  #draft;
  #onSend;
  #onTyping;
  // On a touch keyboard Enter is the only key for a new line.
  #touch = matchMedia("(pointer: coarse)");

  /**
   * @param {object} options
   * @param {number} options.maxCharacters
   * @param {ValueStorage} options.draft
   * @param {(text: string) => void} options.onSend
   * @param {() => void} options.onTyping
   */
  constructor({maxCharacters, draft, onSend, onTyping}) {
    this.#maxCharacters = maxCharacters;
    this.#draft = draft;
    this.#onSend = onSend;
    this.#onTyping = onTyping;
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#input.addEventListener("input", () => this.#onInput());
    this.#input.addEventListener("keydown", (event) => this.#onKeydown(event));
    document.addEventListener("keydown", (event) => this.#onDocumentKeydown(event));
    this.#restoreDraft();
  }

  /** Shows the field. It takes no focus on a touch screen, because focus opens the on-screen keyboard. */
  show() {
    this.#form.hidden = false;
    this.#render();
    if (!this.#touch.matches) this.focus();
  }

  hide() {
    this.#form.hidden = true;
  }

  focus() {
    this.#input.focus({preventScroll: true});
  }

  /** Returns the text of a failed message to the field, in front of the text that is there. @param {string} text */
  prepend(text) {
    this.#input.value = this.#input.value ? `${text}\n${this.#input.value}` : text;
    this.#textChanged();
    this.focus();
  }

  #restoreDraft() {
    const draft = this.#draft.read();
    // Text that was typed before this script ran is newer than the draft.
    if (!this.#input.value && typeof draft === "string") this.#input.value = draft;
  }

  #onInput() {
    this.#textChanged();
    if (this.#input.value.trim()) this.#onTyping();
  }

  #textChanged() {
    this.#draft.write(this.#input.value);
    this.#render();
  }

  #render() {
    const {remaining, isNearLimit, isTooLong, canSend} = checkLength(this.#input.value, this.#maxCharacters);
    this.#counter.textContent = isNearLimit ? String(remaining) : "";
    this.#counter.toggleAttribute("data-over", isTooLong);
    this.#sendButton.disabled = !canSend;
    this.#fitHeight();
  }

  #fitHeight() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #onKeydown(event) {
    // Safari sets isComposing to false before the Enter that confirms a composition; the key code still tells.
    const isComposing = event.isComposing || event.keyCode === IME_KEY_CODE;
    if (event.key !== "Enter" || event.shiftKey || isComposing || this.#touch.matches) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    if (this.#sendButton.disabled) return;
    const text = this.#input.value.trim();
    this.#input.value = "";
    this.#textChanged();
    this.focus();
    this.#onSend(text);
  }

  /** Typing anywhere on the page moves the focus into the field. @param {KeyboardEvent} event */
  #onDocumentKeydown(event) {
    const isText = event.key.length === 1 && event.key !== " " && !(event.ctrlKey || event.metaKey || event.altKey);
    const focused = document.activeElement;
    const isOutsideControls = focused === document.body || focused?.getAttribute("role") === "log";
    if (isText && isOutsideControls && !this.#form.hidden && !document.querySelector("dialog[open]")) this.focus();
  }
}
