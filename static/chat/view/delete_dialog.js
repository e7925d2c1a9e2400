/**
 * Asks whether a message whose text was emptied is to be deleted.
 */

import {gettext} from "../model/translate.js";
import {createDialog} from "./dialog.js";
import {element} from "./dom.js";

export class DeleteDialog {
  #confirm = element("button", {type: "submit", className: "button", value: "delete"});
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #onConfirm = () => {};

  /** @param {() => void} onConfirm */
  ask(onConfirm) {
    this.#onConfirm = onConfirm;
    this.#dialog ??= this.#create();
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    this.#confirm.focus();
  }

  #create() {
    const cancel = element("button", {type: "submit", className: "button button--quiet"}, gettext("Cancel"));
    this.#confirm.textContent = gettext("Delete");
    const note = element("p", {}, gettext("Nothing is left of the text."));
    const actions = element("div", {className: "dialog__actions"}, cancel, this.#confirm);
    const dialog = createDialog("delete-dialog", gettext("Delete the message?"), note, actions);
    dialog.addEventListener("close", () => dialog.returnValue === "delete" && this.#onConfirm());
    return dialog;
  }
}
