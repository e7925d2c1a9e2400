/**
 * The list of people in the sidebar and their number in the header.
 */

import {hueOf, initialOf} from "../model/avatar.js";
import {cloneTemplate, find} from "./dom.js";

const NOTE_SHOWN = 4 * 1000; // 4 s

export class PeopleView {
  #section = find("#people-section", HTMLElement);
  #list = find("#people", HTMLElement);
  #more = find("#people-more", HTMLElement);
  #note = find("#people-note", HTMLElement);
  #count = find("#room-count", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {{members: Wire.Member[], count: number}} people @param {Wire.Member} you */
  render({members, count}, you) {
    this.#section.hidden = false;
    this.#count.textContent = count === 1 ? "Only you are here" : `${count} people`;
    this.#more.textContent = count > members.length ? `and ${count - members.length} more` : "";
    this.#list.replaceChildren(...members.map((person) => personItem(person, person.author === you.author)));
  }

  /** A word about who came or went, gone again in a moment. @param {string} sentence */
  note(sentence) {
    clearTimeout(this.#timer);
    this.#note.textContent = sentence;
    this.#timer = setTimeout(() => this.#note.replaceChildren(), NOTE_SHOWN);
  }
}

/** @param {Wire.Member} person @param {boolean} isYou */
function personItem({username}, isYou) {
  const item = cloneTemplate("#person-template");
  item.dataset.hue = hueOf(username);
  find(".avatar", HTMLElement, item).textContent = initialOf(username);
  find(".person__name", HTMLElement, item).textContent = username;
  find(".person__you", HTMLElement, item).hidden = !isYou;
  return item;
}
