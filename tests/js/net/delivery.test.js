import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {Delivery} from "../../../static/chat/net/delivery.js";
import {parseFrame} from "../../../static/chat/net/server_frames.js";
import {MemoryStorage} from "../doubles.js";
import {serverFrames} from "../wire.js";

const refusal = (fields) => ({type: "error", code: "rate_limited", detail: "Too fast.", retry: true, ...fields});

function delivery(t) {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  const sent = [];
  const outbox = new Outbox(new MemoryStorage());
  const carrier = new Delivery(
    outbox,
    (text) => sent.push(JSON.parse(text).client_id) > 0,
    () => {},
  );
  return {carrier, outbox, sent};
}

test("nothing is sent before the server said welcome", (t) => {
  const {carrier, sent} = delivery(t);
  carrier.post("hello", "a");
  assert.deepEqual(sent, []);
  carrier.connected();
  assert.deepEqual(sent, ["a"]);
});

test("each acknowledgement sends the next one", (t) => {
  const {carrier, sent} = delivery(t);
  carrier.connected();
  carrier.post("one", "a");
  carrier.post("two", "b");
  assert.deepEqual(sent, ["a"]);
  carrier.acknowledge("a");
  assert.deepEqual(sent, ["a", "b"]);
});

test("a message that came too fast is sent by itself when the server allows", (t) => {
  const {carrier, sent} = delivery(t);
  carrier.connected();
  carrier.post("one", "a");
  carrier.refused(refusal({retry_after: 0.5}), "a");
  t.mock.timers.tick(499);
  assert.deepEqual(sent, ["a"]);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, ["a", "a"]);
});

test("words written faster than a server takes them all arrive, once, in order, and none sooner than it said", (t) => {
  const {carrier, sent} = delivery(t);
  const stored = [];
  let freeAt = 0;
  const answer = () => {
    const id = sent.shift();
    if (!id) return;
    if (Date.now() < freeAt) return carrier.refused(refusal({retry_after: (freeAt - Date.now()) / 1000}), id);
    stored.push(id);
    freeAt = Date.now() + 100; // ten a second
    carrier.acknowledge(id);
  };
  carrier.connected();
  const written = Array.from({length: 20}, (_, number) => `m${number}`);
  for (const id of written) carrier.post(`words of ${id}`, id);
  let refusals = 0;
  for (let ms = 0; ms < 2000; ms++) {
    const before = stored.length;
    const asked = sent.length;
    answer();
    if (asked && stored.length === before) refusals++;
    t.mock.timers.tick(1);
  }
  assert.deepEqual(stored, written);
  assert.equal(refusals, written.length - 1, "one refusal each, and then it waited");
});

test("without a time from the server the next try is 2 s later", (t) => {
  const {carrier, sent} = delivery(t);
  carrier.connected();
  carrier.post("one", "a");
  carrier.refused(refusal({code: "storage_unavailable"}), "a");
  t.mock.timers.tick(2000);
  assert.deepEqual(sent, ["a", "a"]);
});

test("a final refusal keeps the words with the server's sentence", (t) => {
  const {carrier, outbox} = delivery(t);
  carrier.connected();
  carrier.post("one", "a");
  carrier.refused(refusal({retry: false, detail: "It is too long."}), "a");
  assert.equal(outbox.entries[0].problem, "It is too long.");
  assert.equal(carrier.withdraw("a"), "one");
});

for (const error of serverFrames.map(([, frame]) => frame).filter(({type}) => type === "error")) {
  test(`a message that is answered with ${error.code} is ${error.retry ? "sent again" : "not sent again"}`, (t) => {
    const {carrier, outbox, sent} = delivery(t);
    carrier.connected();
    carrier.post("one", "a");
    carrier.refused(parseFrame(JSON.stringify(error)), "a");
    t.mock.timers.tick(2000);
    assert.deepEqual(sent, error.retry ? ["a", "a"] : ["a"]);
    assert.equal(outbox.entries[0].problem, error.retry ? "" : error.detail);
  });
}

test("no timer sends into a connection that is gone", (t) => {
  const {carrier, sent} = delivery(t);
  carrier.connected();
  carrier.post("one", "a");
  carrier.disconnected();
  t.mock.timers.tick(60_000);
  assert.deepEqual(sent, ["a"]);
  carrier.connected();
  assert.deepEqual(sent, ["a", "a"]);
});
