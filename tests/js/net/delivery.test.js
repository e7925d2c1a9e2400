import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {SpokenDelivery} from "../../../static/chat/model/spoken_delivery.js";
import {Delivery} from "../../../static/chat/net/delivery.js";
import {parseFrame} from "../../../static/chat/net/server_frames.js";
import {Socket} from "../../../static/chat/net/socket.js";
import {FakeWebSocket, recordsOf, text} from "../doubles.js";
import {serverFrames} from "../wire.js";

const refusalWith = (fields) => ({type: "error", code: "rate_limited", detail: "Too fast.", retry: true, ...fields});

function createDelivery(t) {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  const [sent, spoken] = [[], []];
  const announcer = {say: (text) => spoken.push(text), alert: (text) => spoken.push(`! ${text}`)};
  const outbox = new Outbox(recordsOf(), "e1");
  const delivery = new Delivery(
    outbox,
    (text) => sent.push(JSON.parse(text).client_id) > 0,
    () => {},
    new SpokenDelivery(announcer),
    () => {},
  );
  return {delivery, outbox, sent, spoken};
}

test("nothing is sent before the welcome", (t) => {
  const {delivery, sent} = createDelivery(t);
  delivery.submit(text("hello"), "a");
  assert.deepEqual(sent, []);
  delivery.connected("e1");
  assert.deepEqual(sent, ["a"]);
});

test("each acknowledgement sends the next one", (t) => {
  const {delivery, sent} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.submit(text("two"), "b");
  assert.deepEqual(sent, ["a"]);
  delivery.acknowledge("a", 1);
  assert.deepEqual(sent, ["a", "b"]);
});

test("a message above the rate limit is sent again when the server allows it", (t) => {
  const {delivery, sent} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.refused(refusalWith({retry_after: 0.5}), "a");
  t.mock.timers.tick(499);
  assert.deepEqual(sent, ["a"]);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, ["a", "a"]);
});

test("messages written faster than the rate limit all arrive, once, in order, and none is sent too early", (t) => {
  const {delivery, sent} = createDelivery(t);
  const stored = [];
  let freeAt = 0;
  const answer = () => {
    const id = sent.shift();
    if (!id) return;
    if (Date.now() < freeAt) return delivery.refused(refusalWith({retry_after: (freeAt - Date.now()) / 1000}), id);
    stored.push(id);
    freeAt = Date.now() + 100; // ten per second
    delivery.acknowledge(id, 1);
  };
  delivery.connected("e1");
  const written = Array.from({length: 20}, (_, number) => `m${number}`);
  for (const id of written) delivery.submit(text(`text of ${id}`), id);
  let refusals = 0;
  for (let ms = 0; ms < 2000; ms++) {
    const before = stored.length;
    const inFlight = sent.length;
    answer();
    if (inFlight && stored.length === before) refusals++;
    t.mock.timers.tick(1);
  }
  assert.deepEqual(stored, written);
  assert.equal(refusals, written.length - 1, "one refusal each, then a wait");
});

test("without a time from the server the message is sent again after 2 s", (t) => {
  const {delivery, sent} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.refused(refusalWith({code: "storage_unavailable"}), "a");
  t.mock.timers.tick(2000);
  assert.deepEqual(sent, ["a", "a"]);
});

test("a message that is refused permanently keeps the text and the server's sentence", (t) => {
  const {delivery, outbox} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.refused(refusalWith({retry: false, detail: "It is too long."}), "a");
  assert.equal(outbox.entries[0].problem, "It is too long.");
  assert.equal(delivery.withdraw("a"), "one");
});

for (const error of serverFrames.map(([, frame]) => frame).filter(({type}) => type === "error")) {
  test(`a message that is answered with ${error.code} is ${error.retry ? "sent again" : "not sent again"}`, (t) => {
    const {delivery, outbox, sent} = createDelivery(t);
    delivery.connected("e1");
    delivery.submit(text("one"), "a");
    delivery.refused(parseFrame(JSON.stringify(error)), "a");
    t.mock.timers.tick(2000);
    assert.deepEqual(sent, error.retry ? ["a", "a"] : ["a"]);
    assert.equal(outbox.entries[0].problem, error.retry ? "" : error.detail);
  });
}

test("no timer sends after the connection closed", (t) => {
  const {delivery, sent} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.disconnected();
  t.mock.timers.tick(60_000);
  assert.deepEqual(sent, ["a"]);
  delivery.connected("e1");
  assert.deepEqual(sent, ["a", "a"]);
});

