/**
 * The people in other rooms, below those of this room: dimmed, each with the room that a click leads to. The list is
 * read anew from time to time while it can be seen.
 */

import {showAvatar} from "./avatar_view.js";
import {cloneTemplate, find} from "./dom.js";
import {RovingList} from "./roving_list.js";

const REFRESH_INTERVAL_MS = 30 * 1000;
const REFRESH_DELAY_MS = 1000; // people come and go together

/** @typedef {{username: string, author: string, name: string, url: string}} Elsewhere `name` and `url` of the room */

export class ElsewhereView {
  #title = find("#elsewhere-title", HTMLElement);
  #list = find("#people-elsewhere", HTMLElement);
  #http;
  #url;
  /** @type {Elsewhere[]} */
  #people = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {{http: HttpClient, url: string}} options */
  constructor({http, url}) {
    this.#http = http;
    this.#url = url;
    new RovingList(this.#list);
  }

  /** The people of the last answer. */
  get people() {
    return this.#people;
  }

  start() {
    this.refreshSoon();
    setInterval(() => this.#isSeen && this.refresh(), REFRESH_INTERVAL_MS);
  }

  get #isSeen() {
    return !document.hidden && this.#list.checkVisibility({visibilityProperty: true});
  }

  /** In a moment, once for several calls. */
  refreshSoon() {
    this.#timer ??= setTimeout(() => this.refresh(), REFRESH_DELAY_MS);
  }

  /** A failed request leaves the list unchanged. */
  async refresh() {
    this.#timer = undefined;
    const body = await this.#http.getJson(this.#url).catch(() => null);
    if (!Array.isArray(body?.people) || this.#list.contains(document.activeElement)) return;
    this.#people = body.people.filter(isElsewhere);
    this.#title.hidden = this.#people.length === 0;
    this.#list.replaceChildren(...this.#people.map(createItem));
  }
}

/** @param {unknown} value @returns {value is Elsewhere} */
function isElsewhere(value) {
  const person = /** @type {Record<string, unknown>} */ (value ?? {});
  return ["username", "author", "name", "url"].every((name) => typeof person[name] === "string");
}

/** @param {Elsewhere} person */
function createItem({username, name, url}) {
  const item = cloneTemplate("#elsewhere-template");
  showAvatar(item, username);
  const link = find("a", HTMLAnchorElement, item);
  link.href = url;
  link.title = `${username}, ${name}`; // the line may be too short for both
  find(".person__name", HTMLElement, item).textContent = username;
  find(".person__room", HTMLElement, item).textContent = name;
  return item;
}
