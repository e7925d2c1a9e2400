import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {avatarHue, avatarInitial} from "../../../static/chat/model/avatar.js";

const examples = JSON.parse(readFileSync(new URL("../../fixtures/message_text.json", import.meta.url), "utf8"));

test("capitals do not change the colour of a name", () => {
  assert.equal(avatarHue("ada"), avatarHue("Ada"));
});

test("names have eight colours, and all eight are used", () => {
  const hues = new Set(Array.from({length: 200}, (_, i) => avatarHue(`guest-${i}`)));
  assert.deepEqual([...hues].sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("the initial is the first grapheme of the name, in capitals", () => {
  for (const [username, initial] of examples.initials) assert.equal(avatarInitial(username), initial, username);
});
