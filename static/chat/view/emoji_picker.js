/**
 * The dialog in which an emoji is chosen: by search, by group, or one of those used last. The focus stays in the search
 * field, and the arrow keys move in the grid.
 */

import {nextCell} from "../model/emoji_grid.js";
import {placeBeside} from "../model/placement.js";
import {isOfInputMethod} from "../model/send_key.js";
import {TONES, withTone} from "../model/skin_tones.js";
import {gettext} from "../model/translate.js";
import {closeByClickOutside} from "./dialog.js";
import {element, setText} from "./dom.js";

const MAX_FOUND = 96;
const SAMPLE = "✋"; // shows the skin tones

/** @typedef {import("../model/emoji_search.js").Emoji} Emoji */
/** @typedef {import("../model/emoji_search.js").EmojiGroup} EmojiGroup */
/** @typedef {import("../model/emoji_search.js").EmojiList} EmojiList */
/** @typedef {import("../model/skin_tones.js").Tone} Tone */

export class EmojiPicker {
  #source;
  #settings;
  #recent;
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #input = element("input", {className: "field", type: "text", autocomplete: "off", spellcheck: false});
  #tabs = element("div", {className: "emoji-picker__tabs"});
  #grid = element("div", {className: "emoji-picker__grid", id: "emoji-grid", role: "listbox", tabIndex: -1});
  #status = element("p", {className: "emoji-picker__status", role: "status"});
  #hint = element("p", {className: "emoji-picker__hint", ariaHidden: "true"});
  /** @type {EmojiList | null} */
  #list = null;
  /** @type {EmojiGroup[]} */
  #groups = [];
  #active = -1;
  #onChoose = (/** @type {string} */ _emoji) => {};
  #touch = matchMedia("(pointer: coarse)");

  /**
   * @param {object} options
   * @param {{load(): Promise<EmojiList>}} options.source
   * @param {Settings} options.settings
   * @param {import("../model/recent_emoji.js").RecentEmoji} options.recent
   */
  constructor({source, settings, recent}) {
    this.#source = source;
    this.#settings = settings;
    this.#recent = recent;
  }

  /**
   * Opens beside an element, which gets the focus again when nothing was chosen.
   * @param {Element} anchor
   * @param {(emoji: string) => void} onChoose called once, after the dialog is closed
   */
  async open(anchor, onChoose) {
    this.#dialog ??= this.#create();
    if (this.#dialog.open) return;
    this.#onChoose = onChoose;
    this.#input.value = "";
    this.#dialog.showModal();
    this.#place(anchor);
    (this.#touch.matches ? this.#grid : this.#input).focus({preventScroll: true}); // no keyboard on the screen at first
    await this.#load();
  }

  /** What is chosen is not chosen twice, and without a choice nothing happens. @param {string} emoji */
  #choose(emoji) {
    const onChoose = this.#onChoose;
    this.#dialog?.close();
    onChoose(emoji);
  }

  async #load() {
    if (!this.#list) setText(this.#status, gettext("Loading the emoji…"));
    try {
      this.#list = await this.#source.load();
      this.#render();
    } catch (error) {
      setText(this.#status, error instanceof Error ? error.message : String(error));
    }
  }

  #create() {
    this.#input.placeholder = gettext("Search emoji");
    const combobox = {role: "combobox", ariaLabel: gettext("Search emoji"), ariaExpanded: "true"};
    Object.assign(this.#input, combobox, {ariaAutoComplete: "list"});
    this.#input.setAttribute("aria-controls", this.#grid.id);
    this.#grid.ariaLabel = gettext("Emoji");
    const foot = element("div", {className: "emoji-picker__foot"}, this.#hint, this.#createTones());
    const parts = [this.#input, this.#tabs, this.#status, this.#grid, foot];
    const dialog = element(
      "dialog",
      {className: "dialog emoji-picker", ariaLabel: gettext("Choose an emoji")},
      ...parts,
    );
    closeByClickOutside(dialog);
    this.#input.addEventListener("input", () => (this.#list ? this.#render() : this.#load()));
    dialog.addEventListener("keydown", (event) => this.#onKeyDown(event));
    this.#grid.addEventListener("click", ({target}) => this.#chooseCell(this.#indexOf(target)));
    this.#grid.addEventListener("pointerover", ({target}) => this.#showHint(this.#indexOf(target)));
    document.body.append(dialog);
    return dialog;
  }

  #createTones() {
    const names = {
      none: gettext("No skin tone"),
      light: gettext("Light skin tone"),
      "medium-light": gettext("Medium-light skin tone"),
      medium: gettext("Medium skin tone"),
      "medium-dark": gettext("Medium-dark skin tone"),
      dark: gettext("Dark skin tone"),
    };
    const radios = TONES.map((tone) => {
      const checked = tone === this.#settings.get("skinTone");
      const radio = element("input", {type: "radio", name: "skin-tone", value: tone, ariaLabel: names[tone], checked});
      radio.addEventListener("change", () => this.#toneChosen(tone));
      const sample = element("span", {ariaHidden: "true", textContent: withTone(SAMPLE, tone)});
      return element("label", {className: "emoji-picker__tone", title: names[tone]}, radio, sample);
    });
    const group = element("div", {className: "emoji-picker__tones", role: "radiogroup"}, ...radios);
    group.ariaLabel = gettext("Skin tone");
    return group;
  }

  /** @param {Tone} tone */
  #toneChosen(tone) {
    this.#settings.set("skinTone", tone);
    const scrollTop = this.#grid.scrollTop;
    this.#render();
    this.#grid.scrollTop = scrollTop;
  }

  #render() {
    if (!this.#list) return;
    const isSearch = this.#input.value.trim() !== "";
    this.#groups = isSearch ? this.#found(this.#list) : this.#all(this.#list);
    let index = 0;
    const sections = this.#groups.map((group) => {
      const options = group.emoji.map((emoji) => this.#createOption(emoji, index++));
      return createSection(group.name, options);
    });
    this.#grid.replaceChildren(...sections);
    this.#grid.scrollTop = 0;
    this.#renderTabs(isSearch ? [] : sections);
    setText(this.#status, index === 0 ? gettext("No emoji has such a name.") : "");
    this.#activate(isSearch && index > 0 ? 0 : -1);
  }

  /** @param {EmojiList} list @returns {EmojiGroup[]} */
  #found(list) {
    const emoji = list.search(this.#input.value, MAX_FOUND);
    return emoji.length > 0 ? [{name: gettext("Found"), emoji}] : [];
  }

  /** @param {EmojiList} list @returns {EmojiGroup[]} */
  #all(list) {
    const recent = this.#recent.items.map((text) => list.find(text)).filter((emoji) => emoji !== undefined);
    return recent.length > 0 ? [{name: gettext("Used last"), emoji: recent}, ...list.groups] : list.groups;
  }

  /** @param {HTMLElement[]} sections */
  #renderTabs(sections) {
    const tabs = this.#groups.slice(0, sections.length).map(({name, emoji}, position) => {
      const sign = element("span", {ariaHidden: "true", textContent: emoji[0].emoji});
      const tab = element(
        "button",
        {className: "emoji-picker__tab", type: "button", title: name, ariaLabel: name},
        sign,
      );
      tab.addEventListener("click", () => sections[position].scrollIntoView({block: "start"}));
      return tab;
    });
    this.#tabs.replaceChildren(...tabs);
  }

