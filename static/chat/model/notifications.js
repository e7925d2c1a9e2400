/**
 * Which messages a user wants to be notified of. Pure.
 */

import {mentions} from "./mentions.js";

export const LEVELS = /** @type {const} */ (["off", "mentions", "all"]);

/** @typedef {(typeof LEVELS)[number]} Level */

/**
 * Of a room; off as long as nothing was chosen.
 * @param {Record<string, unknown>} levels by slug @param {string} room @returns {Level}
 */
export function levelOf(levels, room) {
  const level = Object.hasOwn(levels, room) ? levels[room] : "off";
  return LEVELS.find((known) => known === level) ?? "off";
}

/** @param {Level} level @param {string} html of a message @param {string} username of the user */
export function isWanted(level, html, username) {
  return level === "all" || (level === "mentions" && mentions(html, username));
}
