import assert from "node:assert/strict";
import test from "node:test";
import {avatarHue, avatarInitial} from "../../../static/chat/model/avatar.js";

test("capitals do not change the colour of a name", () => {
  assert.equal(avatarHue("ada"), avatarHue("Ada"));
});

test("names have eight colours, and all eight are used", () => {
  const hues = new Set(Array.from({length: 200}, (_, i) => avatarHue(`guest-${i}`)));
  assert.deepEqual([...hues].sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("the initial is a whole code point", () => {
  assert.equal(avatarInitial("ada"), "A");
  assert.equal(avatarInitial("𝒜da"), "𝒜");
  assert.equal(avatarInitial(""), "?");
});
