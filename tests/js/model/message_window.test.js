import assert from "node:assert/strict";
import test from "node:test";
import {MessageWindow} from "../../../static/chat/model/message_window.js";
import {message} from "../doubles.js";

const range = (from, to) => Array.from({length: to - from + 1}, (_, index) => message(from + index));
const edges = (shown) => [shown[0]?.id, shown.at(-1)?.id];

test("a short timeline is on the page as a whole, and older messages come when the reader is near them", () => {
  const page = new MessageWindow();
  let messages = range(51, 100);
  assert.deepEqual(edges(page.slice(messages, true)), [51, 100]);
  messages = range(1, 100);
  assert.deepEqual(edges(page.slice(messages, false)), [51, 100]);
  assert.equal(page.above(messages).id, 50);
  page.extendUp(messages);
  assert.deepEqual(edges(page.slice(messages, false)), [1, 100]);
  assert.equal(page.above(messages), undefined);
});

test("a reader at the end keeps at most 200 messages, of which 50 leave at once", () => {
  const page = new MessageWindow();
  page.slice(range(1, 200), true);
  assert.deepEqual(edges(page.slice(range(1, 201), true)), [52, 201]);
  assert.deepEqual(edges(page.slice(range(1, 251), true)), [52, 251]);
});

// Regression: a page held 33,000 elements when its reader had gone back through 3,000 messages.
test("a reader further up keeps at most 300 messages, wherever they go", () => {
  const page = new MessageWindow();
  const messages = range(1, 3000);
  page.slice(messages, true);
  for (let shown = page.slice(messages, false); shown[0].id > 1; shown = page.slice(messages, false)) {
    assert.ok(shown.length <= 300);
    page.extendUp(messages);
  }
  assert.deepEqual(edges(page.slice(messages, false)), [1, 300]);
  assert.equal(page.followsEnd, false);
  for (let steps = 0; !page.followsEnd; steps++) {
    assert.ok(steps < 60);
    page.extendDown(messages);
    assert.ok(page.slice(messages, false).length <= 300);
  }
  assert.equal(edges(page.slice(messages, false))[1], 3000);
});

test("new messages do not move what a reader further up sees, and do not fill the page", () => {
  const page = new MessageWindow();
  page.slice(range(1, 100), false);
  assert.deepEqual(edges(page.slice(range(1, 1000), false)), [1, 300]);
  assert.deepEqual(edges(page.slice(range(1, 1001), false)), [1, 300]);
  page.showEnd(range(1, 1001));
  assert.deepEqual(edges(page.slice(range(1, 1002), true)), [952, 1002]);
});

test("the page goes to a message that it does not show", () => {
  const page = new MessageWindow();
  const messages = range(1, 1000);
  page.slice(messages, true);
  page.showAround(messages, 900);
  assert.deepEqual(edges(page.slice(messages, true)), [851, 1000], "it is there already");
  page.showAround(messages, 500);
  assert.deepEqual(edges(page.slice(messages, false)), [450, 549]);
});

test("after a clear, or a reset to smaller ids, the page shows the newest messages", () => {
  for (const messages of [range(901, 1000), range(1, 50), []]) {
    const page = new MessageWindow();
    page.slice(range(1, 900), false);
    page.slice(range(1, 900), false);
    const shown = page.slice(messages, true);
    assert.equal(shown.at(-1)?.id, messages.at(-1)?.id);
    assert.ok(page.followsEnd);
  }
});
