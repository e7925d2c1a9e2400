/**
 * The colour and the letter of a user's avatar. They depend on the username only, so they are the same on every page.
 */

const HUE_COUNT = 8; // css/avatar.css has a rule for data-hue="0" to "7"

/** The value of `data-hue`. @param {string} username @returns {string} */
export function avatarHue(username) {
  let hash = 2166136261; // FNV-1a
  for (const character of username.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  // The low bits depend mostly on the last character. Folding mixes in the bits of the others.
  return String(((hash ^ (hash >>> 8)) >>> 0) % HUE_COUNT);
}

/** @param {string} username @returns {string} */
export function avatarInitial(username) {
  return ([...username][0] ?? "?").toUpperCase();
}