test("a message that is stored at once is not worth a word", (t) => {
  const {delivery, spoken} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.acknowledge("a", 1);
  assert.deepEqual(spoken, []);
});

test("Regression: a refused message was silence for a screen reader", (t) => {
  const {delivery, spoken} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.refused(refusalWith({retry: false, detail: "This room is full."}), "a");
  assert.deepEqual(spoken, ["! Not sent: This room is full."]);
  delivery.withdraw("a");
  delivery.submit(text("one again"), "b");
  delivery.acknowledge("b", 1);
  delivery.submit(text("two"), "c");
  delivery.acknowledge("c", 1);
  assert.deepEqual(spoken.slice(1), ["Sent"]);
});

test("a delay is said once, and then that all messages are sent", (t) => {
  const {delivery, spoken} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.submit(text("two"), "b");
  delivery.refused(refusalWith({}), "a");
  delivery.refused(refusalWith({}), "a");
  assert.deepEqual(spoken, ["! Not sent yet: Too fast."]);
  delivery.acknowledge("a", 1);
  delivery.acknowledge("b", 1);
  assert.deepEqual(spoken.slice(1), ["Sent"]);
});

test("messages that waited for the connection are said to be sent", (t) => {
  const {delivery, spoken} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  delivery.disconnected();
  delivery.connected("e1");
  delivery.acknowledge("a", 1);
  assert.deepEqual(spoken, ["Sent"]);
});

test("a message that the server never answers is said to have failed", (t) => {
  const {delivery, spoken} = createDelivery(t);
  delivery.connected("e1");
  delivery.submit(text("one"), "a");
  for (let second = 0; second < 130; second++) t.mock.timers.tick(1000);
  assert.deepEqual(spoken, ["! Not sent: The server did not answer."]);
});

// Regression: it failed for good after 30 s, while the line was noticed to be dead after 36.
test("a message on a dead line is sent again on the next one, and the dead line is noticed soon", (t) => {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  FakeWebSocket.instances = [];
  globalThis.WebSocket = FakeWebSocket;
  Object.defineProperty(globalThis, "navigator", {value: {onLine: true}, configurable: true});
  const outbox = new Outbox(recordsOf(), "e1");
  const socket = new Socket({
    url: () => "ws://room/",
    reconnectDelayMs: () => 1000,
    onState: ({name}) => name !== "connected" && delivery.disconnected(),
    onText: () => {},
  });
  const send = (text) => socket.send(text);
  const report = new SpokenDelivery({say: () => {}, alert: () => {}});
  const delivery = new Delivery(
    outbox,
    send,
    () => {},
    report,
    () => socket.wake(),
  );
  const welcomed = () => {
    FakeWebSocket.last.open();
    socket.welcomed();
    delivery.connected("e1");
  };
  socket.start();
  welcomed();
  const dead = FakeWebSocket.last;
  delivery.submit(text("hello"), "a");
  for (let second = 0; second < 20; second++) t.mock.timers.tick(1000);
  assert.notEqual(dead.closedWith, null, "noticed within 20 s: 10 for the answer and 10 for the ping");
  t.mock.timers.tick(1000);
  welcomed();
  assert.equal(outbox.entries[0].problem, "");
  assert.deepEqual(
    FakeWebSocket.last.sent.map(({client_id}) => client_id),
    ["a"],
  );
});

test("a delete or a reaction whose message is gone is done, and an edit keeps its text", (t) => {
  const {delivery, outbox, sent, spoken} = createDelivery(t);
  const gone = refusalWith({code: "not_found", retry: false, detail: "There is no message 5."});
  delivery.connected("e1");
  delivery.submit({type: "react", id: 5, emoji: "👍", on: true}, "a");
  delivery.submit({type: "edit", id: 5, message: "better"}, "b");
  delivery.submit({type: "react", id: 6, emoji: "👍", on: true}, "c");
  delivery.refused(gone, "a");
  delivery.refused(gone, "b");
  delivery.refused({...gone, code: "too_many_reactions", detail: "There are 20."}, "c");
  assert.deepEqual(sent, ["a", "b", "c"]);
  assert.deepEqual(
    outbox.entries.map(({clientId}) => clientId),
    ["b", "c"],
  );
  assert.deepEqual(spoken, ["! Not sent: There is no message 5.", "! Not sent: There are 20."]);
});
