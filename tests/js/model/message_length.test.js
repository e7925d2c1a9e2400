import assert from "node:assert/strict";
import test from "node:test";
import {checkLength, tooLongSentence} from "../../../static/chat/model/message_length.js";

test("in the last tenth the length is near the limit", () => {
  assert.equal(checkLength("x".repeat(90), 100).isNearLimit, false);
  assert.equal(checkLength("x".repeat(91), 100).isNearLimit, true);
  assert.equal(checkLength("x".repeat(91), 100).remaining, 9);
});

test("a message may be as long as the limit, and not longer", () => {
  assert.deepEqual(checkLength("x".repeat(100), 100), {
    remaining: 0,
    isNearLimit: true,
    isTooLong: false,
    canSend: true,
  });
  const {remaining, isTooLong, canSend} = checkLength("x".repeat(101), 100);
  assert.deepEqual([remaining, isTooLong, canSend], [-1, true, false]);
});

test("an emoji is one character, as on the server", () => {
  assert.equal(checkLength("😀".repeat(3), 4).remaining, 1);
});

test("without text nothing can be sent", () => {
  assert.equal(checkLength("", 100).canSend, false);
});

test("the number of characters above the limit", () => {
  assert.equal(tooLongSentence(1), "1 character too long");
  assert.equal(tooLongSentence(479), "479 characters too long");
});
