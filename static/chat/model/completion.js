/**
 * What is completed in the composer: `@name` and `:emoji`, by the text in front of the cursor. Pure.
 */

import {folded} from "./folded.js";
import {fuzzyFilter} from "./fuzzy.js";
import {foldedName, isSameName, mentionOf} from "./mentions.js";

const MIN_EMOJI_QUERY = 2; // `:D` is a face
// Not behind a letter or digit: `10:30:45`, `localhost:8080`, `ada@example.org`.
const EMOJI = /(?<![\p{L}\p{N}:_/\\]):(?<query>[\p{L}+-][\p{L}\p{M}\p{N}_+-]*)$/u;
const CODE = /(?<![\p{L}\p{N}:_/\\]):(?<query>[^\s:]{1,80}):$/u;
const PERSON = /(?<![\p{L}\p{M}\p{N}_@/\\])@(?<quote>["“”„«]?)(?<query>[^\n@"“”„«»]{0,32})$/u;
const REST_OF_WORD = /^[\p{L}\p{M}\p{N}_]*/u;
const FENCE = /^[ \t]*(?:\x60{3,}|~{3,})/gm;
const BACKTICKS = /\x60+/g;
const PARAGRAPH_BREAK = /\n[ \t]*\n/;

/**
 * @typedef {object} Trigger
 * @property {"emoji" | "person"} kind
 * @property {string} query
 * @property {number} start of what is replaced, with its sign
 * @property {number} end
 */

/** What is being written at the cursor; null in code. @param {string} text @param {number} caret @returns {Trigger | null} */
export function findTrigger(text, caret) {
  const before = text.slice(0, caret);
  const emoji = EMOJI.exec(before);
  const isEmoji = emoji !== null && (emoji.groups?.query.length ?? 0) >= MIN_EMOJI_QUERY;
  const found = isEmoji ? emoji : PERSON.exec(before);
  if (!found || isInCode(before.slice(0, found.index))) return null;
  const query = found.groups?.query ?? "";
  const end = caret + (REST_OF_WORD.exec(text.slice(caret))?.[0].length ?? 0);
  return {kind: isEmoji ? "emoji" : "person", query, start: found.index, end: query ? end : caret};
}

/** The name in `:name:` that ends at the cursor; null in code. @param {string} text @param {number} caret */
export function typedCode(text, caret) {
  const before = text.slice(0, caret);
  const found = CODE.exec(before);
  if (!found?.groups || isInCode(before.slice(0, found.index))) return null;
  return {code: found.groups.query, start: found.index, end: caret};
}

/** Whether text that follows would be part of a code block, or of code in a line. @param {string} before */
function isInCode(before) {
  if ((before.match(FENCE)?.length ?? 0) % 2) return true;
  const paragraph = before.split(PARAGRAPH_BREAK).at(-1) ?? "";
  let opened = 0; // backticks
  for (const {0: run, index} of paragraph.matchAll(BACKTICKS)) {
    if (opened === run.length) opened = 0;
    else if (opened === 0 && !(run === "\x60" && /[\p{L}\p{N}]/u.test(paragraph[index - 1] ?? ""))) opened = run.length;
  }
  return opened > 0;
}

/**
 * Whom one may mean: who is here, those who wrote last first, and then those who wrote and are gone.
 * @param {Wire.Member[]} here @param {Wire.Member[]} authors of the messages, in their order
 * @param {(author: string) => boolean} isUser
 * @returns {string[]} usernames
 */
export function peopleToMention(here, authors, isUser) {
  const wrote = [...authors].reverse().filter(({author}) => !isUser(author));
  const present = here.filter(({author}) => !isUser(author));
  const ids = new Set(present.map(({author}) => author));
  const writing = new Set(wrote.map(({author}) => author));
  const ordered = [
    ...[...writing].map((author) => present.find((member) => member.author === author)),
    ...present,
    ...wrote.filter(({author}) => !ids.has(author)),
  ];
  return uniqueNames(ordered.flatMap((member) => (member ? [member.username] : [])));
}

/** The first of those that are the same. @param {string[]} usernames */
function uniqueNames(usernames) {
  const byName = new Map();
  for (const username of usernames) {
    const name = foldedName(username);
    if (!byName.has(name)) byName.set(name, username);
  }
  return [...byName.values()];
}

/**
 * Those whose name fits, the best first. None if a mention is complete: Enter sends it.
 * @param {string} query @param {string[]} usernames
 */
export function matchingPeople(query, usernames) {
  const typed = `@${query.trimEnd()}`;
  if (usernames.some((username) => isSameName(mentionOf(username), typed))) return [];
  if (!query.includes(" ")) return fuzzyFilter(query, usernames, (username) => username);
  const start = `${folded(query)}${query.endsWith(" ") ? " " : ""}`;
  return usernames.filter((username) => folded(username).startsWith(start));
}
