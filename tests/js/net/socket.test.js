import assert from "node:assert/strict";
import test from "node:test";
import {Socket} from "../../../static/chat/net/socket.js";
import {FakeWebSocket} from "../doubles.js";

/** A socket under fake timers whose every delay is 1 s per try so far. */
function connect(t) {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  FakeWebSocket.made = [];
  globalThis.WebSocket = FakeWebSocket;
  Object.defineProperty(globalThis, "navigator", {value: {onLine: true}, configurable: true});
  const states = [];
  const texts = [];
  const socket = new Socket({
    url: () => "ws://room/",
    reconnectDelayMs: (failures) => (failures + 1) * 1000,
    onState: ({name}) => states.push(name),
    onText: (text) => texts.push(text),
  });
  socket.start();
  return {socket, states, texts};
}

/** The same, with the welcome received. */
function connected(t) {
  const parts = connect(t);
  FakeWebSocket.last.open();
  parts.socket.welcomed();
  return parts;
}

const pings = (ws) => ws.sent.filter(({type}) => type === "ping").length;

test("a connection counts only once the server said welcome", (t) => {
  const {socket, states} = connect(t);
  FakeWebSocket.last.open();
  assert.deepEqual(states, ["connecting"]);
  socket.welcomed();
  assert.deepEqual(states, ["connecting", "connected"]);
});

test("starting and stopping twice is as good as once", (t) => {
  const {socket} = connected(t);
  socket.start();
  assert.equal(FakeWebSocket.made.length, 1);
  socket.stop();
  socket.stop();
  t.mock.timers.tick(120_000);
  assert.equal(FakeWebSocket.made.length, 1);
  socket.start();
  assert.equal(FakeWebSocket.made.length, 2);
});

test("nothing can be sent while there is no open connection", (t) => {
  const {socket} = connect(t);
  assert.equal(socket.send("{}"), false);
  FakeWebSocket.last.open();
  assert.equal(socket.send("{}"), true);
});

test("after every close but a final one it comes back", (t) => {
  const {states} = connected(t);
  for (const code of [1000, 1001, 1006, 1012, 4000, 4002, 4008, 4009, 4010]) {
    const before = FakeWebSocket.made.length;
    FakeWebSocket.last.drop(code);
    assert.equal(states.at(-1), "waiting");
    t.mock.timers.tick(20_000);
    assert.ok(FakeWebSocket.made.length > before, `after ${code}`);
  }
});

test("a final close stops it for good", (t) => {
  const {socket, states} = connected(t);
  FakeWebSocket.last.drop(4100);
  assert.equal(states.at(-1), "stopped");
  t.mock.timers.tick(300_000);
  socket.wake();
  assert.equal(FakeWebSocket.made.length, 1);
});

test("each failed try waits longer, and a good connection starts over", (t) => {
  const {socket} = connect(t);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.made.length, 2);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.made.length, 3);
  FakeWebSocket.last.open();
  socket.welcomed();
  t.mock.timers.tick(10_000);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.made.length, 4);
});

test("a server that says welcome and hangs up at once is not hammered", (t) => {
  const {socket} = connect(t);
  for (let i = 0; i < 5; i++) {
    FakeWebSocket.last.open();
    socket.welcomed();
    FakeWebSocket.last.drop(4009);
    t.mock.timers.tick((i + 1) * 1000 - 1);
    assert.equal(FakeWebSocket.made.length, i + 1);
    t.mock.timers.tick(1);
    assert.equal(FakeWebSocket.made.length, i + 2);
  }
});

test("it asks for a sign of life every 25 s", (t) => {
  connected(t);
  for (let i = 1; i <= 4; i++) {
    t.mock.timers.tick(25_000);
    assert.equal(pings(FakeWebSocket.last), i);
    FakeWebSocket.last.say({type: "pong"});
  }
});

test("a half-open connection is noticed within 40 s, and let go", (t) => {
  const {states} = connected(t);
  const dead = FakeWebSocket.last;
  t.mock.timers.tick(25_000);
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
  assert.equal(dead.closedWith, 1000);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.made.length, 2);
});

test("any frame is a sign of life, not only the pong", (t) => {
  const {states} = connected(t);
  t.mock.timers.tick(25_000);
  FakeWebSocket.last.say({type: "typing", username: "bea"});
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "connected");
});

test("frames of a connection that was given up are not heard", (t) => {
  const {texts} = connected(t);
  const dead = FakeWebSocket.last;
  t.mock.timers.tick(25_000);
  t.mock.timers.tick(10_000);
  dead.say({type: "pong"});
  assert.deepEqual(texts, []);
});

test("a server that accepts and says nothing is given up after 10 s", (t) => {
  const {states} = connect(t);
  FakeWebSocket.last.open();
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
});

test("waking up while waiting connects at once, and only once", (t) => {
  const {socket} = connected(t);
  FakeWebSocket.last.drop(1006);
  socket.wake();
  assert.equal(FakeWebSocket.made.length, 2);
  t.mock.timers.tick(5000);
  assert.equal(FakeWebSocket.made.length, 2);
});

test("waking up while connected asks whether the connection still lives", (t) => {
  const {socket, states} = connected(t);
  socket.wake();
  assert.equal(pings(FakeWebSocket.last), 1);
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
});

test("without a network it says offline, and tries all the same", (t) => {
  const {states} = connected(t);
  navigator.onLine = false;
  FakeWebSocket.last.drop(1006);
  assert.equal(states.at(-1), "offline");
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.made.length, 2);
});

test("waking up while connecting changes nothing", (t) => {
  const {socket} = connect(t);
  socket.wake();
  assert.equal(FakeWebSocket.made.length, 1);
});
