/**
 * What the switcher finds: the rooms of the list and then all rooms of the site, the people here and elsewhere.
 */

import {Switcher} from "./switcher.js";

const MAX_AGE_MS = 60 * 1000; // of the list of all rooms

/** @typedef {import("./switcher.js").Target} Target */

/** @param {ConstructorParameters<typeof SwitchTargets>[0]} options */
export function createSwitcher(options) {
  const targets = new SwitchTargets(options);
  return new Switcher((onMore) => targets.find(onMore));
}

class SwitchTargets {
  #http;
  #url;
  #members;
  #elsewhere;
  #currentUser;
  #onMention;
  /** @type {Target[]} */
  #allRooms = [];
  #readAt = Number.NEGATIVE_INFINITY;

  /**
   * @param {object} options
   * @param {HttpClient} options.http
   * @param {string} options.url of the JSON list of all rooms
   * @param {Members} options.members
   * @param {{people: import("./elsewhere_view.js").Elsewhere[]}} options.elsewhere
   * @param {CurrentUser} options.currentUser
   * @param {(username: string) => void} options.onMention
   */
  constructor({http, url, members, elsewhere, currentUser, onMention}) {
    this.#http = http;
    this.#url = url;
    this.#members = members;
    this.#elsewhere = elsewhere;
    this.#currentUser = currentUser;
    this.#onMention = onMention;
  }

  /** What is known now. @param {(targets: Target[]) => void} onMore called when all rooms are known */
  find(onMore) {
    this.#readRooms().then((isNew) => isNew && onMore(this.#targets));
    return this.#targets;
  }

  get #targets() {
    const listed = listedRooms();
    const urls = new Set(listed.map(({url}) => url));
    return [...listed, ...this.#allRooms.filter(({url}) => !urls.has(url)), ...this.#people()];
  }

  /** @returns {Target[]} */
  #people() {
    const here = this.#members.named.filter(({author}) => !this.#currentUser.isAuthor(author));
    return [
      ...here.map(({username}) => ({...person(username), go: () => this.#onMention(username)})),
      ...this.#elsewhere.people.map(({username, name, url}) => ({
        ...person(username),
        hint: name,
        go: () => open(url),
      })),
    ];
  }

  /** A failed request leaves what is known. */
  async #readRooms() {
    if (Date.now() - this.#readAt < MAX_AGE_MS) return false;
    const body = await this.#http.getJson(this.#url).catch(() => null);
    if (!Array.isArray(body?.rooms)) return false;
    this.#readAt = Date.now();
    this.#allRooms = body.rooms.map((/** @type {{name: unknown, url: unknown}} */ {name, url}) =>
      room(String(name), String(url)),
    );
    return true;
  }
}

/** The rooms of the side bar, the current one last: nobody goes where they are. */
function listedRooms() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#rooms a")]);
  const targets = links.map((link) => ({
    ...room(link.querySelector(".room-link__name")?.textContent ?? "", link.getAttribute("href") ?? ""),
    isCurrent: link.hasAttribute("aria-current"),
  }));
  return [...targets.filter(({isCurrent}) => !isCurrent), ...targets.filter(({isCurrent}) => isCurrent)];
}

/** @param {string} name @param {string} url */
function room(name, url) {
  return {name, sign: "#", hint: "", url, go: () => open(url)};
}

/** @param {string} name */
function person(name) {
  return {name, sign: "@", hint: "", url: ""};
}

/** @param {string} url */
function open(url) {
  location.assign(url);
}
