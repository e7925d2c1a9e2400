import assert from "node:assert/strict";
import test from "node:test";
import {splitMessage} from "../../../static/chat/model/message_parts.js";

const length = (text) => [...text].length;
const withoutBlanks = (text) => text.replace(/\s/g, "");

test("a message that is short enough is one part", () => {
  assert.deepEqual(splitMessage("one\n\ntwo", 8), ["one\n\ntwo"]);
});

test("a message is cut between paragraphs, else between lines, else between words", () => {
  assert.deepEqual(splitMessage("one two\n\nthree\n\nfour", 15), ["one two\n\nthree", "four"]);
  assert.deepEqual(splitMessage("one two\nthree\n  four", 13), ["one two\nthree", "  four"]);
  assert.deepEqual(splitMessage("one two three", 9), ["one two", "three"]);
  assert.deepEqual(splitMessage("short\n\none two three four", 14), ["short", "one two three", "four"]);
});

test("a grapheme is never cut, unless it is longer than a part", () => {
  const family = "👨‍👩‍👧‍👦"; // seven code points
  assert.deepEqual(splitMessage(family.repeat(3), 15), [family.repeat(2), family]);
  assert.deepEqual(splitMessage("e\u0301e\u0301e\u0301", 3), ["e\u0301", "e\u0301", "e\u0301"]);
  assert.deepEqual(splitMessage(`x${"\u0301".repeat(4)}`, 3), ["x\u0301\u0301", "\u0301\u0301"]);
});

test("a code block that fits stays whole, with its blank lines", () => {
  const code = "```js\na\n\nb\n```";
  assert.deepEqual(splitMessage(`look at this\n${code}\nit works`, 20), ["look at this", `${code}`, "it works"]);
  assert.deepEqual(splitMessage(`${code}\nok`, 20), [`${code}\nok`]);
});

test("a code block that is too long is closed and opened anew", () => {
  const parts = splitMessage("```js\none();\n\n  two();\nthree();\n```\nend", 26);
  assert.deepEqual(parts, ["```js\none();\n\n  two();\n```", "```js\nthree();\n```\nend"]);
  assert.deepEqual(
    splitMessage("~~~\none\ntwo\nthree\n", 15),
    ["~~~\none\ntwo\n~~~", "~~~\nthree\n~~~"],
    "also one without an end",
  );
});

test("a fence that leaves no room for code is text", () => {
  const parts = splitMessage(`\`\`\`${"x".repeat(20)}\ncode`, 10);
  assert.ok(parts.every((part) => length(part) <= 10));
});

// The parts of random texts: none too long, none empty, nothing lost, no code block left open.
test("random texts are cut without a loss", () => {
  const words = [
    "a",
    "Wort",
    "日本語",
    "e\u0301",
    "👨‍👩‍👧‍👦",
    "x".repeat(40),
    "\n```\n",
    "\n```py\n",
    "\n~~~\n",
    "  in",
    "\n",
    "\n\n",
  ];
  let state = 7;
  const random = (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  for (let run = 0; run < 2000; run++) {
    const text = Array.from({length: 5 + random(60)}, () => words[random(words.length)]).join(random(2) ? " " : "");
    const max = 12 + random(60);
    const parts = splitMessage(text, max);
    for (const part of parts) {
      assert.ok(length(part) <= max, `${JSON.stringify(text)} at ${max}`);
      assert.notEqual(part.trim(), "");
    }
    const fences = /[`~py]/g; // those that were opened anew are more than before
    const content = (whole) => withoutBlanks(whole).replace(fences, "");
    assert.equal(content(parts.join("\n")), content(text));
  }
});
