import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {MemoryArea, recordsOf, text} from "../doubles.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function outboxOf(...ids) {
  const area = new MemoryArea();
  const records = recordsOf(area);
  const outbox = new Outbox(records, "e1");
  for (const id of ids) outbox.add(text(`text of ${id}`), id, NOW);
  return {outbox, area, records};
}

const clientIds = (outbox) => outbox.entries.map(({clientId}) => clientId);

test("messages are sent in the order in which they were written, one at a time", () => {
  const {outbox} = outboxOf("a", "b");
  assert.equal(outbox.startNextSend(NOW)?.clientId, "a");
  assert.equal(outbox.startNextSend(NOW), null, "b waits for the answer to a");
  assert.equal(outbox.acknowledge("a", 1), true);
  assert.equal(outbox.startNextSend(NOW)?.clientId, "b");
});

test("a message in flight when the connection closed is sent again, in order and once", () => {
  const {outbox} = outboxOf("a", "b", "c");
  outbox.startNextSend(NOW);
  outbox.disconnected();
  assert.equal(outbox.startNextSend(NOW)?.clientId, "a");
  outbox.acknowledge("a", 1);
  assert.equal(outbox.startNextSend(NOW)?.clientId, "b");
  assert.deepEqual(clientIds(outbox), ["b", "c"]);
});

test("an acknowledgement of an unknown message, or a second one, has no effect", () => {
  const {outbox} = outboxOf("a");
  assert.equal(outbox.acknowledge("z", 1), false);
  assert.equal(outbox.acknowledge("a", 1), true);
  assert.equal(outbox.acknowledge("a", 1), false);
});

test("an acknowledgement that arrives before the message is sent again counts too", () => {
  const {outbox} = outboxOf("a");
  outbox.startNextSend(NOW);
  outbox.disconnected();
  outbox.acknowledge("a", 1);
  assert.equal(outbox.startNextSend(NOW), null);
});

test("a message that is refused permanently keeps the reason, and the next one is sent", () => {
  const {outbox} = outboxOf("a", "b");
  outbox.startNextSend(NOW);
  outbox.fail("a", "It is empty.");
  assert.equal(outbox.entries[0].problem, "It is empty.");
  assert.equal(outbox.startNextSend(NOW)?.clientId, "b");
});

test("a message that is refused temporarily keeps its place and waits as long as the server asked", () => {
  const {outbox} = outboxOf("a", "b");
  outbox.startNextSend(NOW);
  outbox.postpone("a", NOW + 500);
  assert.equal(outbox.startNextSend(NOW + 499), null);
  assert.equal(outbox.wakeAt, NOW + 500);
  assert.equal(outbox.startNextSend(NOW + 500)?.clientId, "a");
});

test("withdrawing a failed message returns its text", () => {
  const {outbox} = outboxOf("a");
  outbox.fail("a", "No.");
  assert.equal(outbox.withdraw("a"), "text of a");
  assert.deepEqual(outbox.entries, []);
  assert.equal(outbox.withdraw("a"), "");
});

test("a reload keeps unsent and failed messages", () => {
  const {outbox, area, records} = outboxOf("a", "b");
  outbox.startNextSend(NOW);
  outbox.fail("a", "No.");
  records.release();
  const reloaded = new Outbox(recordsOf(area, "reloaded"), "e1");
  assert.deepEqual(reloaded.entries, outbox.entries);
  assert.equal(reloaded.startNextSend(NOW)?.clientId, "b");
});

test("a stored value of another shape is an empty outbox", () => {
  for (const value of [null, 7, "words", {}, [null, {clientId: "a"}, 3]]) {
    for (const text of [JSON.stringify({leaseUntil: 0, value}), JSON.stringify(value), "{"]) {
      const area = new MemoryArea();
      area.setItem("chatsite:records:other", text);
      assert.deepEqual(new Outbox(recordsOf(area), "e1").entries, []);
    }
  }
});

