/**
 * The dialog in which the notifications of a room are chosen. It is made when it is opened first.
 */

import {LEVELS, levelOf} from "../model/notifications.js";
import {gettext, interpolate} from "../model/translate.js";
import {createDialog} from "./dialog.js";
import {element} from "./dom.js";
import {levelLabels} from "./notifications.js";

export class NotificationsDialog {
  #settings;
  #room;
  #name;
  #problem = element("p", {className: "problem", role: "alert"});
  /** @type {HTMLDialogElement | undefined} */
  #dialog;

  /** @param {Settings} settings @param {string} room the slug @param {string} name of the room */
  constructor(settings, room, name) {
    this.#settings = settings;
    this.#room = room;
    this.#name = name;
  }

  open() {
    this.#dialog ??= this.#create();
    this.#problem.textContent = "";
    this.#dialog.showModal();
  }

  get #level() {
    return levelOf(this.#settings.get("notifications"), this.#room);
  }

  #create() {
    const label = gettext("When nobody looks at this room");
    const legend = element("legend", {className: "settings__label", textContent: label});
    const options = LEVELS.map((level) => this.#option(level));
    const levels = element("fieldset", {className: "settings__row"}, legend, ...options);
    const title = interpolate(gettext("Notifications for %(room)s"), {room: this.#name});
    return createDialog("notifications-dialog", title, levels, this.#soundOption(), this.#problem);
  }

  /** @param {import("../model/notifications.js").Level} level */
  #option(level) {
    const input = element("input", {type: "radio", name: "notifications", value: level});
    this.#settings.watch("notifications", () => {
      input.checked = this.#level === level;
    });
    input.addEventListener("change", () => this.#choose(level));
    return element("label", {className: "settings__flag"}, input, element("span", {textContent: levelLabels()[level]}));
  }

  #soundOption() {
    const input = element("input", {type: "checkbox", name: "sound"});
    this.#settings.watch("sound", (isOn) => {
      input.checked = isOn;
    });
    input.addEventListener("change", () => this.#settings.set("sound", input.checked));
    const label = element("span", {textContent: gettext("With a soft sound, in all rooms")});
    return element("div", {className: "settings__row"}, element("label", {className: "settings__flag"}, input, label));
  }

  /** @param {import("../model/notifications.js").Level} level */
  async #choose(level) {
    this.#settings.set("notifications", {...this.#settings.get("notifications"), [this.#room]: level});
    this.#problem.textContent = level === "off" ? "" : await permissionProblem();
  }
}

/** Asks for the permission to show notifications. @returns {Promise<string>} why there will be none, or "" */
async function permissionProblem() {
  if (!window.isSecureContext) return gettext("Browsers show notifications only of sites with https.");
  if (!("Notification" in window)) return gettext("This browser shows no notifications.");
  const permission = await Notification.requestPermission();
  if (permission === "granted") return "";
  return gettext("Your browser does not allow this site to show notifications. You can change that in its settings.");
}
