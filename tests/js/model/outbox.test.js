import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {MemoryArea, recordsOf, text} from "../doubles.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function outboxOf(...ids) {
  const area = new MemoryArea();
  const records = recordsOf(area);
  const outbox = new Outbox(records);
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
  const reloaded = new Outbox(recordsOf(area, "reloaded"));
  assert.deepEqual(reloaded.entries, outbox.entries);
  assert.equal(reloaded.startNextSend(NOW)?.clientId, "b");
});

test("a stored value of another shape is an empty outbox", () => {
  for (const value of [null, 7, "words", {}, [null, {clientId: "a"}, 3]]) {
    for (const text of [JSON.stringify({leaseUntil: 0, value}), JSON.stringify(value), "{"]) {
      const area = new MemoryArea();
      area.setItem("chatsite:records:other", text);
      assert.deepEqual(new Outbox(recordsOf(area)).entries, []);
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
