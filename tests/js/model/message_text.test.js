import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {cleanText, isFewEmoji, messageToSend, paragraphs} from "../../../static/chat/model/message_text.js";

const examples = JSON.parse(readFileSync(new URL("../../fixtures/message_text.json", import.meta.url), "utf8"));

test("what is sent is what the server stores", () => {
  for (const [typed, stored] of examples.normalized) assert.equal(messageToSend(typed), stored, JSON.stringify(typed));
});

test("a message without markup has the paragraphs that the server makes of it", () => {
  for (const [text, expected] of examples.paragraphs) assert.deepEqual(paragraphs(text), expected);
});

test("a message of one to three emoji is the one that the server shows large", () => {
  for (const [text, expected] of examples.few_emoji) assert.equal(isFewEmoji(text), expected, JSON.stringify(text));
});

test("line breaks of other programs become newlines", () => {
  assert.equal(cleanText("a\vb\fc\u0085d\u2028e\u2029f\r\ng\rh\ni"), "a\nb\nc\nd\ne\nf\ng\nh\ni");
  assert.equal(messageToSend("\u2028\v  a\u2029\f"), "  a");
});

test("control characters are dropped, tabs and what only looks empty stay", () => {
  assert.equal(cleanText("a\u0000b\u0007c\u0008d\u007fe\u0080f\u009fg"), "abcdefg");
  assert.equal(cleanText("a\tb\u00a0c\u200dd\ufefff\u00ade"), "a\tb\u00a0c\u200dd\ufefff\u00ade");
});

test("half a surrogate pair, which the server refuses, is dropped", () => {
  assert.equal(cleanText("a\ud83db 😀"), "ab 😀");
});

test("colours and links of a terminal are dropped, brackets of a text are not", () => {
  const cases = {
    "\x1b[31mred\x1b[0m": "red",
    "\x1b[1;38;5;208mbold\x1b[m\x1b[K": "bold",
    "\x1b[38:2::255:0:0mcolons\x1b[0m": "colons",
    "\x9b32mgreen\x9b0m": "green",
    "\x1b]8;;https://example.org\x07link\x1b]8;;\x07": "link",
    "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\": "link",
    "\x1b]0;title\x07prompt$": "prompt$",
    "\x1b(B\x1b[mreset": "reset",
    "\x1b7saved\x1b8": "saved",
    "\x1b[?25hcursor": "cursor",
    "cut off \x1b[31": "cut off [31",
    "a[0m and [1;2H": "a[0m and [1;2H",
  };
  for (const [pasted, cleaned] of Object.entries(cases)) assert.equal(cleanText(pasted), cleaned);
});

test("a long run of blanks costs no more than its length", () => {
  const text = `x${" ".repeat(1_000_000)}y`;
  assert.equal(messageToSend(text), text);
});
