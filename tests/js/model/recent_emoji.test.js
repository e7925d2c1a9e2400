import assert from "node:assert/strict";
import {test} from "node:test";

import {RecentEmoji} from "../../../static/chat/model/recent_emoji.js";
import {MemoryStorage} from "../doubles.js";

test("the newest comes first, once, and a bounded number stays", () => {
  const recent = new RecentEmoji(new MemoryStorage());
  assert.deepEqual(recent.items, []);
  for (const emoji of ["👋", "👍", "👋"]) recent.add(emoji);
  assert.deepEqual(recent.items, ["👋", "👍"]);
  for (const emoji of ["👋🏽", "☝️", "☝🏿"]) recent.add(emoji);
  assert.deepEqual(recent.items, ["☝🏿", "👋🏽", "👍"], "once in all skin tones");
  for (let number = 0; number < 30; number++) recent.add(String(number));
  assert.equal(recent.items.length, 16);
  assert.equal(recent.items[0], "29");
});

test("what another program stored is no list of emoji", () => {
  for (const stored of [null, 5, {}, "👋", [1, null]])
    assert.deepEqual(new RecentEmoji(new MemoryStorage(stored)).items, []);
});
