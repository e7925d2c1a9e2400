/**
 * A message that is too long, in parts that are not: cut between paragraphs where it can be, else between lines, words
 * or graphemes. A code block stays whole, or each part of it is a code block of its own. Pure.
 *
 * Lengths are in Unicode code points, as on the server.
 */

import {messageToSend} from "./message_text.js";

const OPENING_FENCE = /^[ \t]*(`{3,}|~{3,})(?!.*`)/;
const GRAPHEMES = Intl.Segmenter && new Intl.Segmenter(undefined, {granularity: "grapheme"});

/** A piece of the text. `gap` is what separates it from the piece above. @typedef {{gap: string, text: string}} Piece */
/** Cuts one piece that is too long. @typedef {(text: string, maxCharacters: number) => string[]} Cut */

/**
 * @param {string} text
 * @param {number} maxCharacters of a part
 * @returns {string[]} at least one part
 */
export function splitMessage(text, maxCharacters) {
  const parts = pack(paragraphsOf(messageToSend(text)), maxCharacters, cutBlock);
  return parts.map(messageToSend).filter(Boolean);
}

/**
 * Puts as many pieces into a part as fit.
 * @param {Piece[]} pieces @param {number} maxCharacters @param {Cut} cut
 */
function pack(pieces, maxCharacters, cut) {
  /** @type {string[]} */
  const parts = [];
  let lastLength = maxCharacters;
  for (const {gap, text} of pieces) {
    const length = lengthOf(gap) + lengthOf(text);
    if (lastLength + length <= maxCharacters) {
      parts[parts.length - 1] += gap + text;
      lastLength += length;
    } else {
      parts.push(...(lengthOf(text) <= maxCharacters ? [text] : cut(text, maxCharacters)));
      lastLength = lengthOf(parts[parts.length - 1]);
    }
  }
  return parts;
}

/** @type {Cut} */
function cutBlock(text, maxCharacters) {
  const [opening] = text.split("\n", 1);
  const fence = OPENING_FENCE.exec(opening)?.[1];
  if (!fence) return cutLines(text, maxCharacters);
  const room = maxCharacters - lengthOf(opening) - fence.length - 2;
  if (room < 1) return cutLines(text, maxCharacters);
  const lines = text.split("\n").slice(1);
  if (closes(lines[lines.length - 1], fence)) lines.pop();
  const codes = cutCode(lines.join("\n"), room).filter((code) => code.trim());
  return codes.length > 0 ? codes.map((code) => `${opening}\n${code}\n${fence}`) : cutLines(text, maxCharacters);
}

/** @type {Cut} */
function cutCode(text, maxCharacters) {
  return pack(piecesOf(text, /(\n)/), maxCharacters, cutGraphemes);
}

/** @type {Cut} */
function cutLines(text, maxCharacters) {
  return pack(piecesOf(text, /(\n)/), maxCharacters, cutWords);
}

/** @type {Cut} */
function cutWords(text, maxCharacters) {
  return pack(piecesOf(text, /([ \t]+)/), maxCharacters, cutGraphemes);
}

/** @type {Cut} */
function cutGraphemes(text, maxCharacters) {
  const graphemes = GRAPHEMES ? Array.from(GRAPHEMES.segment(text), ({segment}) => segment) : [...text];
  return pack(withoutGaps(graphemes), maxCharacters, cutCharacters);
}

/** The last resort: one letter with thousands of marks. @type {Cut} */
function cutCharacters(text, maxCharacters) {
  return pack(withoutGaps([...text]), maxCharacters, (character) => [character]);
}

/** The blocks between blank lines. A code block is one, with the blank lines in it. @param {string} text */
function paragraphsOf(text) {
  /** @type {Piece[]} */
  const blocks = [];
  let fence = "";
  let gap = "";
  let isInBlock = false;
  for (const line of text.split("\n")) {
    const opening = fence ? undefined : OPENING_FENCE.exec(line)?.[1];
    if (!fence && !line.trim()) {
      gap += `${line}\n`;
      isInBlock = false;
    } else if (isInBlock && !opening) {
      blocks[blocks.length - 1].text += `\n${line}`;
    } else {
      blocks.push({gap: `${blocks.length > 0 ? "\n" : ""}${gap}`, text: line});
      gap = "";
      isInBlock = true;
    }
    if (opening) fence = opening;
    else if (fence && closes(line, fence)) {
      fence = "";
      isInBlock = false;
    }
  }
  return blocks;
}

/** @param {string} line @param {string} fence */
function closes(line, fence) {
  const closing = line.trim();
  return closing.startsWith(fence) && [...closing].every((sign) => sign === fence[0]);
}

/** @param {string} text @param {RegExp} separator with one group, which holds the gap @returns {Piece[]} */
function piecesOf(text, separator) {
  const pieces = text.split(separator);
  return pieces.flatMap((piece, index) => (index % 2 ? [] : [{gap: pieces[index - 1] ?? "", text: piece}]));
}

/** @param {string[]} texts @returns {Piece[]} */
function withoutGaps(texts) {
  return texts.map((text) => ({gap: "", text}));
}

/** @param {string} text */
function lengthOf(text) {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
