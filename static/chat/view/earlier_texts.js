/**
 * The dialog with the earlier texts of a message that was edited, the newest first.
 */

import {fullTime, parseTimestamp} from "../model/time.js";
import {gettext, interpolate, ngettext} from "../model/translate.js";
import {createDialog} from "./dialog.js";
import {element} from "./dom.js";
import {setHtml} from "./html.js";

/** @typedef {{html: string, timestamp: string}} Text */

export class EarlierTexts {
  #http;
  #urlOf;
  #note = element("p", {className: "dialog__note", role: "status"});
  #list = element("ol", {className: "earlier-texts", reversed: true});
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #shownId = 0;

  /** @param {{getJson(url: string): Promise<any>}} http @param {(id: number) => string} urlOf a message */
  constructor(http, urlOf) {
    this.#http = http;
    this.#urlOf = urlOf;
  }

  /** @param {number} id of a message */
  async open(id) {
    this.#dialog ??= createDialog("earlier-texts", gettext("Earlier texts"), this.#note, this.#list);
    this.#shownId = id;
    this.#show(gettext("Loading…"), []);
    this.#dialog.showModal();
    const [texts, problem] = await this.#load(id);
    if (id === this.#shownId) this.#show(problem || noteOn(texts), texts);
  }

  /** @param {number} id @returns {Promise<[texts: Text[], problem: string]>} */
  async #load(id) {
    try {
      const {texts} = await this.#http.getJson(this.#urlOf(id));
      return [Array.isArray(texts) ? texts.filter(isText) : [], ""];
    } catch (error) {
      return [[], error instanceof Error ? error.message : String(error)];
    }
  }

  /** @param {string} note @param {Text[]} texts in the order in which they were written */
  #show(note, texts) {
    this.#note.textContent = note;
    this.#note.hidden = !note;
    this.#list.replaceChildren(...texts.map(createText).reverse());
    this.#list.hidden = texts.length === 0;
  }
}

/** What is said when the texts are there: the focus is on the button behind them. @param {Text[]} texts */
function noteOn(texts) {
  const count = texts.length - 1;
  if (count < 1) return gettext("The earlier texts are gone.");
  return interpolate(ngettext("%(count)s earlier text.", "%(count)s earlier texts.", count), {count});
}

/** @param {unknown} value @returns {value is Text} */
function isText(value) {
  const text = /** @type {Record<string, unknown>} */ (value ?? {});
  return typeof text.html === "string" && typeof text.timestamp === "string";
}

/** @param {Text} text @param {number} index @param {Text[]} texts */
function createText({html, timestamp}, index, texts) {
  const time = element("time", {dateTime: timestamp}, fullTime(parseTimestamp(timestamp)));
  const isNewest = index === texts.length - 1;
  const head = element("p", {className: "earlier-texts__time"}, isNewest ? `${gettext("Now")} · ` : "", time);
  const body = element("div", {className: "prose", dir: "auto"});
  setHtml(body, html);
  return element("li", {}, head, body);
}