// Regression: after 30 s it failed, while a slow disk was storing it: whoever sent it again had it twice.
test("a message without an answer is sent again after 10 s, and fails after two minutes", () => {
  const {outbox} = outboxOf("a", "b");
  let now = NOW;
  for (let i = 0; i < 12; i++) {
    assert.equal(outbox.startNextSend(now)?.clientId, "a");
    outbox.expire(now + 9_999);
    assert.equal(outbox.startNextSend(now + 9_999), null);
    assert.equal(outbox.wakeAt, now + 10_000);
    now += 10_000;
    outbox.expire(now);
  }
  assert.notEqual(outbox.entries[0].problem, "");
  assert.equal(outbox.startNextSend(now)?.clientId, "b");
});

test("an outbox without a message to send has no time to wake", () => {
  const {outbox} = outboxOf("a");
  outbox.fail("a", "No.");
  assert.equal(outbox.wakeAt, null);
});

const edit = (id, words) => ({type: "edit", id, message: words});
const remove = (id) => ({type: "delete", id});
const react = (id, on, emoji = "👍") => ({type: "react", id, emoji, on});
const commands = (outbox) => outbox.entries.map(({command}) => command);

/** Adds commands, with the client ids c0, c1 ... */
function add(outbox, ...added) {
  for (const command of added) outbox.add(command, `c${outbox.entries.length}`, NOW);
}

test("a message that was never sent is edited in place, or removed", () => {
  const {outbox} = outboxOf("a", "b");
  add(outbox, edit("a", "better"), remove("b"));
  assert.deepEqual(commands(outbox), [text("better")]);
  assert.deepEqual(clientIds(outbox), ["a"]);
});

test("what amends a message that was sent waits for its id", () => {
  const {outbox} = outboxOf("a");
  outbox.startNextSend(NOW);
  outbox.disconnected(); // it may be stored
  add(outbox, edit("a", "better"), react("a", true));
  assert.equal(outbox.startNextSend(NOW)?.clientId, "a");
  assert.equal(outbox.startNextSend(NOW), null);
  outbox.acknowledge("a", 17);
  assert.deepEqual(commands(outbox), [edit(17, "better"), react(17, true)]);
  assert.deepEqual(outbox.startNextSend(NOW)?.command, edit(17, "better"));
});

test("what amends a message is applied to it when it fails", () => {
  const {outbox} = outboxOf("a", "b");
  outbox.startNextSend(NOW);
  add(outbox, edit("a", "better"), react("a", true), remove("b"));
  outbox.fail("a", "No.");
  assert.deepEqual(commands(outbox), [text("better")]);
  assert.equal(outbox.entries[0].problem, "No.");
  assert.equal(outbox.withdraw("a"), "better");
});

test("a delete that waits for a message removes the message when it fails", () => {
  const {outbox} = outboxOf("a");
  outbox.startNextSend(NOW);
  add(outbox, edit("a", "better"), remove("a"));
  outbox.fail("a", "No.");
  assert.deepEqual(outbox.entries, []);
});

test("toggles of a reaction that were not sent take each other back", () => {
  const {outbox} = outboxOf();
  add(outbox, react(5, true), react(5, true, "🍰"), react(6, true), react(5, false));
  assert.deepEqual(commands(outbox), [react(5, true, "🍰"), react(6, true)]);
  add(outbox, react(5, true), react(5, false), react(5, true));
  assert.deepEqual(commands(outbox).at(-1), react(5, true));
  assert.equal(outbox.entries.length, 3);
});

test("a toggle that was sent is taken back by another one", () => {
  const {outbox} = outboxOf();
  add(outbox, react(5, true));
  outbox.startNextSend(NOW);
  add(outbox, react(5, false));
  assert.deepEqual(commands(outbox), [react(5, true), react(5, false)]);
  add(outbox, react(5, true));
  assert.deepEqual(commands(outbox), [react(5, true)], "as the server will have it");
});

test("the later one of two unsent edits of a message is sent", () => {
  const {outbox} = outboxOf();
  add(outbox, edit(5, "one"), edit(6, "other"), edit(5, "two"));
  assert.deepEqual(commands(outbox), [edit(6, "other"), edit(5, "two")]);
});

