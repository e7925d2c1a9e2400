import assert from "node:assert/strict";
import {test} from "node:test";
import {Notices, sentenceOf} from "../../../static/chat/model/notices.js";

const by = {author: "a", username: "Ada", timestamp: ""};
const topic = (/** @type {number} */ id, text = "cake") =>
  /** @type {Wire.TopicEvent} */ ({type: "topic", id, topic: text, ...by});
const renamed = /** @type {Wire.RoomNameEvent} */ ({type: "room_name", id: 9, name: "Tea", ...by});
const plain = (/** @type {string} */ text) => text.replace(/[\u2068\u2069]/g, "");
const messages = [{id: 5}, {id: 7}];

test("a notice says who did what", () => {
  assert.equal(plain(sentenceOf(topic(1))), "Ada set the topic: cake");
  assert.equal(plain(sentenceOf(topic(1, ""))), "Ada removed the topic");
  assert.equal(plain(sentenceOf(renamed)), "Ada renamed the room to Tea");
});

test("a notice stands behind the message in front of it, or before the first one of the room", () => {
  const notices = new Notices();
  for (const notice of [topic(9), topic(6), topic(8), topic(2)]) assert.equal(notices.add(notice), true);
  assert.equal(notices.add(topic(6)), false);
  const ids = (/** @type {boolean} */ isStart) =>
    [...notices.placed(messages, isStart)].map(([id, {before, after}]) => [
      id,
      before.map((notice) => notice.id),
      after.map((notice) => notice.id),
    ]);
  assert.deepEqual(ids(true), [
    [5, [2], [6]],
    [7, [], [8, 9]],
  ]);
  assert.deepEqual(ids(false), [
    [5, [], [6]],
    [7, [], [8, 9]],
  ]);
  notices.clear(8);
  assert.deepEqual(ids(true), [[7, [], [9]]]);
  assert.equal(notices.placed([], true).size, 0);
  notices.clear();
  assert.deepEqual(ids(true), []);
});
