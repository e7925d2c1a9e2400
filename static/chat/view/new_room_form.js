/**
 * The form in the sidebar that creates a room and opens it.
 */

import {RequestError} from "../net/http.js";
import {find} from "./dom.js";

export class NewRoomForm {
  #input = find("#room-name", HTMLInputElement);
  #problem = find("#room-problem", HTMLElement);
  #http;
  #url;

  /** @param {{http: HttpClient, url: string}} options */
  constructor({http, url}) {
    this.#http = http;
    this.#url = url;
    const form = find("#room-form", HTMLFormElement);
    form.addEventListener("submit", (event) => this.#onSubmit(event));
    form.closest("details")?.addEventListener("toggle", () => this.#input.focus());
  }

  /** @param {SubmitEvent} event */
  async #onSubmit(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    try {
      const {url} = await this.#http.postForm(this.#url, {name: this.#input.value});
      location.assign(url);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
    }
  }
}
