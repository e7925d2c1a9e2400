/**
 * The dialog that goes to a room, or to a person, by some letters of the name. All rooms of the site are found; people
 * are those of this room, whose name is put into the composer, and those of other rooms, where it leads.
 */

import {fuzzyFilter} from "../model/fuzzy.js";
import {isOfInputMethod} from "../model/send_key.js";
import {gettext} from "../model/translate.js";
import {closeByClickOutside} from "./dialog.js";
import {element, find} from "./dom.js";

const MAX_SHOWN = 50;

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} sign "#" for a room, "@" for a person
 * @property {string} hint where a person is; "" for the others
 * @property {string} url of a room; "" for a person
 * @property {() => void} go
 */

export class Switcher {
  #targets;
  #dialog = find("#switcher", HTMLDialogElement);
  #input = find("#switcher-input", HTMLInputElement);
  #list = find("#switcher-list", HTMLElement);
  /** @type {Target[]} */
  #all = [];
  /** @type {Target[]} */
  #shown = [];
  #selected = 0;

  /** @param {(onMore: (targets: Target[]) => void) => Target[]} targets what is known now; more may follow */
  constructor(targets) {
    this.#targets = targets;
    this.#input.addEventListener("input", () => this.#render(0));
    this.#input.addEventListener("keydown", (event) => this.#onKeyDown(event));
    this.#list.addEventListener("click", ({target}) => this.#onClick(target));
    closeByClickOutside(this.#dialog);
  }

  open() {
    if (this.#dialog.open) return this.#dialog.close();
    // Another dialog would stay between the user and where the switcher leads to.
    /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog[open]"))?.close();
    this.#input.value = "";
    this.#all = this.#targets((all) => {
      this.#all = all;
      if (this.#dialog.open) this.#render(this.#selected);
    });
    this.#render(0);
    this.#dialog.showModal();
  }

  /** @param {number} selected */
  #render(selected) {
    this.#shown = fuzzyFilter(this.#input.value, this.#all, ({name}) => name).slice(0, MAX_SHOWN);
    this.#list.replaceChildren(...this.#shown.map(createOption));
    this.#select(Math.min(selected, Math.max(this.#shown.length - 1, 0)));
    find("#switcher-none", HTMLElement).hidden = this.#shown.length > 0;
  }

  /** @param {number} index */
  #select(index) {
    this.#selected = index;
    [...this.#list.children].forEach((option, position) => {
      option.setAttribute("aria-selected", String(position === index));
    });
    const option = this.#list.children[index];
    this.#input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({block: "nearest"});
  }

  /** @param {KeyboardEvent} event */
  #onKeyDown(event) {
    if (isOfInputMethod(event)) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step && this.#shown.length > 0) this.#select((this.#selected + step + this.#shown.length) % this.#shown.length);
    else if (event.key === "Enter") this.#go(this.#selected);
    else return;
    event.preventDefault();
  }

  /** @param {EventTarget | null} target */
  #onClick(target) {
    const option = target instanceof Element ? target.closest("[role=option]") : null;
    if (option) this.#go([...this.#list.children].indexOf(option));
  }

  /** @param {number} index */
  #go(index) {
    const target = this.#shown[index];
    if (!target) return;
    this.#dialog.close();
    target.go();
  }
}

/** @param {Target} target @param {number} index */
function createOption({name, sign, hint}, index) {
  const option = element("li", {className: "switcher__option", id: `switcher-${index}`, role: "option"});
  const kind = sign === "#" ? gettext("Room") : gettext("Person");
  option.append(
    element("span", {className: "switcher__sign", ariaHidden: "true", textContent: sign}),
    element("span", {className: "visually-hidden", textContent: `${kind} `}),
    element("bdi", {className: "switcher__name", textContent: name}),
  );
  if (hint) option.append(element("span", {className: "switcher__hint", textContent: hint}));
  return option;
}
