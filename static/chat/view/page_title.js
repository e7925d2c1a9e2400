/**
 * The title of the page with the number of unread messages in front, and the icon of the page with the same number.
 */

import {find} from "./dom.js";

const MAX_IN_TITLE = 999;
const MAX_IN_ICON = 99; // the server draws no more

export class PageTitle {
  #base = document.title;
  #icon = find("link[rel=icon]", HTMLLinkElement);
  #plainIcon = this.#icon.href;
  #badgeUrl;
  #count = 0;

  /** @param {string} badgeUrl of an icon with a number, which `{count}` stands for */
  constructor(badgeUrl) {
    this.#badgeUrl = badgeUrl;
  }

  /** The room has another name. @param {string} name */
  rename(name) {
    this.#base = `${name} · chatsite`; // as in templates/chat/room.html
    this.#render();
  }

  /** @param {number} count */
  showUnread(count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#render();
    this.#icon.href =
      count > 0 ? this.#badgeUrl.replace("{count}", String(Math.min(count, MAX_IN_ICON + 1))) : this.#plainIcon;
    this.#badgeApp();
  }

  #render() {
    document.title = this.#count > 0 ? `(${limited(this.#count, MAX_IN_TITLE)}) ${this.#base}` : this.#base;
  }

  /** The icon of an installed app, where the system can show a number on it. */
  #badgeApp() {
    if ("setAppBadge" in navigator) navigator.setAppBadge(this.#count).catch(() => {}); // not installed
  }
}

/** @param {number} count @param {number} max */
function limited(count, max) {
  return count > max ? `${max}+` : String(count);
}