test("a delete makes what was to be done to the message before needless", () => {
  const {outbox} = outboxOf();
  add(outbox, edit(5, "one"), react(5, true), edit(6, "other"), remove(5));
  assert.deepEqual(commands(outbox), [edit(6, "other"), remove(5)]);
});

test("an edit that failed keeps its text until it is withdrawn or the message is edited again", () => {
  const {outbox} = outboxOf();
  outbox.add(edit(5, "one"), "x", NOW);
  outbox.startNextSend(NOW);
  outbox.fail("x", "Too long.");
  assert.equal(outbox.waitingCount, 0);
  assert.equal(outbox.withdraw("x"), "one");
  outbox.add(edit(5, "two"), "y", NOW);
  outbox.fail("y", "Too long.");
  outbox.add(edit(5, "three"), "z", NOW);
  assert.deepEqual(commands(outbox), [edit(5, "three")]);
});

test("only messages count as sent when the page is left", () => {
  const {outbox} = outboxOf();
  add(outbox, react(5, true), text("hello"));
  outbox.startNextSend(NOW);
  assert.equal(outbox.sentCount, 0);
  outbox.acknowledge("c0", 5);
  outbox.startNextSend(NOW);
  assert.equal(outbox.sentCount, 1);
});

test("entries of an earlier version are messages", () => {
  const stored = [{clientId: "a", message: "hello", timestamp: "2026-11-23T12:00:00.000Z", problem: ""}];
  const {outbox} = reloaded(stored);
  assert.deepEqual(commands(outbox), [text("hello")]);
  assert.equal(outbox.startNextSend(NOW)?.clientId, "a");
});

test("of stored entries those that nobody can send are left out", () => {
  const entry = (clientId, command, problem = "") => ({clientId, command, timestamp: "", problem});
  const kept = [entry("a", text("hello")), entry("b", edit("a", "better")), entry("c", edit(5, "x"), "Too long.")];
  const broken = [
    entry("d", edit("z", "of no message here")),
    entry("e", react(5, true), "refused: the user heard of it"),
    ...[
      {type: "edit", id: 5},
      {type: "wave"},
      {type: "react", id: 5, emoji: "x", on: 1},
      {type: "delete"},
      null,
      7,
    ].map((command) => entry("f", command)),
    entry("g", {type: "constructor"}),
  ];
  assert.deepEqual(reloaded([...kept, ...broken]).outbox.entries, kept);
});

/** The outbox of a page that takes over what another one stored. */
function reloaded(value) {
  const area = new MemoryArea();
  area.setItem("chatsite:records:other", JSON.stringify({leaseUntil: NOW - 1, value}));
  return {
    outbox: new Outbox(
      recordsOf(area, "reloaded", () => NOW),
      "e1",
    ),
  };
}

test("in another history what was to be done to messages is not sent, and no text is lost", () => {
  const {outbox} = outboxOf("a");
  outbox.startNextSend(NOW);
  outbox.disconnected();
  add(outbox, {...text("an answer"), reply_to: 5}, edit(5, "better"), react(5, true), remove(6));
  add(outbox, edit("a", "hello!"));
  outbox.enter("e1");
  assert.equal(outbox.entries.length, 6);
  outbox.enter("e2");
  assert.deepEqual(commands(outbox), [text("text of a"), text("an answer"), edit(5, "better"), edit("a", "hello!")]);
  assert.deepEqual(
    outbox.entries.map(({problem}) => problem !== ""),
    [false, false, true, false],
  );
  outbox.acknowledge("a", 9);
  outbox.enter("e2");
  assert.equal(outbox.waitingCount, 2);
});

test("a page takes over what another one was to do to messages, in the same history only", () => {
  for (const [epoch, count] of [
    ["e1", 2],
    ["e2", 1],
  ]) {
    const {outbox, area, records} = outboxOf("a");
    add(outbox, react(5, true));
    records.release();
    assert.equal(new Outbox(recordsOf(area, "reloaded"), epoch).entries.length, count);
  }
});
