/**
 * Calls for the user: a notification of the system, with a soft sound if the user wants one.
 */

import {gettext, interpolate} from "../model/translate.js";
import {Chime} from "./chime.js";

const MAX_BODY = 200; // characters

export class MessageAlerts {
  #chime = new Chime();

  /** @param {{name: string, url: string}} room @param {Wire.MessageEvent} message @param {boolean} hasSound */
  show(room, message, hasSound) {
    showNotification(room, message);
    if (hasSound) this.#chime.play();
  }
}

/**
 * Shows a message. A later one of the same room takes its place, without another alarm.
 * @param {{name: string, url: string}} room
 * @param {Wire.MessageEvent} message
 */
function showNotification({name, url}, {username, message}) {
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
