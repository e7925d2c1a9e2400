import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import {AvatarSigns, avatarHue} from "../../../static/chat/model/avatar.js";

const examples = JSON.parse(readFileSync(new URL("../../fixtures/message_text.json", import.meta.url), "utf8"));

test("a name has the colour that the server gives it", () => {
  for (const [username, hue] of examples.hues) assert.equal(avatarHue(username), String(hue), username);
});

test("names have twelve colours, and all of them are used", () => {
  const hues = new Set(Array.from({length: 300}, (_, i) => avatarHue(`guest-${i}`)));
  assert.equal(hues.size, 12);
});

test("the names of a page have the signs that the server gives them", () => {
  for (const [names, expected] of examples.signs) {
    const signs = new AvatarSigns();
    assert.deepEqual(
      names.map((name) => signs.signOf(name)),
      expected,
    );
  }
});

test("two people of a page have the same sign only if their letters allow no other", () => {
  const signs = new AvatarSigns();
  const names = ["ada", "adam", "adrian", "Ada Lovelace", "ada-2", "ada-3", "alan", "al", "A. Dalton"];
  assert.equal(new Set(names.map((name) => signs.signOf(name))).size, names.length);
});

test("a sign that the page shows already is kept", () => {
  const signs = new AvatarSigns();
  signs.adopt("adam", "AM");
  assert.equal(signs.signOf("adam"), "AM");
  assert.equal(signs.signOf("Adam"), "AM", "the same name with another capital");
  assert.notEqual(signs.signOf("amy"), "AM");
});

test("a page remembers a bounded number of names", () => {
  const signs = new AvatarSigns();
  for (let i = 0; i < 1001; i++) signs.adopt(`guest-${i}`, `X${i}`);
  assert.notEqual(signs.signOf("guest-0"), "X0");
  assert.equal(signs.signOf("guest-1000"), "X1000");
});
