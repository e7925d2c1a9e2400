/**
 * How well what somebody typed fits a name: its letters in their order, with others between them. Pure.
 */

import {folded} from "./folded.js";

const CONSECUTIVE = 5;
const WORD_START = 8;
const PREFIX = 12;

/**
 * Higher is better; null if the name does not have the letters.
 * @param {string} query folded
 * @param {string} name
 */
export function fuzzyScore(query, name) {
  const letters = [...folded(name)];
  let score = letters.slice(0, query.length).join("") === query ? PREFIX : 0;
  let previous = -2;
  for (const letter of query.replace(/\s+/gu, "")) {
    const index = bestIndex(letters, letter, previous);
    if (index < 0) return null;
    if (index === previous + 1) score += CONSECUTIVE;
    if (isWordStart(letters, index)) score += WORD_START;
    previous = index;
  }
  return score - letters.length / 100; // of two that fit equally well, the shorter one
}

/**
 * The items that fit, the best first; all in their order if nothing is typed.
 * @template T
 * @param {string} query
 * @param {T[]} items
 * @param {(item: T) => string} nameOf
 * @returns {T[]}
 */
export function fuzzyFilter(query, items, nameOf) {
  const wanted = folded(query);
  if (!wanted) return items;
  const scored = items.map((item) => ({item, score: fuzzyScore(wanted, nameOf(item))}));
  const found = scored.filter(({score}) => score !== null);
  return found.sort((a, b) => Number(b.score) - Number(a.score)).map(({item}) => item);
}

/** The next letter if it follows directly, else the start of a word, else the first one. @param {string[]} letters @param {string} letter @param {number} previous */
function bestIndex(letters, letter, previous) {
  const start = Math.max(previous + 1, 0);
  if (letters[start] === letter) return start;
  const wordStart = letters.findIndex(
    (candidate, index) => index >= start && candidate === letter && isWordStart(letters, index),
  );
  return wordStart >= 0 ? wordStart : letters.indexOf(letter, start);
}

/** @param {string[]} letters @param {number} index */
function isWordStart(letters, index) {
  return index === 0 || !/[\p{L}\p{N}]/u.test(letters[index - 1]);
}
