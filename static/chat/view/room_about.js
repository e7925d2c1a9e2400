/**
 * The room's name and topic in the header, and the form behind the topic that changes both.
 */

import {gettext, interpolate} from "../model/translate.js";
import {RequestError} from "../net/http.js";
import {find, setText} from "./dom.js";
import {closeLikeMenu} from "./popover.js";

export class RoomAbout {
  #details = find("#room-about", HTMLDetailsElement);
  #form = find("form", HTMLFormElement, this.#details);
  #name = find("[name=name]", HTMLInputElement, this.#form);
  #topic = find("[name=topic]", HTMLInputElement, this.#form);
  #problem = find("[role=alert]", HTMLElement, this.#form);
  #http;

  /** @param {HttpClient} http */
  constructor(http) {
    this.#http = http;
    closeLikeMenu(this.#details);
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
  }

  /** The user has a name, and may change both. */
  allow() {
    this.#form.hidden = false;
    this.#details.hidden = false;
  }

  /** @param {{name: string, topic: string}} title */
  render({name, topic}) {
    setText(find("#room-name-shown", HTMLElement), name);
    for (const shown of this.#details.querySelectorAll("[data-topic]")) setText(shown, topic);
    this.#details.toggleAttribute("data-empty", !topic);
    find("summary", HTMLElement, this.#details).title = topic;
    follow(this.#name, name);
    follow(this.#topic, topic);
    if (!this.#details.open) this.#problem.textContent = "";
    this.#renderElsewhere(name);
  }

  /** Where else the page names its room. @param {string} name */
  #renderElsewhere(name) {
    const label = interpolate(gettext("Message %(name)s"), {name});
    const text = document.querySelector("#composer-text");
    if (text instanceof HTMLTextAreaElement) text.placeholder = label;
    for (const element of document.querySelectorAll("label[for=composer-text]")) setText(element, label);
    for (const element of document.querySelectorAll("#rooms a[aria-current] .room-link__name")) setText(element, name);
  }

  /** @param {SubmitEvent} event */
  async #onSubmit(event) {
    event.preventDefault();
    this.#problem.textContent = "";
    try {
      await this.#http.postForm(this.#form.action, changed(this.#name, this.#topic));
      this.#details.open = false;
      find("summary", HTMLElement, this.#details).focus();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#problem.textContent = error.message;
    }
  }
}

/** Shows what is set now, unless the user has typed something else. @param {HTMLInputElement} field @param {string} value */
function follow(field, value) {
  if (field.value === field.defaultValue) field.value = value;
  field.defaultValue = value;
}

/** What the user has typed. Another field may have been set by somebody else meanwhile. @param {HTMLInputElement[]} fields */
function changed(...fields) {
  const typed = fields.filter(({value, defaultValue}) => value !== defaultValue);
  return Object.fromEntries(typed.map(({name, value}) => [name, value]));
}
