/**
 * The panel with the people, and the button in the header that shows their number and opens the panel. On a wide screen
 * it opens and closes a column, which is remembered; on a phone the panel is a drawer.
 */

import {find} from "./dom.js";
import {Drawer} from "./drawer.js";

export class PeoplePanel {
  #settings;
  #layout = find("#layout", HTMLElement);
  #button = find("#people-button", HTMLElement);
  #drawer;

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    const [panel, closeButton] = [find("#people-panel", HTMLElement), find("#people-close", HTMLElement)];
    this.#drawer = new Drawer({panel, openButton: this.#button, closeButton});
    this.#button.addEventListener("click", () => this.#toggleColumn());
  }

  /** Shows the panel, as soon as somebody is known to be in the room. */
  show() {
    if (!this.#button.hidden) return;
    this.#button.hidden = false;
    this.#settings.watch("people", (people) => {
      this.#layout.dataset.people = people;
      this.#button.setAttribute("aria-expanded", String(people === "open" && !Drawer.isPhone));
    });
  }

  close() {
    this.#drawer.close();
  }

  #toggleColumn() {
    if (!Drawer.isPhone) this.#settings.set("people", this.#settings.get("people") === "open" ? "closed" : "open");
  }
}
