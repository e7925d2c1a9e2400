/**
 * Who we are in this room, as the server says; a button in the sidebar.
 */

import {hueOf, initialOf} from "../model/avatar.js";
import {find} from "./dom.js";

export class Me {
  /** @type {Wire.Member} */
  #person;
  #button = find("#me-button", HTMLButtonElement);
  #name = find("#me-name", HTMLElement);
  #avatar = find("#me-button .avatar", HTMLElement);

  /** @param {Wire.Member} person */
  constructor(person) {
    this.#person = person;
    this.#draw();
  }

  get person() {
    return this.#person;
  }

  /** @param {Wire.Member} person */
  become({username, author}) {
    this.#person = {username, author};
    this.#draw();
  }

  /** @param {() => void} listener */
  onClick(listener) {
    this.#button.addEventListener("click", listener);
  }

  #draw() {
    const {username} = this.#person;
    this.#button.hidden = !username;
    this.#button.dataset.hue = hueOf(username);
    this.#name.textContent = username;
    this.#avatar.textContent = initialOf(username);
  }
}
