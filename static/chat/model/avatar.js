/**
 * The colour and the sign of a user's avatar. They depend on the username only, so they are the same on every page.
 */

const HUE_COUNT = 8; // css/avatar.css has a rule for data-hue="0" to "7"
// Firefox before version 125 has none; its users see the first code point.
const GRAPHEMES = Intl.Segmenter && new Intl.Segmenter(undefined, {granularity: "grapheme"});

/** The value of `data-hue`. @param {string} username @returns {string} */
export function avatarHue(username) {
  let hash = 2166136261; // FNV-1a
  for (const character of username.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  // The low bits depend mostly on the last character. Folding mixes in the bits of the others.
  return String(((hash ^ (hash >>> 8)) >>> 0) % HUE_COUNT);
}

/**
 * The first grapheme in capitals: a family of emoji, a flag and a letter with its accents are one sign. As in
 * chat/views/avatar.py; tests/fixtures/message_text.json holds examples for both.
 * @param {string} username
 * @returns {string}
 */
export function avatarInitial(username) {
  const first = GRAPHEMES ? GRAPHEMES.segment(username).containing(0)?.segment : [...username][0];
  return first?.toUpperCase() ?? "?";
}
