/**
 * Notifications of the system, and the button that opens the dialog in which they are chosen for a room.
 */

import {levelOf} from "../model/notifications.js";
import {gettext, interpolate} from "../model/translate.js";
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
