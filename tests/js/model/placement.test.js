import assert from "node:assert/strict";
import {test} from "node:test";

import {placeBeside} from "../../../static/chat/model/placement.js";

const viewport = {width: 1000, height: 800};
const size = {width: 300, height: 400};
const box = (left, top) => ({left, top, right: left + 40, bottom: top + 40});

test("a box stands above its anchor with the right ends in one line, else below it", () => {
  assert.deepEqual(placeBeside(box(900, 700), size, viewport), {left: 640, top: 292});
  assert.deepEqual(placeBeside(box(500, 100), size, viewport), {left: 240, top: 148});
});

test("it never leaves the window", () => {
  for (let left = -100; left <= 1100; left += 50) {
    for (let top = -100; top <= 900; top += 50) {
      for (const window of [viewport, {width: 320, height: 300}, {width: 310, height: 410}]) {
        const at = placeBeside(box(left, top), size, window);
        assert.ok(at.left >= 0 && at.left <= Math.max(window.width - size.width, 0), `${left} ${window.width}`);
        assert.ok(at.top >= 0 && at.top <= Math.max(window.height - size.height, 0), `${top} ${window.height}`);
      }
    }
  }
});
