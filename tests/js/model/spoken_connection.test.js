import assert from "node:assert/strict";
import test from "node:test";
import {SpokenConnection} from "../../../static/chat/model/spoken_connection.js";

const GONE = "! The connection is gone. What you write is kept.";
const BACK = "The connection is back.";
const SLOW = "! Not sent yet: the server has not stored your message.";

/** What is said while the page shows these kinds of news, one after the other; null is no news. */
function spokenWhile(...kinds) {
  const spoken = [];
  const connection = new SpokenConnection({
    say: (text) => spoken.push(text),
    alert: (text) => spoken.push(`! ${text}`),
  });
  for (const kind of kinds) connection.show(kind && {kind, sentence: `${kind} for 1 s`});
  return spoken;
}

test("nothing is said while all is well", () => {
  assert.deepEqual(spokenWhile(null, null), []);
});

test("Regression: a lost connection was silence, or every step of it was read", () => {
  const kinds = ["silent", "silent", "interrupted", "offline", "interrupted"];
  assert.deepEqual(spokenWhile(null, ...kinds, null, null), [GONE, BACK]);
  assert.deepEqual(spokenWhile(...kinds, null, "offline"), [GONE, BACK, GONE]);
});

test("a slow server is no lost connection", () => {
  assert.deepEqual(spokenWhile(null, "slow", "slow", null), [SLOW]);
});

test("why the page does not reconnect is said", () => {
  assert.deepEqual(spokenWhile("interrupted", "stopped", "stopped"), [GONE, "! stopped for 1 s"]);
});
