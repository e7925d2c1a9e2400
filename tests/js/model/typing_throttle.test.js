import assert from "node:assert/strict";
import test from "node:test";
import {TypingThrottle} from "../../../static/chat/model/typing_throttle.js";

test("typing is sent at most once in three seconds, and without a delay after a message", () => {
  let sent = 0;
  const throttle = new TypingThrottle(() => sent++);
  for (const now of [0, 100, 2999, 3000, 4000]) throttle.typed(now);
  assert.equal(sent, 2);
  throttle.messageSent();
  throttle.typed(4100);
  assert.equal(sent, 3);
});
