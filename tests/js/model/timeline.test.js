import assert from "node:assert/strict";
import test from "node:test";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {message} from "../doubles.js";

const ids = (timeline) => timeline.messages.map(({id}) => id);
const clear = (id, target) => ({type: "clear", id, target, timestamp: "2026-11-23T12:00:00.000Z"});
const page = (events, fields) => ({
  type: "history",
  events: events.map((event) => (event.id ? event : message(event))),
  complete: true,
  ...fields,
});

/** The timeline of a page that was served with the messages of these ids and is connected without a gap. */
function liveTimeline(...served) {
  const lastId = served.at(-1) ?? 1;
  const timeline = new Timeline({messages: served.map((id) => message(id)), lastId, hasOldest: false});
  timeline.resume(lastId);
  return timeline;
}

test("live messages are appended", () => {
  const timeline = liveTimeline(5, 6);
  assert.equal(timeline.receive(message(7)), true);
  assert.equal(timeline.receive(message(8)), true);
  assert.deepEqual(ids(timeline), [5, 6, 7, 8]);
  assert.equal(timeline.lastId, 8);
  assert.equal(timeline.hasGap, false);
});

test("an event that is already known changes nothing", () => {
  const timeline = liveTimeline(5, 6);
  assert.equal(timeline.receive(message(6)), false);
  assert.equal(timeline.receive(message(2)), false, "the first event of a message that was sent again");
  assert.deepEqual(ids(timeline), [5, 6]);
  assert.equal(timeline.lastId, 6);
});

test("an unknown event advances the last id and shows nothing", () => {
  const timeline = liveTimeline(5);
  timeline.receive({type: "unknown", name: "sticker", id: 6});
  assert.equal(timeline.lastId, 6);
  assert.deepEqual(ids(timeline), [5]);
  assert.equal(timeline.receive({type: "unknown", name: "wave"}), false);
});

test("behind a gap messages are shown, and a new connection begins in front of it", () => {
  const timeline = liveTimeline(5);
  timeline.receive(message(9));
  timeline.receive(message(10));
  assert.deepEqual(ids(timeline), [5, 9, 10], "the live message is shown without a delay");
  assert.deepEqual([timeline.lastId, timeline.hasGap], [5, true]);
  timeline.resume(10);
  assert.equal(timeline.hasGap, false);
  for (const id of [6, 7, 8, 9, 10]) timeline.receive(message(id));
  assert.deepEqual(ids(timeline), [5, 6, 7, 8, 9, 10]);
  assert.deepEqual([timeline.lastId, timeline.hasGap], [10, false]);
});

test("missing ids are no gap while a connection resumes, and only then", () => {
  const timeline = liveTimeline(5);
  timeline.resume(20);
  timeline.receive(message(12));
  timeline.receive(message(18));
  assert.equal(timeline.hasGap, false);
  assert.equal(timeline.lastId, 18, "a new connection resumes after what was received");
  timeline.receive(message(21));
  assert.equal(timeline.hasGap, false, "19 and 20 were cleared");
  timeline.receive(message(23));
  assert.deepEqual([timeline.hasGap, timeline.lastId], [true, 21]);
});

test("a clear removes older messages, and no newer ones", () => {
  const timeline = liveTimeline(5, 6, 7);
  timeline.receive(clear(8, 6));
  assert.deepEqual(ids(timeline), [7]);
  assert.equal(timeline.lastId, 8);
  assert.equal(timeline.hasOldest, true, "nothing older is left to be loaded");
});

test("cleared messages do not return with an older page", () => {
  const timeline = liveTimeline(8);
  timeline.startOlderRequest();
  timeline.receive(clear(9, 7));
  timeline.receivePage(page([6, 7], {before: 8}));
  assert.deepEqual(ids(timeline), [8]);
});

test("a clear of messages that are older than the oldest one held changes nothing", () => {
  const timeline = liveTimeline(50, 51);
  timeline.receive(clear(52, 10));
  assert.deepEqual(ids(timeline), [50, 51]);
  assert.equal(timeline.hasOldest, false);
});

test("after a reset only the newest page is shown", () => {
  const timeline = liveTimeline(5, 6);
  timeline.reset(40);
  assert.deepEqual(ids(timeline), []);
  timeline.receivePage(page([38, 40], {complete: false}));
  assert.deepEqual(ids(timeline), [38, 40]);
  assert.equal(timeline.hasOldest, false);
  timeline.receive(message(41));
  assert.equal(timeline.lastId, 41);
  assert.equal(timeline.hasGap, false);
});

test("a reset may lead to smaller ids than before", () => {
  const timeline = liveTimeline(500);
  timeline.receive(clear(501, 400));
  timeline.reset(2);
  timeline.receivePage(page([2]));
  timeline.receive(message(3));
  assert.deepEqual(ids(timeline), [2, 3]);
});

test("older pages are inserted in front, up to the start of the room", () => {
  const timeline = liveTimeline(50);
  assert.equal(timeline.startOlderRequest(), 50);
  timeline.receivePage(page([30, 40], {before: 50, complete: false}));
  assert.equal(timeline.startOlderRequest(), 30);
  timeline.receivePage(page([10, 20], {before: 30}));
  assert.deepEqual(ids(timeline), [10, 20, 30, 40, 50]);
  assert.equal(timeline.hasOldest, true);
  assert.equal(timeline.lastId, 50);
});

test("an older page that was requested before a reset is ignored", () => {
  const timeline = liveTimeline(50);
  timeline.startOlderRequest();
  timeline.reset(3);
  timeline.receivePage(page([2, 3]));
  timeline.receivePage(page([48, 49], {before: 50}));
  assert.deepEqual(ids(timeline), [2, 3]);
});

test("trimmed messages can be loaded again", () => {
  const timeline = liveTimeline(1, 2, 3, 4, 5);
  timeline.trim(2);
  assert.deepEqual(ids(timeline), [4, 5]);
  assert.equal(timeline.hasOldest, false);
  timeline.startOlderRequest();
  timeline.receivePage(page([2, 3], {before: 4, complete: false}));
  assert.deepEqual(ids(timeline), [2, 3, 4, 5]);
});

test("trimming below the limit drops nothing", () => {
  const timeline = new Timeline({messages: [message(2)], lastId: 2, hasOldest: true});
  timeline.trim(2);
  assert.equal(timeline.hasOldest, true);
});

test("messages are in the order of their ids, in any order of arrival", () => {
  const timeline = liveTimeline(1);
  for (const id of [9, 4, 7, 2, 8, 3, 6, 5]) timeline.receive(message(id));
  assert.deepEqual(ids(timeline), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a message is gone if it was deleted or cleared, and not if it is only not loaded", () => {
  const timeline = liveTimeline(5, 6, 7);
  assert.deepEqual(
    [4, 5, 8].map((id) => timeline.isGone(id)),
    [false, false, false],
  );
  timeline.receive({
    type: "delete",
    id: 8,
    target: 6,
    author: "a",
    username: "ada",
    timestamp: "2026-11-23T12:00:00.000Z",
  });
  assert.deepEqual(
    [4, 5, 6].map((id) => timeline.isGone(id)),
    [false, false, true],
  );
  timeline.receive(clear(9, 8));
  assert.deepEqual(
    [4, 5, 6, 7].map((id) => timeline.isGone(id)),
    [true, true, true, true],
  );
  timeline.reset(20);
  assert.equal(timeline.isGone(7), false, "before the page that follows nothing is known");
});
