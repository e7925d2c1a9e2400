/**
 * All emoji with their names in the page's language, and the search among them. Pure: the list is passed in.
 *
 * scripts/emoji_data.py makes the list.
 */

import {folded} from "./folded.js";
import {bareEmoji} from "./skin_tones.js";

const MIN_INSIDE = 3; // letters that are found inside a word, too

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string} name in the page's language
 * @property {string} keywords in the page's language
 * @property {string[]} codes its names between colons, the best known first
 * @property {boolean} hasTones
 */

/** @typedef {{name: string, emoji: Emoji[]}} EmojiGroup */
/** @typedef {{emoji: Emoji, whole: string[], words: string[], keywords: string[]}} Terms */

export class EmojiList {
  /** @type {EmojiGroup[]} */
  groups;
  /** @type {Map<string, Emoji>} */
  #byText;
  /** @type {Map<string, Emoji>} */
  #byCode;
  /** @type {Terms[] | null} */
  #terms = null;

  /** @param {{groups: {name: string, emoji: [string, string, string, string, number?][]}[]}} file of static/chat/emoji/ */
  constructor({groups}) {
    this.groups = groups.map(({name, emoji}) => ({name, emoji: emoji.map(createEmoji)}));
    this.#byText = new Map(this.#all.map((emoji) => [bareEmoji(emoji.emoji), emoji]));
    this.#byCode = new Map(this.#all.flatMap((emoji) => emoji.codes.map((code) => [code, emoji])));
  }

  get #all() {
    return this.groups.flatMap(({emoji}) => emoji);
  }

  /** @param {string} text an emoji, in any skin tone */
  find(text) {
    return this.#byText.get(bareEmoji(text));
  }

  /** The emoji of `:code:`. @param {string} code without the colons */
  byCode(code) {
    return this.#byCode.get(code.toLowerCase());
  }

  /**
   * Those in whose names and keywords each word begins a word, the best first: a whole name, then the beginning of one.
   * @param {string} query
   * @param {number} limit
   */
  search(query, limit) {
    const wanted = searchable(query);
    if (!wanted) return [];
    this.#terms ??= this.#all.map(createTerms);
    const scored = this.#terms.map(({emoji, ...terms}) => ({emoji, score: score(wanted, terms)}));
    const found = scored.filter((one) => one.score > 0).sort((a, b) => b.score - a.score);
    return found.slice(0, limit).map(({emoji}) => emoji);
  }
}

/** @param {[string, string, string, string, number?]} entry @returns {Emoji} */
function createEmoji([emoji, name, keywords, codes, tones]) {
  return {emoji, name, keywords, codes: codes.split(" "), hasTones: tones === 1};
}

/** @param {Emoji} emoji @returns {Terms} */
function createTerms(emoji) {
  const whole = [...emoji.codes, emoji.name].map(searchable);
  return {emoji, whole, words: whole.flatMap(wordsOf), keywords: wordsOf(searchable(emoji.keywords))};
}

/** 0 if a word does not fit. @param {string} wanted @param {Omit<Terms, "emoji">} terms */
function score(wanted, {whole, words, keywords}) {
  const scores = wordsOf(wanted).map((word) => wordScore(word, words, keywords));
  if (scores.includes(0)) return 0;
  const bonus = whole.includes(wanted) ? 100 : whole.some((name) => name.startsWith(wanted)) ? 50 : 0;
  return bonus + Math.min(...scores);
}

/** @param {string} word @param {string[]} words @param {string[]} keywords */
function wordScore(word, words, keywords) {
  if (words.some((one) => one.startsWith(word))) return 4;
  if (keywords.includes(word)) return 3;
  if (keywords.some((one) => one.startsWith(word))) return 2;
  return word.length >= MIN_INSIDE && [...words, ...keywords].some((one) => one.includes(word)) ? 1 : 0;
}

/** @param {string} text */
function searchable(text) {
  return folded(text)
    .replace(/[\s_:“”"„.,()]+/g, " ")
    .trim();
}

/** @param {string} text */
function wordsOf(text) {
  return text.split(" ").filter(Boolean);
}
