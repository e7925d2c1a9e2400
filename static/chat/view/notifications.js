/**
 * Notifications of the system, and the dialog in which they are chosen for a room.
 */

import {LEVELS, levelOf} from "../model/notifications.js";
import {gettext, interpolate} from "../model/translate.js";
import {createDialog} from "./dialog.js";
import {element, find, icon} from "./dom.js";

const MAX_BODY = 200; // characters

/**
 * Shows a message. A later one of the same room takes its place, without another alarm.
 * @param {{name: string, url: string}} room
 * @param {Wire.MessageEvent} message
 */
export function showNotification({name, url}, {username, message}) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const title = interpolate(gettext("%(username)s in %(room)s"), {username, room: name});
  const body = message.length > MAX_BODY ? `${message.slice(0, MAX_BODY)}…` : message;
  const options = {body, tag: `chatsite:${url}`, data: url};
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      notification.close();
      window.focus();
      if (location.pathname !== url) location.href = url;
    };
  } catch {
    // Android shows them only through a service worker, which then gets the click.
    navigator.serviceWorker?.getRegistration().then((worker) => worker?.showNotification(title, options));
  }
}

export class NotificationsDialog {
  #settings;
  #room;
  #name;
  #button = element("button", {className: "icon-button", id: "notifications-button", type: "button"});
  #problem = element("p", {className: "problem", role: "alert"});
  /** @type {HTMLDialogElement | undefined} */
  #dialog;

  /** @param {Settings} settings @param {string} room the slug @param {string} name of the room */
  constructor(settings, room, name) {
    this.#settings = settings;
    this.#room = room;
    this.#name = name;
    this.#button.addEventListener("click", () => this.open());
    settings.watch("notifications", () => this.#showLevel());
    find("#search-link", HTMLElement).before(this.#button); // what the server rendered stays where it is
  }

  open() {
    this.#dialog ??= this.#create();
    this.#problem.textContent = "";
    this.#dialog.showModal();
  }

  get #level() {
    return levelOf(this.#settings.get("notifications"), this.#room);
  }

  #showLevel() {
    const label = interpolate(gettext("Notifications: %(level)s"), {level: labels()[this.#level]});
    this.#button.title = label;
    const sign = icon(this.#level === "off" ? "bell-off" : "bell");
    this.#button.replaceChildren(sign, element("span", {className: "visually-hidden", textContent: label}));
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
    return element("label", {className: "settings__flag"}, input, element("span", {textContent: labels()[level]}));
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

/** A function, because the language of the page is known only when it runs. */
function labels() {
  return {
    off: gettext("Off"),
    mentions: gettext("Messages that mention me"),
    all: gettext("All messages"),
  };
}

/** Asks for the permission to show notifications. @returns {Promise<string>} why there will be none, or "" */
async function permissionProblem() {
  if (!window.isSecureContext) return gettext("Browsers show notifications only of sites with https.");
  if (!("Notification" in window)) return gettext("This browser shows no notifications.");
  const permission = await Notification.requestPermission();
  if (permission === "granted") return "";
  return gettext("Your browser does not allow this site to show notifications. You can change that in its settings.");
}
