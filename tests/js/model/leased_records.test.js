import assert from "node:assert/strict";
import test from "node:test";
import {LeasedRecords} from "../../../static/chat/model/leased_records.js";
import {MemoryArea, recordsOf} from "../doubles.js";

const DAY_MS = 24 * 60 * 60 * 1000;

function twoPages() {
  const clock = {now: 1_000_000};
  const area = new MemoryArea();
  const [first, second] = ["first", "second"].map((id) => recordsOf(area, id, () => clock.now));
  return {clock, area, first, second};
}

// Regression: tabs had one draft, and each overwrote that of the other.
test("a page keeps its record to itself while it is open", () => {
  const {clock, first, second} = twoPages();
  first.write("draft of the first");
  second.write("draft of the second");
  assert.equal(second.takeNewest(), null);
  clock.now += 149_000;
  first.renew();
  clock.now += 149_000;
  assert.deepEqual(second.takeAll(0), []);
});

test("the record of a page that was closed, or killed, is taken over once", () => {
  const {clock, first, second} = twoPages();
  first.write(["a"]);
  first.release();
  assert.deepEqual(second.takeAll(5000), [], "a page that is reloaded comes back first");
  clock.now += 5000;
  assert.deepEqual(second.takeAll(5000), [["a"]]);
  assert.deepEqual(second.takeAll(0), []);
  first.write(["b"]);
  clock.now += 150_000;
  assert.deepEqual(second.takeAll(0), [["b"]]);
});

test("the record that was left last is taken over first, alone", () => {
  const {clock, area, first, second} = twoPages();
  second.write("older");
  second.release();
  clock.now += 1;
  first.write("newer");
  first.release();
  const third = recordsOf(area, "third", () => clock.now);
  assert.equal(third.takeNewest(), "newer");
  assert.equal(third.takeNewest(), "older");
});

test("what nobody took over for thirty days is removed", () => {
  const {clock, area, first, second} = twoPages();
  first.write("forgotten");
  first.release();
  clock.now += 30 * DAY_MS + 1;
  assert.equal(second.takeNewest(), null);
  assert.equal(area.length, 0);
});

test("a page without a record leaves nothing in the storage", () => {
  const {area, first} = twoPages();
  first.write("x");
  first.write(null);
  first.renew();
  first.release();
  assert.equal(area.length, 0);
});

test("storage that may not be used has no records and throws nothing", () => {
  const getArea = () => {
    throw new Error("SecurityError");
  };
  const records = new LeasedRecords({getArea, name: "records", pageId: "page", now: Date.now});
  records.write("x");
  records.renew();
  records.release();
  assert.equal(records.takeNewest(), null);
  assert.deepEqual(records.takeAll(0), []);
});
