/**
 * A button that copies a text, and shows for a moment that it did.
 */

import {gettext} from "../model/translate.js";
import {copyText} from "./clipboard.js";
import {element, icon} from "./dom.js";

const SHOWN_MS = 2000;

/**
 * @param {string} className
 * @param {string} label of the button
 * @param {string} iconName
 * @param {() => string | Promise<string>} textOf what is copied
 */
export function copyButton(className, label, iconName, textOf) {
  const name = element("span", {className: "visually-hidden"}, label);
  const button = element("button", {type: "button", className, title: label}, icon(iconName), name);
  button.addEventListener("click", async () => {
    const isCopied = await copyText(await textOf());
    showResult(button, isCopied ? "check" : "close", isCopied ? gettext("Copied") : gettext("It could not be copied."));
    setTimeout(() => showResult(button, iconName, label), SHOWN_MS);
  });
  return button;
}

/** @param {HTMLButtonElement} button @param {string} iconName @param {string} text */
function showResult(button, iconName, text) {
  button.replaceChildren(icon(iconName), element("span", {className: "visually-hidden"}, text));
  button.title = text;
}
