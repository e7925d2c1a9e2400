/**
 * The list of rooms in the sidebar: those with unread messages first, each with their number. The server tells changes
 * over the WebSocket; the whole list is read anew from time to time, for what other programs did to the rooms.
 */

import {totalUnread} from "../model/room_list.js";
import {interpolate, ngettext} from "../model/translate.js";
import {requireRoomNumbers} from "../net/frame_checks.js";
import {cloneTemplate, element, find, setText} from "./dom.js";

const REFRESH_INTERVAL_MS = 30 * 1000;
const FIRST_REFRESH_MS = 2 * 1000; // the welcome of the room refreshes the list, mostly before
const RENDER_DELAY_MS = 50; // a busy room changes its number a hundred times a second

/** @typedef {import("../model/room_list.js").RoomItem} RoomItem */

export class RoomsView {
  #list = find("#rooms", HTMLElement);
  /** By slug. @type {Map<string, HTMLElement>} */
  #items = new Map();
  #rooms;
  #http;
  #url;
  #onRefresh;
  #onRender;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #firstRefresh;

  /**
   * @param {object} options
   * @param {RoomList} options.rooms
   * @param {HttpClient} options.http
   * @param {string} options.url of the JSON list of rooms
   * @param {(rooms: Wire.RoomNumbers[]) => void} options.onRefresh gets what the server lists
   * @param {(unread: number) => void} options.onRender gets the number of unread messages in all rooms
   */
  constructor({rooms, http, url, onRefresh, onRender}) {
    this.#rooms = rooms;
    this.#http = http;
    this.#url = url;
    this.#onRefresh = onRefresh;
    this.#onRender = onRender;
  }

  /** @param {boolean} isConnecting a welcome is expected, which refreshes the list */
  start(isConnecting) {
    this.#firstRefresh = setTimeout(() => this.refresh(), isConnecting ? FIRST_REFRESH_MS : 0);
    setInterval(() => document.hidden || this.refresh(), REFRESH_INTERVAL_MS);
  }

  /** A failed request leaves the list unchanged; the next refresh tries again. */
  async refresh() {
    clearTimeout(this.#firstRefresh);
    const body = await this.#http.getJson(this.#url).catch(() => null);
    if (!Array.isArray(body?.rooms)) return;
    const rooms = body.rooms.map(requireRoomNumbers);
    this.#onRefresh(rooms);
    this.#rooms.replace(rooms, body.complete === true, Date.now());
    this.renderSoon();
  }

  /** @param {Wire.RoomNumbers[]} rooms that changed */
  update(rooms) {
    this.#onRefresh(rooms);
    this.#rooms.update(rooms, Date.now());
    this.renderSoon();
  }

  /** Renders in a moment, also in a hidden tab, where no animation frame comes. */
  renderSoon() {
    this.#timer ??= setTimeout(() => this.#render(), RENDER_DELAY_MS);
  }

  #render() {
    this.#timer = undefined;
    const {items} = this.#rooms;
    const elements = items.map((room) => this.#fill(room));
    this.#items = new Map(items.map(({room}, index) => [room, elements[index]]));
    if (this.#isInUse()) this.#list.append(...elements.filter(({isConnected}) => !isConnected));
    else this.#place(elements);
    this.#onRender(totalUnread(items));
  }

  /** A list that moves under the pointer, or under the focus of the keyboard, leads to the wrong room. */
  #isInUse() {
    return this.#list.contains(document.activeElement) || this.#list.matches(":hover");
  }

  /** Moves only what is not in its place: the others keep their state. @param {HTMLElement[]} elements */
  #place(elements) {
    const kept = new Set(elements);
    for (const item of [...this.#list.children]) if (!kept.has(/** @type {HTMLElement} */ (item))) item.remove();
    elements.forEach((item, index) => {
      if (this.#list.children[index] !== item) this.#list.insertBefore(item, this.#list.children[index] ?? null);
    });
  }

  /** @param {RoomItem} room */
  #fill({room, name, url, isCurrent, unread, mentions}) {
    const item = this.#items.get(room) ?? cloneTemplate("#room-template");
    const link = find("a", HTMLAnchorElement, item);
    if (link.getAttribute("href") !== url) link.href = url;
    if (isCurrent) link.setAttribute("aria-current", "page");
    setText(find(".room-link__name", HTMLElement, item), name);
    showCount(link, unread, mentions);
    return item;
  }
}

/** The number, behind an @ if the user is mentioned. @param {HTMLAnchorElement} link @param {number} unread @param {number} mentions */
function showCount(link, unread, mentions) {
  link.toggleAttribute("data-unread", unread > 0);
  const shown = link.querySelector(".room-link__count");
  if (unread === 0) return shown?.remove();
  const spoken = spokenCount(unread, mentions);
  if (shown?.lastElementChild?.textContent === spoken) return;
  const text = `${mentions > 0 ? "@ " : ""}${unread > 999 ? "999+" : unread}`;
  shown?.remove();
  link.append(
    element(
      "span",
      {className: "room-link__count"},
      element("span", {ariaHidden: "true"}, text),
      element("span", {className: "visually-hidden"}, spoken),
    ),
  );
}

/** @param {number} unread @param {number} mentions */
function spokenCount(unread, mentions) {
  const format = ngettext("%(count)s unread message", "%(count)s unread messages", unread);
  const messages = interpolate(format, {count: unread});
  if (mentions === 0) return messages;
  const addition = ngettext("%(count)s mentions you", "%(count)s mention you", mentions);
  return `${messages}, ${interpolate(addition, {count: mentions})}`;
}
