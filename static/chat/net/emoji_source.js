/**
 * Fetches the list of emoji when it is first needed. A failed request is repeated the next time.
 */

import {EmojiList} from "../model/emoji_search.js";

export class EmojiSource {
  #http;
  #url;
  /** @type {Promise<EmojiList> | null} */
  #loading = null;
  /** @type {EmojiList | null} */
  #list = null;

  /** @param {{getJson(url: string): Promise<any>}} http @param {string} url */
  constructor(http, url) {
    this.#http = http;
    this.#url = url;
  }

  /** The list; null before it is loaded. */
  get list() {
    return this.#list;
  }

  /** @throws {import("./http.js").RequestError} */
  async load() {
    this.#loading ??= this.#fetch();
    try {
      return await this.#loading;
    } catch (error) {
      this.#loading = null;
      throw error;
    }
  }

  async #fetch() {
    this.#list = new EmojiList(await this.#http.getJson(this.#url));
    return this.#list;
  }
}
