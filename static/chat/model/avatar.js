/**
 * A person's colour and initial: the same name looks the same everywhere.
 */

const HUES = 8; // the classes of avatar.css: data-hue="0" to "7"

/** @param {string} username @returns {string} */
export function hueOf(username) {
  let hash = 2166136261; // FNV-1a
  for (const character of username.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  // Its low bits follow the last letter most; folding lets the whole name speak.
  return String(((hash ^ (hash >>> 8)) >>> 0) % HUES);
}

/** @param {string} username @returns {string} */
export function initialOf(username) {
  return ([...username][0] ?? "?").toUpperCase();
}
