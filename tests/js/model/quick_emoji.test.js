import assert from "node:assert/strict";
import test from "node:test";
import {quickEmoji} from "../../../static/chat/model/quick_emoji.js";

test("the bar offers the emoji that were used last, and then common ones, none of them twice", () => {
  assert.deepEqual(quickEmoji([]), ["👍", "❤️", "😂"]);
  assert.deepEqual(quickEmoji(["🦊", "👍"]), ["🦊", "👍", "❤️"]);
  assert.deepEqual(quickEmoji(["🦊", "🎉", "🧄", "🌱"]), ["🦊", "🎉", "🧄"]);
});
