/**
 * The line that says who is typing.
 */

import {TypingUsers, typingSentence} from "../model/typing_users.js";
import {find, setText} from "./dom.js";

export class TypingIndicator {
  #element = find("#typing", HTMLElement);
  #users = new TypingUsers();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} username */
  add(username) {
    this.#users.add(username, performance.now());
    this.#render();
  }

  /** @param {string} username */
  remove(username) {
    this.#users.remove(username);
    this.#render();
  }

  clear() {
    this.#users.clear();
    this.#render();
  }

  #render() {
    const now = performance.now();
    this.#users.expire(now);
    setText(this.#element, typingSentence(this.#users.names));
    clearTimeout(this.#timer);
    const {nextExpiry} = this.#users;
    if (nextExpiry !== null) this.#timer = setTimeout(() => this.#render(), Math.ceil(nextExpiry - now));
  }
}
