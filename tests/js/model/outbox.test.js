import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {MemoryStorage} from "../doubles.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function filled(...ids) {
  const storage = new MemoryStorage();
  const outbox = new Outbox(storage);
  for (const id of ids) outbox.add(`words of ${id}`, id, NOW);
  return {outbox, storage};
}

const waiting = (outbox) => outbox.entries.map(({clientId}) => clientId);

test("messages go out in the order in which they were written, one at a time", () => {
  const {outbox} = filled("a", "b");
  assert.equal(outbox.takeNext(NOW)?.clientId, "a");
  assert.equal(outbox.takeNext(NOW), null, "b waits for the answer to a");
  assert.equal(outbox.acknowledge("a"), true);
  assert.equal(outbox.takeNext(NOW)?.clientId, "b");
});

test("what was on its way when the connection broke is sent again, in order and once", () => {
  const {outbox} = filled("a", "b", "c");
  outbox.takeNext(NOW);
  outbox.disconnected();
  assert.equal(outbox.takeNext(NOW)?.clientId, "a");
  outbox.acknowledge("a");
  assert.equal(outbox.takeNext(NOW)?.clientId, "b");
  assert.deepEqual(waiting(outbox), ["b", "c"]);
});

test("an acknowledgement of somebody else's message, or a second one, is nothing to us", () => {
  const {outbox} = filled("a");
  assert.equal(outbox.acknowledge("z"), false);
  assert.equal(outbox.acknowledge("a"), true);
  assert.equal(outbox.acknowledge("a"), false);
});

test("an acknowledgement that comes before the repeat was sent counts too", () => {
  const {outbox} = filled("a");
  outbox.takeNext(NOW);
  outbox.disconnected();
  outbox.acknowledge("a");
  assert.equal(outbox.takeNext(NOW), null);
});

test("a message refused for good says why, and the next one goes on", () => {
  const {outbox} = filled("a", "b");
  outbox.takeNext(NOW);
  outbox.fail("a", "It is empty.");
  assert.equal(outbox.entries[0].problem, "It is empty.");
  assert.equal(outbox.takeNext(NOW)?.clientId, "b");
});

test("a message refused for now keeps its place and waits as long as the server asked", () => {
  const {outbox} = filled("a", "b");
  outbox.takeNext(NOW);
  outbox.postpone("a", NOW + 500);
  assert.equal(outbox.takeNext(NOW + 499), null);
  assert.equal(outbox.wakeAt, NOW + 500);
  assert.equal(outbox.takeNext(NOW + 500)?.clientId, "a");
});

test("taking a failed message back returns its words", () => {
  const {outbox} = filled("a");
  outbox.fail("a", "No.");
  assert.equal(outbox.withdraw("a"), "words of a");
  assert.deepEqual(outbox.entries, []);
  assert.equal(outbox.withdraw("a"), "");
});

test("a reload keeps unsent and failed words", () => {
  const {outbox, storage} = filled("a", "b");
  outbox.takeNext(NOW);
  outbox.fail("a", "No.");
  const reloaded = new Outbox(storage);
  assert.deepEqual(reloaded.entries, outbox.entries);
  assert.equal(reloaded.takeNext(NOW)?.clientId, "b");
});

test("a storage that holds something else is an empty outbox", () => {
  for (const value of [null, 7, "words", {}, [null, {clientId: "a"}, 3]]) {
    assert.deepEqual(new Outbox(new MemoryStorage(value)).entries, []);
  }
});

test("a message without an answer is said again after 10 s, and given up after the third time", () => {
  const {outbox} = filled("a", "b");
  let now = NOW;
  for (let i = 0; i < 3; i++) {
    assert.equal(outbox.takeNext(now)?.clientId, "a");
    outbox.expire(now + 9_999);
    assert.equal(outbox.takeNext(now + 9_999), null);
    assert.equal(outbox.wakeAt, now + 10_000);
    now += 10_000;
    outbox.expire(now);
  }
  assert.notEqual(outbox.entries[0].problem, "");
  assert.equal(outbox.takeNext(now)?.clientId, "b");
});

test("an empty outbox has nothing to wake up for", () => {
  const {outbox} = filled("a");
  outbox.fail("a", "No.");
  assert.equal(outbox.wakeAt, null);
});
