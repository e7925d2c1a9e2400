/**
 * What the page was served with. All paths, limits and positions come from here.
 */

import {find} from "../view/dom.js";
import {PROTOCOL} from "./protocol.js";
import {boolean, integer, record, text} from "./validation.js";

/**
 * @typedef {object} Config
 * @property {string} room
 * @property {string} name
 * @property {string} epoch
 * @property {number} last_id
 * @property {boolean} complete
 * @property {Wire.Person} you `username` is "" for a visitor who has none yet
 * @property {string} socket
 * @property {string} name_url
 * @property {string} rooms_url
 * @property {string} create_url
 * @property {Wire.Limits} limits
 */

/** @returns {Config} */
export function readConfig() {
  const config = record(JSON.parse(find("#chat-config", HTMLScriptElement).text), "chat-config");
  for (const name of ["room", "name", "epoch", "socket", "name_url", "rooms_url", "create_url"]) {
    text(config[name], name);
  }
  integer(config.last_id, "last_id");
  boolean(config.complete, "complete");
  if (config.protocol !== PROTOCOL) throw new Error(`The page speaks protocol ${config.protocol}, not ${PROTOCOL}.`);
  return /** @type {Config} */ (/** @type {unknown} */ (config));
}
