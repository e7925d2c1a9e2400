/**
 * Asks the server for the messages that a query finds.
 */

import {requireArray, requireBoolean, requireInteger, requireObject, requireString} from "./validation.js";

/** @typedef {import("../model/search_as_typed.js").Search} Search */
/** @typedef {{id: number, username: string, timestamp: string, room_name: string, url: string, excerpt: [string, boolean][]}} Hit */
/** @typedef {{hits: Hit[], cursor: string | null, notSearched: string[]}} Found names of rooms */

export class MessageSearch {
  #http;
  #urls;

  /**
   * @param {import("./http.js").HttpClient} http
   * @param {{all_url: string, room_url: string}} urls in that of a room `{room}` stands for its slug
   */
  constructor(http, urls) {
    this.#http = http;
    this.#urls = urls;
  }

  /**
   * @param {Search} search
   * @param {string | null} cursor of the answer before, to go on there
   * @param {AbortSignal} [signal]
   * @returns {Promise<Found>}
   * @throws {import("./http.js").RequestError}
   */
  async find({query, room}, cursor = null, signal) {
    const url = room ? this.#urls.room_url.replace("{room}", room) : this.#urls.all_url;
    const fields = new URLSearchParams({q: query, ...(cursor && {cursor})});
    return parseFound(await this.#http.getJson(`${url}?${fields}`, signal));
  }
}

/** @param {unknown} value @returns {Found} @throws {Error} when a field is wrong */
export function parseFound(value) {
  const {messages, cursor, not_searched: failed} = requireObject(value, "the answer");
  if (cursor !== null) requireString(cursor, "cursor");
  return {
    hits: requireArray(messages, "messages").map(parseHit),
    cursor: /** @type {string | null} */ (cursor),
    notSearched: requireArray(failed, "not_searched").map(parseRoomName),
  };
}

/** @param {unknown} value */
function parseRoomName(value) {
  const {room_name: name} = requireObject(value, "a room");
  return requireString(name, "room_name");
}

/** @param {unknown} value @returns {Hit} */
function parseHit(value) {
  const hit = requireObject(value, "a message");
  requireInteger(hit.id, "id");
  for (const name of ["username", "timestamp", "room_name", "url"]) requireString(hit[name], name);
  for (const part of requireArray(hit.excerpt, "excerpt")) {
    const [text, isFound] = requireArray(part, "a part of an excerpt");
    requireString(text, "the text of a part");
    requireBoolean(isFound, "whether a part was found");
  }
  return /** @type {Hit} */ (/** @type {unknown} */ (hit));
}
