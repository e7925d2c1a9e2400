import assert from "node:assert/strict";
import test from "node:test";
import {HeldDeletes, HOLD_MS} from "../../../static/chat/model/held_deletes.js";

/** With what was submitted. */
function held() {
  const submitted = [];
  return {submitted, deletes: new HeldDeletes((command, clientId) => submitted.push([command, clientId]))};
}

test("a delete is submitted after five seconds, and can be undone until then", () => {
  const {deletes, submitted} = held();
  deletes.add(7, "a", 1000);
  deletes.add(8, "b", 2000);
  assert.deepEqual(
    deletes.entries.map(({command}) => command.id),
    [7, 8],
  );
  assert.equal(deletes.wakeAt, 1000 + HOLD_MS);
  deletes.expire(999 + HOLD_MS);
  assert.deepEqual(submitted, []);
  assert.ok(deletes.undo("b"));
  deletes.expire(1000 + HOLD_MS);
  assert.deepEqual(submitted, [[{type: "delete", id: 7}, "a"]]);
  assert.ok(!deletes.undo("a"), "it is too late");
  assert.deepEqual([deletes.entries.length, deletes.wakeAt], [0, null]);
});

test("whoever leaves the page deletes at once", () => {
  const {deletes, submitted} = held();
  deletes.add(7, "a", 0);
  deletes.add(8, "b", 0);
  deletes.flush();
  assert.deepEqual(
    submitted.map(([{id}]) => id),
    [7, 8],
  );
});

test("a message is deleted once", () => {
  const {deletes, submitted} = held();
  deletes.add(7, "a", 0);
  deletes.add(7, "b", 10);
  deletes.flush();
  assert.equal(submitted.length, 1);
});
