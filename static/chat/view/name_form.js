/**
 * A form that asks for a name: the one before joining, and the one that changes it. Both work as plain forms too.
 */

import {postForm, RequestError} from "../net/http.js";
import {find} from "./dom.js";

export class NameForm {
  #form;
  #field;
  #problem;
  #url;
  #onNamed;

  /**
   * @param {HTMLFormElement} form
   * @param {string} url
   * @param {(you: Wire.Member) => void} onNamed
   */
  constructor(form, url, onNamed) {
    this.#form = form;
    this.#field = find("[name=username]", HTMLInputElement, form);
    this.#problem = find("[role=alert]", HTMLElement, form);
    this.#url = url;
    this.#onNamed = onNamed;
    form.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** Asks. On a touch screen the keyboard stays down until the visitor asks for it. */
  show() {
    this.#form.hidden = false;
    if (!matchMedia("(pointer: coarse)").matches) this.#field.focus({preventScroll: true});
  }

  hide() {
    this.#form.hidden = true;
  }

  /** @param {string} username */
  fill(username) {
    this.#problem.textContent = "";
    this.#field.value = username;
    this.#field.select();
  }

  /** @param {SubmitEvent} event */
  async #submitted(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    try {
      const {username, author} = await postForm(this.#url, {username: this.#field.value.trim()});
      this.#onNamed({username, author});
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
      this.#field.focus();
    }
  }
}
