import assert from "node:assert/strict";
import test from "node:test";
import {CloseCode} from "../../../static/chat/net/protocol.js";

process.env.TZ = "Europe/Berlin"; // set before the first formatter is created
const {connectionNews, PATIENCE_MS} = await import("../../../static/chat/net/connection_news.js");
const {setClock} = await import("../../../static/chat/model/time.js");
setClock("24h");

const NOON = Date.parse("2026-11-23T11:00:00.000Z"); // 12:00 in Berlin
const WELL = {
  state: {name: "connected"},
  detail: "",
  isOnline: true,
  interruptedAt: null,
  pingSentAt: null,
  messageSentAt: null,
  lastFrameAt: NOON,
};

/** What people are told some seconds after noon. */
function news(facts, seconds = 0) {
  return connectionNews({...WELL, ...facts}, NOON + seconds * 1000);
}

const waiting = (code) => ({state: {name: "waiting", code, retryAt: NOON + 9000}, interruptedAt: NOON});

test("nothing is said while all is well, and about what is short", () => {
  assert.equal(news({}), null);
  assert.equal(news({}, 3600), null);
  assert.equal(news({pingSentAt: NOON, messageSentAt: NOON}, 2.9), null);
  assert.equal(news(waiting(1006), 2.9), null);
  assert.equal(news({state: {name: "connecting"}, interruptedAt: NOON}, 2.9), null);
});

test("Regression: the page said Connected for 11.6 s offline and for 16.3 s beside an unanswered message", () => {
  const offline = news({isOnline: false, pingSentAt: NOON}); // at once: the ping that asks has not been answered
  assert.equal(offline.kind, "offline");
  assert.match(offline.sentence, /offline since 12:00/);
  const hung = news({messageSentAt: NOON}, PATIENCE_MS / 1000);
  assert.deepEqual(hung, {kind: "silent", sentence: "The server has not answered for 3 s. What you write is kept."});
});

test("a server that answers without a network is on this machine: nothing is wrong", () => {
  assert.equal(news({isOnline: false}), null);
});

test("offline is what is said of every state without a connection", () => {
  for (const name of ["connecting", "offline", "waiting"]) {
    const state = {name, code: 1006, retryAt: NOON + 9000};
    assert.equal(news({state, isOnline: false, interruptedAt: NOON}).kind, "offline");
  }
});

test("an interruption says since when, and when the next try is", () => {
  assert.deepEqual(news(waiting(1006), 4), {
    kind: "interrupted",
    sentence: "No connection since 12:00. Next try in 5 s.",
  });
  assert.match(news(waiting(CloseCode.GOING_AWAY), 8.9).sentence, /in 1 s/);
  assert.match(news(waiting(1006), 12).sentence, /in 1 s/);
  assert.match(news({state: {name: "connecting"}, interruptedAt: NOON}, 4).sentence, /since 12:00. Trying now/);
});

test("a wait names its reason where people can change something", () => {
  assert.match(news(waiting(CloseCode.RATE_LIMITED), 4).sentence, /too fast/);
  assert.match(news(waiting(CloseCode.TOO_MANY_CONNECTIONS), 4).sentence, /Too many people/);
});

test("a slow disk is told from a dead line by any frame since the message was sent", () => {
  const slow = news({messageSentAt: NOON, lastFrameAt: NOON + 1}, 7);
  assert.equal(slow.kind, "slow");
  assert.match(slow.sentence, /not stored your message for 7 s/);
  assert.equal(news({messageSentAt: NOON, lastFrameAt: NOON + 1, pingSentAt: NOON + 2000}, 7).kind, "silent");
});

test("a final close shows the server's reason, or else the sentence of its code", () => {
  const stopped = (code, detail = "") => news({state: {name: "stopped", code}, detail, interruptedAt: NOON});
  assert.deepEqual(stopped(CloseCode.JOIN_REFUSED, "The room is damaged."), {
    kind: "stopped",
    sentence: "The room is damaged.",
  });
  assert.match(stopped(CloseCode.JOIN_REFUSED).sentence, /does not let you/);
  assert.match(stopped(CloseCode.ROOM_UNAVAILABLE).sentence, /not available/);
  assert.equal(stopped(4150).sentence, "The server ended the connection.");
});
