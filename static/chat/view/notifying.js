/**
 * Notifications of new messages: shown by the system, with a soft sound if the user wants one.
 */

import {Notifier} from "../net/notifier.js";
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
  const alerts = loadOnce(async () => new (await import("./message_alerts.js")).MessageAlerts());
  return new Notifier({
    settings,
    tabs,
    http,
    messagesUrl: (room) => config.messages_url.replace("{room}", room),
    currentRoom: config,
    currentUser,
    show: ({room, name}, message) => {
      const url = config.any_room_url.replace("{room}", room);
      alerts().then(
        (alert) => alert.show({name, url}, message, settings.get("sound")),
        () => {},
      ); // without a network there are no messages either
    },
    onFetched,
  });
}
