import assert from "node:assert/strict";
import test from "node:test";
import {reconnectDelayMs} from "../../../static/chat/net/reconnect.js";

test("the first delay is at most a second, and each later one is twice as long", () => {
  const delays = [0, 1, 2, 3, 4].map((failures) => reconnectDelayMs(failures, () => 1));
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000]);
});

test("no delay is longer than 30 s, after any number of failures", () => {
  for (const failures of [5, 10, 100, 5000])
    assert.equal(
      reconnectDelayMs(failures, () => 1),
      30_000,
    );
});

test("half of the delay is random", () => {
  assert.equal(
    reconnectDelayMs(3, () => 0),
    4000,
  );
  assert.equal(
    reconnectDelayMs(3, () => 0.5),
    6000,
  );
});
