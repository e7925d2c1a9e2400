/**
 * Dialogs that scripts make: a title, a button that closes, and what is chosen in it, which holds at once.
 */

import {gettext} from "../model/translate.js";
import {element, icon} from "./dom.js";

/** @param {string} id @param {string} title @param {Node[]} content */
export function createDialog(id, title, ...content) {
  const heading = element("h2", {className: "dialog__title", id: `${id}-title`, textContent: title});
  const label = gettext("Close");
  const close = element("button", {className: "icon-button", type: "submit", ariaLabel: label}, icon("close"));
  const head = element("div", {className: "dialog__head"}, heading, close);
  const form = element("form", {method: "dialog", className: "settings"}, head, ...content);
  const dialog = element("dialog", {className: "dialog", id}, form);
  dialog.setAttribute("aria-labelledby", heading.id);
  closeByClickOutside(dialog);
  document.body.append(dialog);
  return dialog;
}

/** The element of a dialog is the target of clicks on its backdrop only. @param {HTMLDialogElement} dialog */
export function closeByClickOutside(dialog) {
  dialog.addEventListener("click", ({target}) => target === dialog && dialog.close());
}
