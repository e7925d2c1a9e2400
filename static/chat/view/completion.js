/**
 * Completes names and emoji in the composer: a list above the field, in which the arrow keys move while the focus stays
 * in the text. `:wave:` becomes the emoji when its last colon is typed.
 */

import {findTrigger, matchingPeople, typedCode} from "../model/completion.js";
import {mentionOf} from "../model/mentions.js";
import {isOfInputMethod} from "../model/send_key.js";
import {withTone} from "../model/skin_tones.js";
import {gettext} from "../model/translate.js";
import {showAvatar} from "./avatar_view.js";
import {element} from "./dom.js";
import {insertText} from "./insert_text.js";

const MAX_SHOWN = 8;

/** @typedef {import("../model/completion.js").Trigger} Trigger */
/** @typedef {import("../model/emoji_search.js").Emoji} Emoji */
/** @typedef {import("../model/emoji_search.js").EmojiList} EmojiList */
/** @typedef {{item: HTMLElement, text: string, emoji?: Emoji}} Suggestion */

export class Completion {
  #input;
  #source;
  #settings;
  #recent;
  #people;
  #list = element("ul", {className: "completion", id: "completion", role: "listbox", hidden: true});
  /** @type {Trigger | null} */
  #trigger = null;
  /** @type {Suggestion[]} */
  #shown = [];
  #selected = 0;
  #dismissedAt = -1; // where the trigger begins whose list was closed with Escape

