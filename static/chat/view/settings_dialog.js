/**
 * The dialog with the settings of this browser. A new setting is a row of FIELDS (model/settings.js) and a row of `rows`.
 * The dialog is made when it is opened first.
 */

import {gettext} from "../model/translate.js";
import {element, find, icon} from "./dom.js";

/**
 * A setting that is on or off has no choices.
 * @typedef {object} Row
 * @property {import("../model/settings.js").SettingName} name
 * @property {string} label
 * @property {Record<string, string>} [choices] the label of each value
 * @property {string} [hint]
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
    find("#settings-button", HTMLElement).addEventListener("click", () => this.open());
  }

  open() {
    this.#dialog ??= this.#create();
    this.#dialog.showModal();
  }

  #create() {
    const close = element(
      "button",
      {className: "icon-button", type: "submit", ariaLabel: gettext("Close")},
      icon("close"),
    );
    const title = element("h2", {className: "dialog__title", id: "settings-title", textContent: gettext("Settings")});
    const head = element("div", {className: "dialog__head"}, title, close);
    const fields = rows().map((row) => (row.choices ? this.#choiceRow(row, row.choices) : this.#flagRow(row)));
    const keys = element("button", {
      className: "link-button",
      type: "button",
      textContent: gettext("Keyboard shortcuts"),
    });
    keys.addEventListener("click", () => this.#showKeys());
    const note = element("p", {className: "dialog__note", textContent: gettext("They are kept in this browser.")});
    const form = element(
      "form",
      {method: "dialog", className: "settings"},
      head,
      ...fields,
      element("div", {className: "settings__foot"}, note, keys),
    );
    const dialog = element("dialog", {className: "dialog", id: "settings-dialog"}, form);
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.addEventListener("click", ({target}) => target === dialog && dialog.close()); // outside of the form
    document.body.append(dialog);
    return dialog;
  }

  #showKeys() {
    this.#dialog?.close();
    this.#onKeys();
  }

  /** @param {Row} row @param {Record<string, string>} choices */
  #choiceRow(row, choices) {
    const options = Object.entries(choices).map(([value, label]) => {
      const input = this.#input(
        row,
        "radio",
        (current) => current === value,
        () => value,
      );
      return element("label", {className: "settings__option"}, input, element("span", {textContent: label}));
    });
    const legend = element("legend", {className: "settings__label", textContent: row.label});
    return element(
      "fieldset",
      {className: "settings__row"},
      legend,
      element("div", {className: "settings__options"}, ...options),
      ...hint(row),
    );
  }

  /** @param {Row} row */
  #flagRow(row) {
    const input = this.#input(
      row,
      "checkbox",
      (current) => current === true,
      (checked) => checked,
    );
    const label = element("label", {className: "settings__flag"}, input, element("span", {textContent: row.label}));
    return element("div", {className: "settings__row"}, label, ...hint(row));
  }

  /**
   * @param {Row} row
   * @param {string} type
   * @param {(value: unknown) => boolean} isChecked
   * @param {(checked: boolean) => any} chosen
   */
  #input({name}, type, isChecked, chosen) {
    const input = element("input", {type, name});
    this.#settings.watch(name, (value) => {
      input.checked = isChecked(value);
    });
    input.addEventListener("change", () => this.#settings.set(name, chosen(input.checked)));
    return input;
  }
}

/** @param {Row} row */
function hint({hint: text}) {
  return text ? [element("p", {className: "dialog__note", textContent: text})] : [];
}
