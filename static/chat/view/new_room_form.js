/**
 * The form in the sidebar that creates a room and opens it. If a room of another name has the address that the new one
 * would get, it asks: open that room, or create the new one at another address.
 */

import {gettext, interpolate} from "../model/translate.js";
import {RequestError} from "../net/http.js";
import {element, find} from "./dom.js";

export class NewRoomForm {
  #form = find("#room-form", HTMLFormElement);
  #name = find("#room-name", HTMLInputElement);
  #problem = find("#room-problem", HTMLElement);
  #otherRoom = element("a", {className: "new-room__other"});
  #address = element("input", {className: "field", id: "room-address", name: "room", maxLength: 64, required: true});
  #question = element(
    "div",
    {className: "new-room__question", hidden: true},
    this.#otherRoom,
    element("label", {htmlFor: "room-address", textContent: gettext("Or create it at another address:")}),
    this.#address,
  );
  #http;
  #url;

  /** @param {{http: HttpClient, url: string}} options */
  constructor({http, url}) {
    this.#http = http;
    this.#url = url;
    Object.assign(this.#address, {autocomplete: "off", autocapitalize: "off", spellcheck: false, disabled: true});
    this.#problem.after(this.#question);
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#name.addEventListener("input", () => this.#ask(null));
  }

  focus() {
    this.#name.focus();
  }

  /** @param {SubmitEvent} event */
  async #onSubmit(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    const room = this.#question.hidden ? "" : this.#address.value;
    try {
      const {url} = await this.#http.postForm(this.#url, {name: this.#name.value, room});
      location.assign(url);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
      if (error.body?.other) this.#ask(error.body);
    }
  }

  /** Shows the question, or hides it. @param {{other: {name: string, url: string}, free: string} | null} taken */
  #ask(taken) {
    this.#question.hidden = this.#address.disabled = taken === null;
    if (taken === null) return;
    this.#otherRoom.href = taken.other.url;
    this.#otherRoom.textContent = interpolate(gettext("Open “%(name)s”"), {name: taken.other.name});
    this.#address.value = taken.free;
    this.#otherRoom.focus();
  }
}
