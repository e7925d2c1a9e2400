import assert from "node:assert/strict";
import test from "node:test";
import {Socket} from "../../../static/chat/net/socket.js";
import {FakeWebSocket} from "../doubles.js";

/** A started socket under fake timers. Its reconnect delay is 1 s after the first failure, 2 s after the second ... */
function connect(t) {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  FakeWebSocket.instances = [];
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

/** The same after the welcome. */
function connected(t) {
  const parts = connect(t);
  FakeWebSocket.last.open();
  parts.socket.welcomed();
  return parts;
}

const pings = (ws) => ws.sent.filter(({type}) => type === "ping").length;

test("the state is connected only after the welcome", (t) => {
  const {socket, states} = connect(t);
  FakeWebSocket.last.open();
  assert.deepEqual(states, ["connecting"]);
  socket.welcomed();
  assert.deepEqual(states, ["connecting", "connected"]);
});

test("a second start or final close has no effect, and a stopped socket can be started", (t) => {
  const {socket} = connected(t);
  socket.start();
  assert.equal(FakeWebSocket.instances.length, 1);
  FakeWebSocket.last.drop(4100);
  FakeWebSocket.last.drop(4100);
  t.mock.timers.tick(120_000);
  assert.equal(FakeWebSocket.instances.length, 1);
  socket.start();
  assert.equal(FakeWebSocket.instances.length, 2);
});

test("nothing can be sent without an open connection", (t) => {
  const {socket} = connect(t);
  assert.equal(socket.send("{}"), false);
  FakeWebSocket.last.open();
  assert.equal(socket.send("{}"), true);
});

test("it reconnects after every close code that is not final", (t) => {
  const {states} = connected(t);
  for (const code of [1000, 1001, 1006, 1012, 4000, 4002, 4008, 4009, 4010]) {
    const before = FakeWebSocket.instances.length;
    FakeWebSocket.last.drop(code);
    assert.equal(states.at(-1), "waiting");
    t.mock.timers.tick(20_000);
    assert.ok(FakeWebSocket.instances.length > before, `after ${code}`);
  }
});

test("a final close code stops it", (t) => {
  const {socket, states} = connected(t);
  FakeWebSocket.last.drop(4100);
  assert.equal(states.at(-1), "stopped");
  t.mock.timers.tick(300_000);
  socket.wake();
  assert.equal(FakeWebSocket.instances.length, 1);
});

test("each failure lengthens the delay, and a stable connection resets it", (t) => {
  const {socket} = connect(t);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.instances.length, 2);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.instances.length, 3);
  FakeWebSocket.last.open();
  socket.welcomed();
  t.mock.timers.tick(10_000);
  FakeWebSocket.last.drop(1006);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.instances.length, 4);
});

test("a close soon after the welcome does not reset the delay", (t) => {
  const {socket} = connect(t);
  for (let i = 0; i < 5; i++) {
    FakeWebSocket.last.open();
    socket.welcomed();
    FakeWebSocket.last.drop(4009);
    t.mock.timers.tick((i + 1) * 1000 - 1);
    assert.equal(FakeWebSocket.instances.length, i + 1);
    t.mock.timers.tick(1);
    assert.equal(FakeWebSocket.instances.length, i + 2);
  }
});

test("it sends a ping every 25 s", (t) => {
  connected(t);
  for (let i = 1; i <= 4; i++) {
    t.mock.timers.tick(25_000);
    assert.equal(pings(FakeWebSocket.last), i);
    FakeWebSocket.last.receive({type: "pong"});
  }
});

test("a half-open connection is detected within 40 s, and closed", (t) => {
  const {states} = connected(t);
  const dead = FakeWebSocket.last;
  t.mock.timers.tick(25_000);
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
  assert.equal(dead.closedWith, 1000);
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.instances.length, 2);
});

test("any frame shows that the connection lives, not only the pong", (t) => {
  const {states} = connected(t);
  t.mock.timers.tick(25_000);
  FakeWebSocket.last.receive({type: "typing", username: "bea"});
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "connected");
});

test("frames of a dropped connection are ignored", (t) => {
  const {texts} = connected(t);
  const dead = FakeWebSocket.last;
  t.mock.timers.tick(25_000);
  t.mock.timers.tick(10_000);
  dead.receive({type: "pong"});
  assert.deepEqual(texts, []);
});

test("a server that accepts and sends no welcome is dropped after 10 s", (t) => {
  const {states} = connect(t);
  FakeWebSocket.last.open();
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
});

test("wake() while waiting connects without further delay, and only once", (t) => {
  const {socket} = connected(t);
  FakeWebSocket.last.drop(1006);
  socket.wake();
  assert.equal(FakeWebSocket.instances.length, 2);
  t.mock.timers.tick(5000);
  assert.equal(FakeWebSocket.instances.length, 2);
});

test("wake() while connected sends a ping", (t) => {
  const {socket, states} = connected(t);
  socket.wake();
  assert.equal(pings(FakeWebSocket.last), 1);
  t.mock.timers.tick(10_000);
  assert.equal(states.at(-1), "waiting");
});

test("without a network the state is offline, and it still reconnects", (t) => {
  const {states} = connected(t);
  navigator.onLine = false;
  FakeWebSocket.last.drop(1006);
  assert.equal(states.at(-1), "offline");
  t.mock.timers.tick(1000);
  assert.equal(FakeWebSocket.instances.length, 2);
});

test("wake() while connecting changes nothing", (t) => {
  const {socket} = connect(t);
  socket.wake();
  assert.equal(FakeWebSocket.instances.length, 1);
});
