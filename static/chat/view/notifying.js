/**
 * Notifications of new messages: shown by the system, with a soft sound if the user wants one.
 */

import {Notifier} from "../net/notifier.js";
import {showNotification} from "./notifications.js";
import {loadOnce} from "./on_demand.js";

/**
 * @param {object} page
 * @param {Settings} page.settings
 * @param {import("./tabs.js").Tabs} page.tabs
 * @param {HttpClient} page.http
 * @param {{room: string, name: string, any_room_url: string, messages_url: string}} page.config
 * @param {CurrentUser} page.currentUser
 * @param {(room: string, arrived: Wire.MessageEvent[], count: number) => void} page.onFetched as of the Notifier
 */
export function createNotifier({settings, tabs, http, config, currentUser, onFetched}) {
  const chime = loadOnce(async () => new (await import("./chime.js")).Chime());
  return new Notifier({
    settings,
    tabs,
    http,
    messagesUrl: (room) => config.messages_url.replace("{room}", room),
    currentRoom: config,
    currentUser,
    show: ({room, name}, message) => {
      showNotification({name, url: config.any_room_url.replace("{room}", room)}, message);
      if (settings.get("sound"))
        chime().then(
          (sound) => sound.play(),
          () => {},
        ); // without a network there are no messages either
    },
    onFetched,
  });
}
