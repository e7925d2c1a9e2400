import assert from "node:assert/strict";
import test from "node:test";
import {reconnectDelayMs} from "../../../static/chat/net/reconnect.js";

test("the first try comes within a second, and each later one waits twice as long", () => {
  const longest = [0, 1, 2, 3, 4].map((tries) => reconnectDelayMs(tries, () => 1));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16_000]);
});

test("nobody waits longer than 30 s, however often it failed", () => {
  for (const tries of [5, 10, 100, 5000])
    assert.equal(
      reconnectDelayMs(tries, () => 1),
      30_000,
    );
});

test("chance spreads the tries over half the time", () => {
  assert.equal(
    reconnectDelayMs(3, () => 0),
    4000,
  );
  assert.equal(
    reconnectDelayMs(3, () => 0.5),
    6000,
  );
});
