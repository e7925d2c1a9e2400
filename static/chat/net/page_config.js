/**
 * The configuration that the server puts into the page as JSON: all paths and limits, and the id and epoch to resume
 * from.
 */

import {requireRoomNumbers} from "./frame_checks.js";
import {PROTOCOL_VERSION} from "./protocol.js";
import {requireBoolean, requireInteger, requireObject, requireString} from "./validation.js";

/**
 * @typedef {object} PageConfig
 * @property {string} room the room's slug
 * @property {string} name the room's name
 * @property {string} topic of the room, "" without one
 * @property {string} epoch of the history that the page shows
 * @property {number} last_id id of the newest event that the page includes
 * @property {boolean} complete whether the page shows the oldest message of the room
 * @property {Wire.Member} you the current user; `username` is "" before the first name
 * @property {string} site path of the site on its host, without a slash at the end: "" for the whole host
 * @property {string} socket path of the WebSocket
 * @property {string} room_url
 * @property {string} name_url
 * @property {string} rooms_url
 * @property {string} all_rooms_url of the JSON list of all rooms, at most a thousand of them
 * @property {string} people_url of the JSON list of the people in other rooms
 * @property {string} worker_url of the service worker; "" if there is to be none
 * @property {string} on_demand_css_url of the style sheet of what is loaded on demand
 * @property {string} create_url
 * @property {string} any_room_url of a room, whose slug `{room}` stands for
 * @property {string} messages_url of the JSON of a room's messages, whose slug `{room}` stands for
 * @property {string} emoji_url of the JSON of all emoji, in the language of the page
 * @property {string} badge_url of an icon with a number, which `{count}` stands for
 * @property {Wire.RoomNumbers} numbers of the room
 * @property {Wire.Limits} limits
 */

/**
 * @param {unknown} value
 * @returns {PageConfig}
 * @throws {Error} when a field is wrong, or the page was made for another version of the protocol
 */
export function parsePageConfig(value) {
  const config = requireObject(value, "the page configuration");
  for (const name of [
    "room",
    "name",
    "topic",
    "epoch",
    "site",
    "socket",
    "room_url",
    "name_url",
    "rooms_url",
    "all_rooms_url",
    "people_url",
    "worker_url",
    "on_demand_css_url",
    "create_url",
  ]) {
    requireString(config[name], name);
  }
  for (const name of ["any_room_url", "messages_url", "emoji_url", "badge_url"]) requireString(config[name], name);
  requireRoomNumbers(config.numbers);
  requireInteger(config.last_id, "last_id");
  requireBoolean(config.complete, "complete");
  if (config.protocol !== PROTOCOL_VERSION) {
    throw new Error(`The page uses protocol version ${config.protocol}, not ${PROTOCOL_VERSION}.`);
  }
  return /** @type {PageConfig} */ (/** @type {unknown} */ (config));
}
