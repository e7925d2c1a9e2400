/**
 * The button that opens the dialog in which notifications are chosen for a room.
 */

import {levelOf} from "../model/notifications.js";
import {gettext, interpolate} from "../model/translate.js";
import {element, find, icon} from "./dom.js";

export class NotificationsButton {
  #settings;
  #room;
  #button = element("button", {className: "icon-button", id: "notifications-button", type: "button"});

  /** @param {Settings} settings @param {string} room the slug @param {() => void} onClick */
  constructor(settings, room, onClick) {
    this.#settings = settings;
    this.#room = room;
    this.#button.addEventListener("click", onClick);
    settings.watch("notifications", () => this.#showLevel());
    find("#search-link", HTMLElement).before(this.#button); // what the server rendered stays where it is
  }

  #showLevel() {
    const level = levelOf(this.#settings.get("notifications"), this.#room);
    const label = interpolate(gettext("Notifications: %(level)s"), {level: levelLabels()[level]});
    this.#button.title = label;
    const sign = icon(level === "off" ? "bell-off" : "bell");
    this.#button.replaceChildren(sign, element("span", {className: "visually-hidden", textContent: label}));
  }
}

/** A function, because the language of the page is known only when it runs. */
export function levelLabels() {
  return {
    off: gettext("Off"),
    mentions: gettext("Messages that mention me"),
    all: gettext("All messages"),
  };
}
