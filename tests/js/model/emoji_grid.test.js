import assert from "node:assert/strict";
import {test} from "node:test";

import {nextCell} from "../../../static/chat/model/emoji_grid.js";

// 0 1 2      a group of five in three columns, then one of two, then one of four
// 3 4
// 5 6
// 7 8 9
// 10
const SIZES = [5, 2, 4];
const go = (key, index) => nextCell(key, index, SIZES, 3);

test("down and up keep the column across groups, or take the last cell of a shorter row", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => go("ArrowDown", index)),
    [3, 4, 4, 5, 6, 7, 8, 10, 10],
  );
  assert.deepEqual(
    [3, 4, 5, 6, 9, 10].map((index) => go("ArrowUp", index)),
    [0, 1, 3, 4, 6, 7],
  );
});

test("left and right go from row to row, Home and End to the ends of all", () => {
  assert.equal(go("ArrowRight", 4), 5);
  assert.equal(go("ArrowLeft", 5), 4);
  assert.equal(go("Home", 6), 0);
  assert.equal(go("End", 0), 10);
});

test("nothing moves at the ends, with another key, or without cells", () => {
  for (const [key, index] of Object.entries({ArrowUp: 1, ArrowLeft: 0, Home: 0, End: 10, ArrowDown: 10, a: 3})) {
    assert.equal(go(key, index), null, key);
  }
  assert.equal(nextCell("ArrowDown", -1, [], 8), null);
});

test("the first key enters the grid", () => {
  assert.deepEqual(
    ["ArrowDown", "ArrowRight", "Home"].map((key) => go(key, -1)),
    [0, 0, 0],
  );
  assert.equal(go("End", -1), 10);
  assert.equal(go("ArrowUp", -1), null);
});
