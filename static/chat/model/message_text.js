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
// One emoji: a flag, the flag of a region, a keycap, or pictures that are joined to one.
const PICTURES =
  "(?!\\p{RI})[\\p{EPres}\\u{1F300}-\\u{1F64F}\\u{1F680}-\\u{1F6FF}\\u{1F900}-\\u{1F9FF}\\u{1FA70}-\\u{1FAFF}]";
const PICTURE = `(?:${PICTURES}\\uFE0F?|\\p{ExtPict}\\uFE0F|\\p{EBase}(?=\\p{EMod}))\\p{EMod}?`;
const JOINED = "\\u200D\\p{ExtPict}\\uFE0F?\\p{EMod}?";
const EMOJI = `(?:\\p{RI}{2}|\\u{1F3F4}[\\u{E0020}-\\u{E007E}]+\\u{E007F}|[0-9#*]\\uFE0F?\\u20E3|${PICTURE}(?:${JOINED})*)`;
const FEW_EMOJI = new RegExp(`^\\s*(?:${EMOJI}\\s*){1,3}$`, "u");
const MAX_EMOJI_LENGTH = 40; // characters; one family of four has eleven
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

/**
 * Whether the text is one to three emoji, which are shown large. As in chat/text/emoji.py, with the browser's emoji.
 * @param {string} text
 */
export function isFewEmoji(text) {
  return [...text].length <= MAX_EMOJI_LENGTH && FEW_EMOJI.test(text);
}
