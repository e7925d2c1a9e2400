/**
 * The text of a message between the field and the server: what is sent of what was typed. Pure.
 *
 * chat/wire/message_text.py has the same rules for blanks; tests/fixtures/message_text.json holds examples for both.
 */

// Tab, line breaks, and the characters of Unicode's category Zs.
const BLANKS = /[\t\n\u2028\u2029\p{Zs}]/u;
// Vertical tab, form feed, next line, line and paragraph separator: line breaks of other programs.
const LINE_BREAK = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
// Colours and links of a terminal: control sequences (CSI), commands that end with BEL or ST (OSC), and short escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
const TERMINAL_SEQUENCE = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]/g;
// The server refuses these: control characters, and halves of surrogate pairs.
const CONTROL = /(?![\t\n])[\p{Cc}\p{Cs}]/gu;
const PARAGRAPH_BREAK = /\n(?:[ \t]*\n)+/;

/**
 * Text from anywhere as the field holds it: with \n for every line break, and without control characters.
 * @param {string} text
 */
export function cleanText(text) {
  return text.replace(TERMINAL_SEQUENCE, "").replace(LINE_BREAK, "\n").replace(CONTROL, "");
}

/**
 * What is sent: without blank lines at both ends and without blanks at the end. The indent of the first line stays.
 * "" if there is nothing to send.
 * @param {string} typed
 */
export function messageToSend(typed) {
  const text = cleanText(typed);
  let end = text.length;
  while (end > 0 && BLANKS.test(text[end - 1])) end--;
  let start = 0;
  while (start < end && BLANKS.test(text[start])) start++;
  return text.slice(text.lastIndexOf("\n", start) + 1, end);
}

/**
 * The paragraphs of a message without markup, as the server shows them: blank lines separate them.
 * @param {string} text
 */
export function paragraphs(text) {
  return text.split(PARAGRAPH_BREAK).filter((paragraph) => paragraph.trim());
}
