/**
 * The field for a new message, or for another text of an old one: it grows with the text, keeps the focus, and sends
 * with Enter.
 */

import {checkLength, tooLongSentence} from "../model/message_length.js";
import {cleanText, messageToSend} from "../model/message_text.js";
import {isSendKey} from "../model/send_key.js";
import {gettext, interpolate, locale} from "../model/translate.js";
import {ComposerNote} from "./composer_note.js";
import {find, icon} from "./dom.js";
import {watchFiles} from "./file_drop.js";
import {insertText, keepCaret} from "./insert_text.js";
import {loadOnce} from "./on_demand.js";
import {TypingDevice} from "./typing_device.js";

const MAX_PARTS = 20; // a longer text is no message; it is not offered to send it in more parts

export class Composer {
  #form = find("#composer", HTMLFormElement);
  #input = find("#composer-text", HTMLTextAreaElement);
  #sendButton = find("#composer-send", HTMLButtonElement);
  #counter = find("#composer-counter", HTMLElement);
  #note = new ComposerNote();
  #maxCharacters;
  #calls;
  #isEditing = false;
  #isTooLong = false;
  #width = 0; // of the field, when its height was fitted
  #device = new TypingDevice();
  #loadSplitting = loadOnce(() => import("../model/message_parts.js"));
  /** @type {typeof import("../model/message_parts.js").splitMessage | null} */
  #splitMessage = null;

  /**
   * @param {object} options
   * @param {number} options.maxCharacters
   * @param {(texts: string[]) => void} options.onSend one text, or the parts of a long one
   * @param {() => void} options.onEmptied Enter was pressed, and nothing is left of the text that is edited
   * @param {(text: string) => void} options.onText the user has changed the text
   * @param {() => void} options.onTyping a message
   * @param {(reason: string) => void} options.onRefused the text is too long, or something else than text cannot be sent
   * @param {() => boolean} options.onEscape returns whether the key had something to end
   * @param {() => void} options.onUp in an empty field
   */
  constructor({maxCharacters, ...calls}) {
    this.#maxCharacters = maxCharacters;
    this.#calls = calls;
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#input.addEventListener("input", () => this.#onInput());
    this.#input.addEventListener("keydown", (event) => this.#onKeydown(event));
    this.#input.addEventListener("paste", (event) => this.#onPaste(event));
    keepCaret(this.#input);
    watchFiles(this.#input, () => this.#refuseFiles());
    new ResizeObserver(() => this.#onResize()).observe(this.#input);
    document.addEventListener("keydown", (event) => this.#onDocumentKeydown(event));
  }

  get text() {
    return this.#input.value;
  }

  /** Shows the field. It takes no focus on a touch screen, because focus opens the on-screen keyboard. */
  show() {
    this.#form.hidden = false;
    this.#render();
    if (!this.#device.isTouch) this.focus();
  }

  hide() {
    this.#form.hidden = true;
  }

  focus() {
    this.#input.focus({preventScroll: true});
  }

  /** Returns the text of a failed message to the field, in front of the text that is there. @param {string} text */
  prepend(text) {
    this.#input.value = this.text ? `${text}\n${this.text}` : text;
    this.#textChanged();
    this.focus();
  }

  /** Puts text where the cursor is, as if it was typed. @param {string} text */
  insert(text) {
    this.focus();
    insertText(text);
  }

  /** Something that concerns the text, until it changes. @param {string} sentence */
  say(sentence) {
    this.#note.show(sentence);
    this.#calls.onRefused(sentence);
  }

  /** Replaces the text. @param {string} text @param {boolean} isEditing whether it is that of an old message */
  write(text, isEditing) {
    this.#isEditing = isEditing;
    this.#input.value = text;
    this.#showSendButton(isEditing ? gettext("Save") : gettext("Send"), isEditing ? "check" : "send");
    this.#render();
  }

  /** @param {string} label @param {string} iconName */
  #showSendButton(label, iconName) {
    find("svg", SVGElement, this.#sendButton).replaceWith(icon(iconName));
    find("span", HTMLElement, this.#sendButton).textContent = label;
  }

  #onInput() {
    this.#textChanged();
    if (messageToSend(this.#input.value) && !this.#isEditing) this.#calls.onTyping();
  }

  #textChanged() {
    this.#calls.onText(this.text);
    this.#render();
  }

  #render() {
    const {remaining, isNearLimit, isTooLong, canSend} = this.#checkLength();
    this.#counter.textContent = isNearLimit ? remaining.toLocaleString(locale()) : "";
    this.#counter.toggleAttribute("data-over", isTooLong);
    this.#input.setAttribute("aria-invalid", String(isTooLong));
    if (isTooLong && !this.#isTooLong) this.#calls.onRefused(tooLongSentence(-remaining));
    this.#isTooLong = isTooLong;
    this.#sendButton.disabled = isTooLong || (!canSend && !this.#isEditing);
    if (isTooLong) this.#offerParts(-remaining);
    else this.#note.hide();
    this.#fitHeight();
  }

  /** @param {number} excess in characters */
  #offerParts(excess) {
    const isOffered = !this.#isEditing && excess < (MAX_PARTS - 1) * this.#maxCharacters;
    const parts = isOffered ? this.#parts() : [];
    const label = interpolate(gettext("Send in %(count)s parts"), {count: parts.length});
    const action = {label, onClick: () => this.#send(parts)};
    this.#note.show(tooLongSentence(excess), parts.length > 0 ? action : null);
  }

  /** Those of a long text; none until the code that splits it is loaded. */
  #parts() {
    if (this.#splitMessage) return this.#splitMessage(this.#input.value, this.#maxCharacters);
    this.#loadSplitting().then(
      ({splitMessage}) => {
        this.#splitMessage = splitMessage;
        this.#render();
      },
      () => {}, // until the next key
    );
    return [];
  }

  #refuseFiles() {
    this.say(gettext("Files cannot be sent here yet."));
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
    if (this.#onPlainKey(event)) return event.preventDefault();
    if (!isSendKey(event, this.#device)) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it did something */
  #onPlainKey({key, isComposing, shiftKey, ctrlKey, metaKey, altKey, defaultPrevented}) {
    if (isComposing || shiftKey || ctrlKey || metaKey || altKey || defaultPrevented) return false;
    if (key === "Escape") return this.#calls.onEscape();
    if (key !== "ArrowUp" || this.#input.value || this.#isEditing) return false;
    this.#calls.onUp();
    return true;
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    const {canSend, isTooLong, remaining} = this.#checkLength();
    if (isTooLong) this.#calls.onRefused(tooLongSentence(-remaining));
    if (!canSend) return this.#isEditing && !isTooLong ? this.#calls.onEmptied() : undefined;
    this.#send([messageToSend(this.#input.value)]);
  }

  /** @param {string[]} texts */
  #send(texts) {
    this.#calls.onSend(texts);
    this.focus();
  }

  /** Typing anywhere on the page moves the focus into the field. @param {KeyboardEvent} event */
  #onDocumentKeydown(event) {
    if (event.defaultPrevented) return; // a key of the message that has the focus
    const isText = event.key.length === 1 && event.key !== " " && !(event.ctrlKey || event.metaKey || event.altKey);
    const focused = document.activeElement;
    const isOutsideControls = focused === document.body || focused?.matches("[role=log], article");
    if (isText && isOutsideControls && !this.#form.hidden && !document.querySelector("dialog[open]")) this.focus();
  }
}
