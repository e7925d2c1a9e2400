import assert from "node:assert/strict";
import test from "node:test";
import {SpokenConnection} from "../../../static/chat/view/spoken_connection.js";

const GONE = "! The connection is gone. What you write is kept.";

function createConnection(t) {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const spoken = [];
  const connection = new SpokenConnection({
    say: (text) => spoken.push(text),
    alert: (text) => spoken.push(`! ${text}`),
  });
  const show = (...names) => {
    for (const name of names) connection.show({name}, `sentence about ${name}`);
  };
  return {show, spoken, tick: (ms) => t.mock.timers.tick(ms)};
}

test("the first connection is not worth a word, however long it takes", (t) => {
  const {show, spoken, tick} = createConnection(t);
  show("connecting");
  tick(10_000);
  show("connected");
  assert.deepEqual(spoken, []);
});

test("a short interruption is not said", (t) => {
  const {show, spoken, tick} = createConnection(t);
  show("connecting", "connected", "waiting", "connecting");
  tick(1400);
  show("connected");
  tick(10_000);
  assert.deepEqual(spoken, []);
});

test("a long interruption is said once, and its end", (t) => {
  const {show, spoken, tick} = createConnection(t);
  show("connecting", "connected", "waiting");
  for (const name of ["connecting", "offline", "connecting", "waiting", "connecting"]) {
    tick(1000);
    show(name);
  }
  tick(60_000);
  assert.deepEqual(spoken, [GONE]);
  show("connected", "waiting", "connecting", "connected");
  assert.deepEqual(spoken, [GONE, "The connection is back."]);
});

test("a first connection that fails is said", (t) => {
  const {show, spoken, tick} = createConnection(t);
  show("connecting", "waiting");
  tick(1500);
  assert.deepEqual(spoken, [GONE]);
});

test("why the page does not reconnect is said", (t) => {
  const {show, spoken, tick} = createConnection(t);
  show("connecting", "connected", "waiting", "connecting", "stopped");
  tick(10_000);
  assert.deepEqual(spoken, ["! sentence about stopped"]);
});
