/**
 * The list of rooms in the sidebar. It is refreshed regularly and marks rooms with unread messages.
 */

import {cloneTemplate, find} from "./dom.js";

const REFRESH_INTERVAL_MS = 30 * 1000;

/** @typedef {import("../model/room_list.js").RoomItem} RoomItem */

export class RoomsView {
  #list = find("#rooms", HTMLElement);
  #rooms;
  #http;
  #url;

  /**
   * @param {object} options
   * @param {RoomList} options.rooms
   * @param {HttpClient} options.http
   * @param {string} options.url of the JSON list of rooms
   */
  constructor({rooms, http, url}) {
    this.#rooms = rooms;
    this.#http = http;
    this.#url = url;
  }

  start() {
    this.refresh();
    setInterval(() => document.hidden || this.refresh(), REFRESH_INTERVAL_MS);
  }

  /** A failed request leaves the list unchanged; the next refresh tries again. */
  async refresh() {
    const body = await this.#http.getJson(this.#url).catch(() => null);
    if (Array.isArray(body?.rooms)) this.#render(this.#rooms.update(body.rooms));
  }

  /** @param {RoomItem[]} items */
  #render(items) {
    // Replacing the focused link would lose the keyboard user's place in the list. The next refresh renders.
    if (!this.#list.contains(document.activeElement)) this.#list.replaceChildren(...items.map(createItem));
  }
}

/** @param {RoomItem} room */
function createItem({name, url, isCurrent, hasUnread}) {
  const item = cloneTemplate("#room-template");
  const link = find("a", HTMLAnchorElement, item);
  link.href = url;
  if (isCurrent) link.setAttribute("aria-current", "page");
  find(".room-link__name", HTMLElement, item).textContent = name;
  find(".room-link__news", HTMLElement, item).hidden = !hasUnread;
  return item;
}
