/**
 * The list of members in the sidebar, and their number in the header.
 */

import {showAvatar} from "./avatar_view.js";
import {cloneTemplate, find} from "./dom.js";

const ANNOUNCEMENT_SHOWN_MS = 4 * 1000;

export class MembersView {
  #section = find("#people-section", HTMLElement);
  #list = find("#people", HTMLElement);
  #more = find("#people-more", HTMLElement);
  #announcement = find("#people-note", HTMLElement);
  #count = find("#room-count", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #announcementTimer;

  /** @param {Members} members @param {Wire.Member} currentUser */
  render({named, count}, currentUser) {
    this.#section.hidden = false;
    this.#count.textContent = count === 1 ? "Only you are here" : `${count} people`;
    this.#more.textContent = count > named.length ? `and ${count - named.length} more` : "";
    const items = named.map((member) => createItem(member, member.author === currentUser.author));
    this.#list.replaceChildren(...items);
  }

  /** Shows a sentence for a few seconds. @param {string} sentence */
  announce(sentence) {
    clearTimeout(this.#announcementTimer);
    this.#announcement.textContent = sentence;
    this.#announcementTimer = setTimeout(() => this.#announcement.replaceChildren(), ANNOUNCEMENT_SHOWN_MS);
  }
}

/** @param {Wire.Member} member @param {boolean} isCurrentUser */
function createItem({username}, isCurrentUser) {
  const item = cloneTemplate("#person-template");
  showAvatar(item, username);
  find(".person__name", HTMLElement, item).textContent = username;
  find(".person__you", HTMLElement, item).hidden = !isCurrentUser;
  return item;
}
