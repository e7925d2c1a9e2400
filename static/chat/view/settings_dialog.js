/**
 * The dialog with the settings of this browser. A new setting is a row of FIELDS (model/settings.js) and a row of `rows`.
 * The dialog is made when it is opened first.
 */

import {gettext} from "../model/translate.js";
import {createDialog} from "./dialog.js";
import {element} from "./dom.js";

/**
 * @typedef {object} Row
 * @property {import("../model/settings.js").SettingName} name
 * @property {string} label
 * @property {Record<string, string>} choices the label of each value
 */

/** @returns {Row[]} */
function rows() {
  return [
    {
      name: "theme",
      label: gettext("Theme"),
      choices: {system: gettext("System"), light: gettext("Light"), dark: gettext("Dark")},
    },
    {
      name: "language",
      label: gettext("Language"),
      choices: {browser: gettext("Automatic"), en: "English", de: "Deutsch"},
    },
    {
      name: "density",
      label: gettext("Density"),
      choices: {comfortable: gettext("Comfortable"), compact: gettext("Compact")},
    },
    {
      name: "clock",
      label: gettext("Time"),
      choices: {locale: gettext("Automatic"), "24h": gettext("24 hours")},
    },
  ];
}

export class SettingsDialog {
  #settings;
  #onKeys;
  /** @type {HTMLDialogElement | undefined} */
  #dialog;

  /** @param {Settings} settings @param {() => void} onKeys opens the list of the keys */
  constructor(settings, onKeys) {
    this.#settings = settings;
    this.#onKeys = onKeys;
  }

  open() {
    this.#dialog ??= this.#create();
    this.#dialog.showModal();
  }

  #create() {
    const note = element("p", {className: "dialog__note", textContent: gettext("They are kept in this browser.")});
    const properties = {className: "link-button", type: "button", textContent: gettext("Keyboard shortcuts")};
    const keys = element("button", /** @type {{type: "button"}} */ (properties));
    keys.addEventListener("click", () => this.#showKeys());
    const foot = element("div", {className: "settings__foot"}, note, keys);
    return createDialog("settings-dialog", gettext("Settings"), ...rows().map((row) => this.#createRow(row)), foot);
  }

  #showKeys() {
    this.#dialog?.close();
    this.#onKeys();
  }

  /** @param {Row} row */
  #createRow({name, label, choices}) {
    const options = Object.entries(choices).map(([value, text]) => this.#createOption(name, value, text));
    return element(
      "fieldset",
      {className: "settings__row"},
      element("legend", {className: "settings__label", textContent: label}),
      element("div", {className: "settings__options"}, ...options),
    );
  }

  /** @param {import("../model/settings.js").SettingName} name @param {any} value @param {string} label */
  #createOption(name, value, label) {
    const input = element("input", {type: "radio", name, value});
    this.#settings.watch(name, (current) => {
      input.checked = current === value;
    });
    input.addEventListener("change", () => this.#settings.set(name, value));
    return element("label", {className: "settings__option"}, input, element("span", {textContent: label}));
  }
}
