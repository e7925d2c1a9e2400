/**
 * A form that asks for a username: the form for a user without a name, and the form that changes the name. Without
 * JavaScript both work as plain HTML forms.
 */

import {RequestError} from "../net/http.js";
import {find} from "./dom.js";

export class NameForm {
  #form;
  #input;
  #problem;
  #url;
  #http;
  #onNamed;

  /**
   * @param {object} options
   * @param {HTMLFormElement} options.form
   * @param {string} options.url
   * @param {HttpClient} options.http
   * @param {(member: Wire.Member) => void} options.onNamed called with the name that the server assigned
   */
  constructor({form, url, http, onNamed}) {
    this.#form = form;
    this.#input = find("[name=username]", HTMLInputElement, form);
    this.#problem = find("[role=alert]", HTMLElement, form);
    this.#url = url;
    this.#http = http;
    this.#onNamed = onNamed;
    form.addEventListener("submit", (event) => this.#onSubmit(event));
  }

  /** Shows the form. It takes no focus on a touch screen, because focus opens the on-screen keyboard. */
  show() {
    this.#form.hidden = false;
    if (!matchMedia("(pointer: coarse)").matches) this.#input.focus({preventScroll: true});
  }

  /**
   * Takes the form away, whose field has the focus; the caller then gives the focus to another element. The form leaves
   * the page only after that was painted: Orca says nothing about the new focus if the old one is gone before
   * (findings/orca-says-nothing-when-the-focused-form-is-hidden.sh).
   */
  hide() {
    this.#form.classList.add("visually-hidden");
    requestAnimationFrame(() => requestAnimationFrame(() => this.#form.remove()));
  }

  /** @param {string} username */
  fill(username) {
    this.#problem.textContent = "";
    this.#input.value = username;
    this.#input.select();
  }

  /** @param {SubmitEvent} event */
  async #onSubmit(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    try {
      const {username, author} = await this.#http.postForm(this.#url, {username: this.#input.value.trim()});
      this.#onNamed({username, author});
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
      this.#input.focus();
    }
  }
}
