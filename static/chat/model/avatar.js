/**
 * The disc of a name: its colour, and the sign on it. chat/views/avatar.py has the same rules, and
 * tests/fixtures/message_text.json holds examples for both: what the server rendered stays as it is.
 */

const HUE_COUNT = 12; // css/avatar.css has a rule for data-hue="0" to "11"
const MAX_NAMES = 1000; // of a page; older ones are forgotten, and get another sign if they come back
const SEPARATORS = /[\s\-_.]+/u;
// Firefox before version 125 has none; its users see code points.
const GRAPHEMES = Intl.Segmenter && new Intl.Segmenter(undefined, {granularity: "grapheme"});

/** The value of `data-hue`. It depends on the name only, without its capitals. @param {string} username */
export function avatarHue(username) {
  let hash = 2166136261; // FNV-1a
  for (const character of username.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  // The low bits depend mostly on the last character. Folding mixes in the bits of the others.
  const unsigned = hash >>> 0;
  return String(((unsigned ^ (unsigned >>> 8)) >>> 0) % HUE_COUNT);
}

/** The signs of the people on one page: two graphemes in capitals, for each name others while its letters allow it. */
export class AvatarSigns {
  /** By name without capitals, the oldest first. @type {Map<string, string>} */
  #signs = new Map();

  /** The sign of a name. It stays the same for the life of the page. @param {string} username @returns {string} */
  signOf(username) {
    const known = this.#signs.get(username.toLowerCase());
    if (known !== undefined) return known;
    const taken = new Set(this.#signs.values());
    const candidates = candidatesOf(username);
    const sign = candidates.find((candidate) => !taken.has(candidate)) ?? candidates[0];
    this.adopt(username, sign);
    return sign;
  }

  /** The page shows the name with this sign already. @param {string} username @param {string} sign */
  adopt(username, sign) {
    this.#signs.set(username.toLowerCase(), sign);
    if (this.#signs.size > MAX_NAMES) this.#signs.delete(this.#signs.keys().next().value ?? "");
  }
}

/** "Ada Lovelace" is AL, then AO, AV and so on; "guest-12" is G1, then G2; the last resort is one letter. @param {string} username */
function candidatesOf(username) {
  const words = username.split(SEPARATORS).filter(Boolean).map(graphemes);
  if (words.length === 0) return [[...username][0] ?? "?"];
  const initials = words
    .slice(1)
    .map(([initial]) => initial)
    .reverse();
  const lastWord = words[words.length - 1];
  const [first, ...letters] = words.flat();
  const seconds = [...initials, ...lastWord.slice(1), ...letters];
  return [...seconds, ""].map((second) => (first + second).toUpperCase());
}

/** @param {string} text */
function graphemes(text) {
  return GRAPHEMES ? Array.from(GRAPHEMES.segment(text), ({segment}) => segment) : [...text];
}
