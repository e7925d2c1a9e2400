/**
 * The list of the people in the room, and their number in the header.
 */

import {interpolate, locale, ngettext} from "../model/translate.js";
import {showAvatar} from "./avatar_view.js";
import {cloneTemplate, find} from "./dom.js";

const NOTE_SHOWN_MS = 4 * 1000;
const MAX_FOLLOWED = 20; // in a larger room each who comes or goes would make everybody ask the server

export class MembersView {
  #panel;
  #elsewhere;
  #list = find("#people", HTMLElement);
  #more = find("#people-more", HTMLElement);
  #note = find("#presence-note", HTMLElement);
  #count = find("#room-count", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noteTimer;

  /**
   * @param {{show(): void}} panel shown when the first list arrives
   * @param {{refreshSoon(): void}} elsewhere the list of those who may have gone to another room
   */
  constructor(panel, elsewhere) {
    this.#panel = panel;
    this.#elsewhere = elsewhere;
  }

  /** @param {Members} members @param {Wire.Member} currentUser */
  render(members, currentUser) {
    const people = members.listFor(currentUser);
    this.#panel.show();
    if (members.count <= MAX_FOLLOWED) this.#elsewhere.refreshSoon();
    this.#count.textContent = members.count.toLocaleString(locale());
    this.#more.hidden = members.count <= people.length;
    this.#more.textContent = moreText(members.count - people.length);
    this.#list.replaceChildren(...people.map((member) => createItem(member, member === currentUser)));
  }

  /** Shows a sentence above the composer for a few seconds. @param {string} sentence */
  announce(sentence) {
    clearTimeout(this.#noteTimer);
    this.#note.textContent = sentence;
    this.#noteTimer = setTimeout(() => this.#note.replaceChildren(), NOTE_SHOWN_MS);
  }
}

/** @param {number} count of people that are not listed */
function moreText(count) {
  return interpolate(ngettext("and %(count)s more", "and %(count)s more", count), {count});
}

/** @param {Wire.Member} member @param {boolean} isCurrentUser */
function createItem({username}, isCurrentUser) {
  const item = cloneTemplate("#person-template");
  showAvatar(item, username);
  const name = find(".person__name", HTMLElement, item);
  name.textContent = username;
  name.title = username; // the line may be too short for it
  find(".person__you", HTMLElement, item).hidden = !isCurrentUser;
  return item;
}
