/**
 * The dialog with the keys of the page.
 */

import {closeByClickOutside} from "./dialog.js";
import {find} from "./dom.js";

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

export class HelpDialog {
  #dialog = find("#help-dialog", HTMLDialogElement);

  constructor() {
    if (IS_APPLE)
      for (const key of this.#dialog.querySelectorAll("[data-apple]")) key.textContent = key.getAttribute("data-apple");
    closeByClickOutside(this.#dialog);
  }

  open() {
    this.#dialog.showModal();
  }
}
