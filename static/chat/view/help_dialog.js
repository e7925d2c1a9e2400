/**
 * The dialog with the keys of the page.
 */

import {find} from "./dom.js";

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

export class HelpDialog {
  #dialog = find("#help-dialog", HTMLDialogElement);

  constructor() {
    if (IS_APPLE)
      for (const key of this.#dialog.querySelectorAll("[data-apple]")) key.textContent = key.getAttribute("data-apple");
    this.#dialog.addEventListener("click", ({target}) => target === this.#dialog && this.#dialog.close());
  }

  open() {
    this.#dialog.showModal();
  }
}
