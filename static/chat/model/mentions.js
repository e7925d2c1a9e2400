/**
 * Mentions: how one is written, and whom it means. Pure.
 *
 * The server marks mentions in the HTML of a message (chat/text/mentions.py); tests/fixtures/mentions.json holds examples
 * for both.
 */

import {decodeEntities} from "./plain_text.js";

const WORD = "[\\p{L}\\p{N}_][\\p{L}\\p{M}\\p{N}_\\u200C\\u200D]*";
const PLAIN_NAME = new RegExp(`^${WORD}(?:[.-]${WORD})*$`, "u");
const QUOTES = ['""', "“”", "„“", "«»"];
const MENTION = /<span class="mention" data-username="([^"]*)">/g;

/**
 * The mention of a name, as the server recognises it; the name alone if none is possible.
 * @param {string} username
 */
export function mentionOf(username) {
  if (PLAIN_NAME.test(username)) return `@${username}`;
  const quotes = QUOTES.find(([, closing]) => !username.includes(closing));
  return quotes ? `@${quotes[0]}${username}${quotes[1]}` : username;
}

/** Whether the message mentions somebody. @param {string} html of a message @param {string} username */
export function mentions(html, username) {
  return [...html.matchAll(MENTION)].some(([, name]) => isSameName(decodeEntities(name), username));
}

/** Whether two names differ in case and blanks at most; nobody else in the room can have such a name. @param {string} a @param {string} b */
export function isSameName(a, b) {
  return a !== "" && foldedName(a) === foldedName(b);
}

/** As `folded` in chat/text/names.py; upper case first, because ß and SS are the same there. @param {string} name */
export function foldedName(name) {
  return name.toUpperCase().toLowerCase().normalize("NFC").split(/\s+/u).filter(Boolean).join(" ");
}
