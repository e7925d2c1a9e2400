import assert from "node:assert/strict";
import test from "node:test";
import {nextFocusIndex} from "../../../static/chat/model/roving_focus.js";

/** Key, index, count, next index. */
const CASES = [
  ["ArrowDown", 0, 3, 1],
  ["ArrowDown", 2, 3, null],
  ["ArrowUp", 2, 3, 1],
  ["ArrowUp", 0, 3, null],
  ["Home", 2, 3, 0],
  ["Home", 0, 3, null],
  ["End", 0, 3, 2],
  ["End", 2, 3, null],
  ["PageUp", 1, 3, null],
  ["x", 1, 3, null],
];

for (const [key, index, count, next] of CASES) {
  test(`${key} on item ${index} of ${count}`, () => assert.equal(nextFocusIndex(key, index, count), next));
}