  /**
   * @param {object} options
   * @param {HTMLTextAreaElement} options.input
   * @param {{list: EmojiList | null, load(): Promise<EmojiList>}} options.source
   * @param {Settings} options.settings
   * @param {import("../model/recent_emoji.js").RecentEmoji} options.recent
   * @param {() => string[]} options.people usernames, those whom one means most likely first
   */
  constructor({input, source, settings, recent, people}) {
    this.#input = input;
    this.#source = source;
    this.#settings = settings;
    this.#recent = recent;
    this.#people = people;
    this.#list.ariaLabel = gettext("Suggestions");
    input.before(this.#list);
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.#list.id);
    // Before the composer, which sends with Enter.
    input.addEventListener("keydown", (event) => this.#onKeyDown(event), {capture: true});
    input.addEventListener("input", (event) => this.typed(/** @type {InputEvent} */ (event)));
    input.addEventListener("compositionend", () => this.#update());
    input.addEventListener("blur", () => this.#close());
    document.addEventListener("selectionchange", () => this.#onCaretMoved());
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    this.#list.addEventListener("click", ({target}) => this.#onClick(target));
  }

  get #isOpen() {
    return !this.#list.hidden;
  }

  /** Also while a word is composed: keyboards on a screen compose every word. @param {InputEvent} event */
  typed({isComposing, inputType, data}) {
    const isTyped = inputType.startsWith("insert") && inputType !== "insertFromPaste";
    if (isTyped && data?.endsWith(":") && !isComposing) this.#convert();
    else if (isTyped || inputType.startsWith("delete")) this.#update();
    else this.#close();
  }

  #update() {
    this.#trigger = this.#readTrigger();
    if (this.#trigger?.start !== this.#dismissedAt) this.#dismissedAt = -1;
    if (!this.#trigger || this.#dismissedAt >= 0) return this.#close();
    this.#show(this.#trigger.kind === "person" ? this.#peopleFor(this.#trigger) : this.#emojiFor(this.#trigger));
  }

  #readTrigger() {
    const {value, selectionStart, selectionEnd} = this.#input;
    return selectionStart === selectionEnd ? findTrigger(value, selectionStart) : null;
  }

  /** @param {Trigger} trigger @returns {Suggestion[]} */
  #peopleFor({query}) {
    const found = matchingPeople(query, this.#people()).slice(0, MAX_SHOWN);
    return found.map((username) => ({item: personItem(username), text: mentionOf(username)}));
  }

  /** @param {Trigger} trigger @returns {Suggestion[]} */
  #emojiFor({query}) {
    const {list} = this.#source;
    if (!list) this.#load(() => this.#update());
    const found = list?.search(query, MAX_SHOWN) ?? [];
    return found.map((emoji) => ({item: emojiItem(emoji, this.#toned(emoji)), text: this.#toned(emoji), emoji}));
  }

  /** The list is loaded when the first name is typed; without it nothing is completed. @param {() => void} then */
  #load(then) {
    const isWriting = () => document.activeElement === this.#input;
    this.#source.load().then(
      () => isWriting() && then(),
      () => this.#close(),
    );
  }

  /** @param {Emoji} emoji */
  #toned({emoji, hasTones}) {
    return hasTones ? withTone(emoji, this.#settings.get("skinTone")) : emoji;
  }

  /** Replaces `:wave:` in front of the cursor. */
  #convert() {
    this.#close();
    const typed = typedCode(this.#input.value, this.#input.selectionStart);
    if (!typed) return;
    const {list} = this.#source;
    if (!list) return this.#load(() => this.#convert());
    const emoji = list.byCode(typed.code);
    if (!emoji) return;
    this.#recent.add(this.#toned(emoji));
    this.#replace(typed, this.#toned(emoji));
  }

  /** @param {{start: number, end: number}} range @param {string} text */
  #replace({start, end}, text) {
    this.#input.setSelectionRange(start, end);
    insertText(text);
  }

  /** @param {Suggestion[]} suggestions */
  #show(suggestions) {
    this.#shown = suggestions;
    if (suggestions.length === 0) return this.#close();
    suggestions.forEach(({item}, index) => {
      item.id = `completion-${index}`;
    });
    this.#list.replaceChildren(...suggestions.map(({item}) => item));
    this.#list.hidden = false;
    this.#select(0);
  }

  #close() {
    if (!this.#isOpen) return;
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  #select(index) {
    this.#selected = index;
    this.#shown.forEach(({item}, position) => {
      item.setAttribute("aria-selected", String(position === index));
    });
    this.#input.setAttribute("aria-activedescendant", this.#shown[index].item.id);
    this.#shown[index].item.scrollIntoView({block: "nearest"});
  }

  /** The cursor went elsewhere, or text was selected. */
  #onCaretMoved() {
    if (!this.#isOpen || this.#readTrigger()?.start === this.#trigger?.start) return;
    this.#close();
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (!this.#isOpen || isOfInputMethod(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) this.#select((this.#selected + step + this.#shown.length) % this.#shown.length);
    else if (event.key === "Enter" || event.key === "Tab") this.#take(this.#selected);
    else if (event.key === "Escape") this.#dismiss();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #dismiss() {
    this.#dismissedAt = this.#trigger?.start ?? -1;
    this.#close();
  }

  /** @param {EventTarget | null} target */
  #onClick(target) {
    const item = target instanceof Element ? target.closest("[role=option]") : null;
    const index = this.#shown.findIndex((suggestion) => suggestion.item === item);
    if (index >= 0) this.#take(index);
  }

  /** @param {number} index */
  #take(index) {
    const trigger = this.#readTrigger();
    const {text, emoji} = this.#shown[index];
    this.#close();
    if (!trigger) return;
    if (emoji) this.#recent.add(this.#toned(emoji));
    const isSpaceNext = /^\s/.test(this.#input.value.slice(trigger.end));
    this.#replace(trigger, isSpaceNext ? text : `${text} `);
    this.#close();
  }
}

/** @param {string} username */
function personItem(username) {
  const avatar = element("span", {className: "avatar avatar--small", ariaHidden: "true"});
  const item = option(avatar, element("bdi", {className: "completion__name", textContent: username}));
  showAvatar(item, username);
  return item;
}

/** @param {Emoji} emoji @param {string} text with the skin tone */
function emojiItem({name, codes}, text) {
  return option(
    element("span", {className: "completion__emoji", ariaHidden: "true", textContent: text}),
    element("span", {className: "completion__name", textContent: name}),
    element("span", {className: "completion__code", ariaHidden: "true", textContent: `:${codes[0]}:`}),
  );
}

/** @param {Node[]} content */
function option(...content) {
  return element("li", {className: "completion__option", role: "option"}, ...content);
}
