import assert from "node:assert/strict";
import test from "node:test";
import {hueOf, initialOf} from "../../../static/chat/model/avatar.js";

test("a name keeps its colour, whatever its capitals", () => {
  assert.equal(hueOf("ada"), hueOf("Ada"));
});

test("every name has one of eight colours, and many names use all of them", () => {
  const hues = new Set(Array.from({length: 200}, (_, i) => hueOf(`guest-${i}`)));
  assert.deepEqual([...hues].sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("the initial is a whole character", () => {
  assert.equal(initialOf("ada"), "A");
  assert.equal(initialOf("𝒜da"), "𝒜");
  assert.equal(initialOf(""), "?");
});