  /** @param {Emoji} emoji @param {number} index */
  #createOption(emoji, index) {
    const textContent = this.#toned(emoji);
    const id = `emoji-${index}`;
    return element("span", {className: "emoji-picker__option", role: "option", id, ariaLabel: emoji.name, textContent});
  }

  /** @param {Emoji} emoji */
  #toned({emoji, hasTones}) {
    return hasTones ? withTone(emoji, this.#settings.get("skinTone")) : emoji;
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    const {target, key} = event;
    const isInGrid = target === this.#input || target === this.#grid;
    if (!isInGrid || isOfInputMethod(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Enter") this.#chooseCell(this.#active);
    else if (!this.#move(key)) return this.#typeIntoField(event);
    event.preventDefault();
  }

  /** Left, right, Home and End belong to the text while there is one and the grid was not entered. @param {string} key */
  #move(key) {
    const isOfText = !key.startsWith("Arrow") || key === "ArrowLeft" || key === "ArrowRight";
    if (isOfText && this.#input.value && this.#active <= 0) return false;
    const sizes = this.#groups.map(({emoji}) => emoji.length);
    const index = nextCell(key, this.#active, sizes, this.#columns);
    if (index !== null) this.#activate(index);
    return index !== null;
  }

  /** On a touch screen the grid has the focus first. @param {KeyboardEvent} event */
  #typeIntoField({target, key}) {
    if (target === this.#grid && key.length === 1) this.#input.focus();
  }

  get #columns() {
    const row = this.#grid.querySelector(".emoji-picker__cells");
    return row ? getComputedStyle(row).gridTemplateColumns.split(" ").length : 1;
  }

  /** @param {number} index -1 for none */
  #activate(index) {
    this.#option(this.#active)?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#option(index);
    for (const field of [this.#input, this.#grid]) {
      if (option) field.setAttribute("aria-activedescendant", option.id);
      else field.removeAttribute("aria-activedescendant");
    }
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({block: "nearest"});
    this.#showHint(index);
  }

  /** @param {number} index */
  #option(index) {
    return index < 0 ? null : this.#grid.querySelector(`#emoji-${index}`);
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const option = target instanceof Element ? target.closest("[role=option]") : null;
    return option ? Number(option.id.replace("emoji-", "")) : -1;
  }

  /** @param {number} index */
  #emojiAt(index) {
    return index < 0 ? undefined : this.#groups.flatMap(({emoji}) => emoji)[index];
  }

  /** @param {number} index */
  #showHint(index) {
    const emoji = this.#emojiAt(index);
    if (emoji) setText(this.#hint, `${emoji.name} :${emoji.codes[0]}:`);
  }

  /** @param {number} index */
  #chooseCell(index) {
    const emoji = this.#emojiAt(index);
    if (!emoji) return;
    this.#recent.add(this.#toned(emoji));
    this.#choose(this.#toned(emoji));
  }

  /** On a wide window. On a narrow one the style sheet does it. @param {Element} anchor */
  #place(anchor) {
    if (!this.#dialog) return;
    const {offsetWidth: width, offsetHeight: height, style} = this.#dialog;
    const viewport = {width: document.documentElement.clientWidth, height: innerHeight};
    const {left, top} = placeBeside(anchor.getBoundingClientRect(), {width, height}, viewport);
    style.setProperty("--left", `${left}px`);
    style.setProperty("--top", `${top}px`);
  }
}

/** @param {string} name @param {HTMLElement[]} options */
function createSection(name, options) {
  const heading = element("div", {className: "emoji-picker__heading", ariaHidden: "true", textContent: name});
  const cells = element("div", {className: "emoji-picker__cells", role: "presentation"}, ...options);
  return element("div", {className: "emoji-picker__group", role: "group", ariaLabel: name}, heading, cells);
}
