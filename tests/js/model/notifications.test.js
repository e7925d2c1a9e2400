import assert from "node:assert/strict";
import test from "node:test";
import {isMention, isWanted, levelOf} from "../../../static/chat/model/notifications.js";

test("a name is mentioned where it stands as a word, in any case and script", () => {
  for (const [text, name] of [
    ["ada, look", "ada"],
    ["Hello Ada!", "ada"],
    ["@ada: yes", "Ada"],
    ["(ada)", "ada"],
    ["ask Ada Lovelace", "ada lovelace"],
    ["Привет, Анна.", "анна"],
    ["c++ is here", "C++"],
    ["a.b?", "a.b"],
    ["Rene\u0301 is here", "Ren\u00e9"],
  ]) {
    assert.ok(isMention(text, name), `${name} in ${text}`);
  }
});

test("a name inside another word is no mention", () => {
  for (const [text, name] of [
    ["Canada", "ada"],
    ["adam", "ada"],
    ["ada_2 was here", "ada"],
    ["axb", "a.b"],
    ["Анналы", "анна"],
    ["nothing", ""],
  ]) {
    assert.ok(!isMention(text, name), `${name} in ${text}`);
  }
});

test("a room's level says which messages are wanted; a room without one, or with another value, is off", () => {
  assert.deepEqual(
    ["off", "mentions", "all"].map((level) => isWanted(level, "hi ada", "ada")),
    [false, true, true],
  );
  assert.equal(isWanted("mentions", "hi bob", "ada"), false);
  assert.deepEqual(
    ["tea", "zoo", "constructor"].map((room) => levelOf({tea: "all", zoo: "x-mark"}, room)),
    ["all", "off", "off"],
  );
});
