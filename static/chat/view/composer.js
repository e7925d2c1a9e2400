/**
 * The field for a new message: it grows with the text, stores the draft, keeps the focus, and sends with Enter.
 */

import {checkLength, tooLongSentence} from "../model/message_length.js";
import {splitMessage} from "../model/message_parts.js";
import {cleanText, messageToSend} from "../model/message_text.js";
import {isSendKey, ScreenKeyboard} from "../model/send_key.js";
import {gettext, interpolate, locale} from "../model/translate.js";
import {ComposerNote} from "./composer_note.js";
import {find} from "./dom.js";
import {watchFiles} from "./file_drop.js";
import {insertText} from "./insert_text.js";

const MAX_PARTS = 20; // a longer text is no message; it is not offered to send it in more parts

export class Composer {
  #form = find("#composer", HTMLFormElement);
  #input = find("#composer-text", HTMLTextAreaElement);
  #sendButton = find("#composer-send", HTMLButtonElement);
  #counter = find("#composer-counter", HTMLElement);
  #note = new ComposerNote();
  #maxCharacters;
  #draft;
  #onSend;
  #onTyping;
  #onRefused;
  #isTooLong = false;
  #width = 0; // of the field, when its height was fitted
  #touch = matchMedia("(pointer: coarse)");
  #screenKeyboard = new ScreenKeyboard();

  /**
   * @param {object} options
   * @param {number} options.maxCharacters
   * @param {DraftRecords} options.draft
   * @param {(text: string) => void} options.onSend
   * @param {() => void} options.onTyping
   * @param {(reason: string) => void} options.onRefused the text is too long, or something else than text cannot be sent
   */
  constructor({maxCharacters, draft, onSend, onTyping, onRefused}) {
    this.#maxCharacters = maxCharacters;
    this.#draft = draft;
    this.#onSend = onSend;
    this.#onTyping = onTyping;
    this.#onRefused = onRefused;
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#input.addEventListener("input", () => this.#onInput());
    this.#input.addEventListener("keydown", (event) => this.#onKeydown(event));
    this.#input.addEventListener("paste", (event) => this.#onPaste(event));
    watchFiles(this.#input, () => this.#refuseFiles());
    new ResizeObserver(() => this.#onResize()).observe(this.#input);
    this.#watchViewport();
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

  /** Puts text where the cursor is, as if it was typed. @param {string} text */
  insert(text) {
    this.focus();
    insertText(text);
  }

  #restoreDraft() {
    // Text that was typed before this script ran is newer than the draft of a closed page.
    const draft = this.#input.value || this.#draft.takeNewest();
    if (typeof draft !== "string" || !draft) return;
    this.#input.value = draft;
    this.#draft.write(draft);
  }

  #onInput() {
    this.#textChanged();
    if (messageToSend(this.#input.value)) this.#onTyping();
  }

  #textChanged() {
    this.#draft.write(this.#input.value || null);
    this.#render();
  }

  #render() {
    const {remaining, isNearLimit, isTooLong, canSend} = this.#checkLength();
    this.#counter.textContent = isNearLimit ? remaining.toLocaleString(locale()) : "";
    this.#counter.toggleAttribute("data-over", isTooLong);
    this.#input.setAttribute("aria-invalid", String(isTooLong));
    if (isTooLong && !this.#isTooLong) this.#onRefused(tooLongSentence(-remaining));
    this.#isTooLong = isTooLong;
    this.#sendButton.disabled = !canSend;
    if (isTooLong) this.#offerParts(-remaining);
    else this.#note.hide();
    this.#fitHeight();
  }

  /** @param {number} excess in characters */
  #offerParts(excess) {
    const isOffered = excess < (MAX_PARTS - 1) * this.#maxCharacters;
    const parts = isOffered ? splitMessage(this.#input.value, this.#maxCharacters) : [];
    const label = interpolate(gettext("Send in %(count)s parts"), {count: parts.length});
    const action = {label, onClick: () => this.#send(parts)};
    this.#note.show(tooLongSentence(excess), isOffered ? action : null);
  }

  #refuseFiles() {
    const sentence = gettext("Files cannot be sent here yet.");
    this.#note.show(sentence);
    this.#onRefused(sentence);
  }

  #checkLength() {
    return checkLength(messageToSend(this.#input.value), this.#maxCharacters);
  }

  #fitHeight() {
    this.#width = this.#input.offsetWidth;
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }

  /** At another width the lines break elsewhere. */
  #onResize() {
    if (this.#input.offsetWidth !== this.#width) this.#fitHeight();
  }

  #watchViewport() {
    const viewport = window.visualViewport;
    const resized = () => {
      const {width, height, scale} = viewport ?? {width: innerWidth, height: innerHeight, scale: 1};
      this.#screenKeyboard.resized(Math.round(width * scale), height * scale);
    };
    resized();
    (viewport ?? window).addEventListener("resize", resized);
  }

  /** @param {ClipboardEvent} event */
  #onPaste(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const cleaned = cleanText(text);
    // Where nothing has to be changed, the browser pastes.
    if (cleaned === text.replace(/\r\n?/g, "\n")) return;
    event.preventDefault();
    insertText(cleaned);
  }

  /** @param {KeyboardEvent} event */
  #onKeydown(event) {
    const device = {isTouch: this.#touch.matches, isKeyboardOnScreen: this.#screenKeyboard.isOpen};
    if (!isSendKey(event, device)) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    const {canSend, isTooLong, remaining} = this.#checkLength();
    if (isTooLong) this.#onRefused(tooLongSentence(-remaining));
    if (!canSend) return;
    this.#send([messageToSend(this.#input.value)]);
  }

  /** @param {string[]} texts */
  #send(texts) {
    this.#input.value = "";
    this.#textChanged();
    this.focus();
    for (const text of texts) this.#onSend(text);
  }

  /** Typing anywhere on the page moves the focus into the field. @param {KeyboardEvent} event */
  #onDocumentKeydown(event) {
    const isText = event.key.length === 1 && event.key !== " " && !(event.ctrlKey || event.metaKey || event.altKey);
    const focused = document.activeElement;
    const isOutsideControls = focused === document.body || focused?.matches("[role=log], article");
    if (isText && isOutsideControls && !this.#form.hidden && !document.querySelector("dialog[open]")) this.focus();
  }
}
