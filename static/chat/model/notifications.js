/**
 * Which messages a user wants to be notified of. Pure.
 */

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

/** @param {Level} level @param {string} text of a message @param {string} username of the user */
export function isWanted(level, text, username) {
  return level === "all" || (level === "mentions" && isMention(text, username));
}

/** Whether a name stands in a text as a word, or as words, in any case. @param {string} text @param {string} username */
export function isMention(text, username) {
  if (!username) return false;
  const name = username.normalize("NFC").replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])${name}(?![\\p{L}\\p{M}\\p{N}_])`, "iu").test(text.normalize("NFC"));
}
