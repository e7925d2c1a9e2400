/**
 * The list of rooms: refreshed now and then, with a dot where something was said since the last visit.
 */

import {getJson, postForm, RequestError} from "../net/http.js";
import {cloneTemplate, find} from "./dom.js";

const REFRESH = 30 * 1000; // 30 s

/** @typedef {{room: string, name: string, last_id: number, url: string}} Room */

export class Rooms {
  #list = find("#rooms", HTMLElement);
  #form = find("#room-form", HTMLFormElement);
  #problem = find("#room-problem", HTMLElement);
  #current;
  #urls;
  #seen;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {object} options
   * @param {Room} options.current in the list even while nothing was said there
   * @param {{rooms_url: string, create_url: string}} options.urls
   * @param {Keeper} options.seen the last id seen, by room
   */
  constructor({current, urls, seen}) {
    this.#current = current;
    this.#urls = urls;
    this.#seen = seen;
    this.#form.addEventListener("submit", (event) => this.#make(event));
  }

  start() {
    this.stop();
    this.refresh();
    this.#timer = setInterval(() => document.hidden || this.refresh(), REFRESH);
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Not to be had just now: the list stays as it is, and the next round asks again. */
  async refresh() {
    const answer = await getJson(this.#urls.rooms_url).catch(() => null);
    if (Array.isArray(answer?.rooms)) this.#render(answer.rooms);
  }

  /** @param {Room[]} rooms */
  #render(rooms) {
    const seen = this.#readSeen();
    const current = rooms.find(({room}) => room === this.#current.room) ?? this.#current;
    this.#seen.write({...seen, [current.room]: current.last_id});
    const all = rooms.includes(current) ? rooms : [...rooms, current];
    const items = all.map((room) => roomItem(room, room === current, hasNews(room, current, seen)));
    // Who is choosing a room by keyboard keeps their place; the next round brings the news.
    if (!this.#list.contains(document.activeElement)) this.#list.replaceChildren(...items);
  }

  /** @returns {Record<string, number>} */
  #readSeen() {
    return /** @type {Record<string, number>} */ (this.#seen.read() ?? {});
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    try {
      const name = find("#room-name", HTMLInputElement).value;
      const {url} = await postForm(this.#urls.create_url, {name});
      location.assign(url);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
    }
  }
}

/** @param {Room} room @param {Room} current @param {Record<string, number>} seen */
function hasNews(room, current, seen) {
  return room !== current && room.last_id > (seen[room.room] ?? room.last_id);
}

/** @param {Room} room @param {boolean} isCurrent @param {boolean} news */
function roomItem({name, url}, isCurrent, news) {
  const item = cloneTemplate("#room-template");
  const link = find("a", HTMLAnchorElement, item);
  link.href = url;
  if (isCurrent) link.setAttribute("aria-current", "page");
  find(".room-link__name", HTMLElement, item).textContent = name;
  find(".room-link__news", HTMLElement, item).hidden = !news;
  return item;
}
