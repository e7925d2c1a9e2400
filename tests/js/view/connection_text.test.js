import assert from "node:assert/strict";
import test from "node:test";
import {CloseCode} from "../../../static/chat/net/protocol.js";
import {connectionSentence, secondsUntil} from "../../../static/chat/view/connection_text.js";

const waiting = (code) => connectionSentence({name: "waiting", code, retryAt: 0}, "");
const stopped = (code, detail = "") => connectionSentence({name: "stopped", code}, detail);

test("each state has a sentence", () => {
  assert.equal(connectionSentence({name: "connecting"}, ""), "Connecting…");
  assert.equal(connectionSentence({name: "connected"}, ""), "Connected");
  assert.equal(connectionSentence({name: "offline", code: 1006, retryAt: 0}, ""), "Offline. What you write is kept.");
});

test("a wait names its reason where the user can change something", () => {
  assert.equal(waiting(1006), "Reconnecting");
  assert.equal(waiting(CloseCode.GOING_AWAY), "Reconnecting");
  assert.match(waiting(CloseCode.RATE_LIMITED), /too fast/);
  assert.match(waiting(CloseCode.TOO_MANY_CONNECTIONS), /Too many people/);
});

test("a final close shows the server's reason, or else the sentence of its code", () => {
  assert.equal(stopped(CloseCode.JOIN_REFUSED, "The room is damaged."), "The room is damaged.");
  assert.match(stopped(CloseCode.JOIN_REFUSED), /does not let you/);
  assert.match(stopped(CloseCode.ROOM_UNAVAILABLE), /not available/);
  assert.equal(stopped(4150), "The server ended the connection.");
});

test("the countdown shows whole seconds and ends at 1", () => {
  assert.equal(secondsUntil(5000, 0), 5);
  assert.equal(secondsUntil(5000, 3999), 2);
  assert.equal(secondsUntil(5000, 4999), 1);
  assert.equal(secondsUntil(5000, 6000), 1);
});
