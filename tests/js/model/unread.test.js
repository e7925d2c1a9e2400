import assert from "node:assert/strict";
import test from "node:test";
import {SeenCounts} from "../../../static/chat/model/seen_counts.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {Unread} from "../../../static/chat/model/unread.js";
import {MemoryStorage, message} from "../doubles.js";

const ids = (first, last) => Array.from({length: last - first + 1}, (_, index) => first + index);

/**
 * A page of the lobby with the messages of some ids, whose room has had `messages` in all. `seenBefore`: how many of
 * them this browser had seen.
 */
function open({held, messages, seenBefore, cleared = 0, hasOldest = false}) {
  const lastId = held.at(-1) ?? 1;
  const storage = new MemoryStorage(seenBefore);
  const seen = new SeenCounts(() => storage, new MemoryStorage(true));
  const timeline = new Timeline({messages: held.map((id) => message(id)), lastId, hasOldest});
  const numbers = {room: "lobby", name: "lobby", last_id: lastId, messages, cleared};
  const unread = new Unread({timeline, seen, numbers, onChange: () => {}});
  const arrive = (id, isSeen = false) => {
    timeline.receive(message(id));
    unread.messageArrived(id, isSeen);
  };
  return {unread, timeline, arrive, storage, stored: () => storage.read()};
}

test("on entering, the line is above the first message that was not seen", () => {
  const {unread} = open({held: ids(51, 100), messages: 99, seenBefore: 95});
  assert.equal(unread.lineAfterId, 96); // 97, 98, 99, 100 are unseen
  assert.equal(unread.count, 4);
});

test("a page without unseen messages has no line", () => {
  const {unread} = open({held: ids(51, 100), messages: 99, seenBefore: 99});
  assert.equal(unread.lineAfterId, null);
  assert.equal(unread.count, 0);
});

test("ids of clears and of other events are not counted as messages", () => {
  const {unread} = open({held: [90, 95, 100], messages: 40, seenBefore: 38, cleared: 20});
  assert.equal(unread.lineAfterId, 94);
  assert.equal(unread.count, 2);
});

test("when the first unseen message is not on the page, older ones are needed", () => {
  const {unread, timeline} = open({held: ids(51, 100), messages: 99, seenBefore: 29});
  assert.ok(unread.needsOlder);
  assert.equal(unread.lineAfterId, null);
  timeline.startOlderRequest();
  timeline.receivePage({type: "history", events: ids(2, 50).map((id) => message(id)), before: 51, complete: true});
  unread.resolve();
  assert.equal(unread.lineAfterId, 30);
  assert.equal(unread.count, 70);
});

test("with more than 400 unseen messages, or fewer on the server than it counts, the page opens at the end", () => {
  for (const options of [
    {held: ids(51, 1000), messages: 999, seenBefore: 98},
    {held: ids(51, 60), messages: 40, seenBefore: 1, hasOldest: true},
  ]) {
    const {unread} = open(options);
    assert.deepEqual([unread.isKnown, unread.needsOlder, unread.lineAfterId], [true, false, null]);
  }
});

test("a message that appears before the eyes of the user is seen at once", () => {
  const {unread, arrive, stored} = open({held: ids(2, 5), messages: 4, seenBefore: 4});
  arrive(6, true);
  assert.equal(stored(), 5);
  assert.equal(unread.lineAfterId, null);
});

test("Regression: the user's own message counted as unread in a room that they left soon after", () => {
  const {unread, arrive, stored} = open({held: ids(2, 5), messages: 4, seenBefore: 1});
  unread.messageSent();
  assert.equal(stored(), 4);
  unread.leave(1); // it was sent, and the answer did not arrive in time
  assert.equal(stored(), 5);
  arrive(6, true);
  assert.equal(stored(), 5);
});

test("what arrives while nobody looks is unseen, under one line, until it was on the screen", () => {
  const {unread, arrive, stored} = open({held: ids(2, 5), messages: 4, seenBefore: 4});
  for (const id of [6, 7, 8]) arrive(id);
  assert.equal(unread.lineAfterId, 5);
  assert.equal(stored(), 4);
  unread.markSeen(7);
  assert.equal(stored(), 6);
  assert.equal(unread.count, 1);
  arrive(9);
  assert.equal(unread.lineAfterId, 5); // some are still unseen
  unread.markSeen(9);
  assert.equal(unread.lineAfterId, 5); // the user can find it
  arrive(10);
  assert.equal(unread.lineAfterId, 9); // another break
  unread.messageSent();
  assert.equal(unread.lineAfterId, null);
});

test("numbers that were on their way while messages arrived are not taken over", () => {
  const {unread, arrive} = open({held: ids(2, 5), messages: 4, seenBefore: 4});
  arrive(6);
  unread.update({room: "lobby", name: "lobby", last_id: 5, messages: 4});
  assert.equal(unread.numbers.messages, 5);
  unread.update({room: "lobby", name: "Lobby!", last_id: 6, messages: 5});
  assert.equal(unread.numbers.name, "Lobby!");
});

test("while the server counts messages that have not arrived, nothing is stored as seen", () => {
  const {unread, arrive, stored} = open({held: ids(2, 5), messages: 4, seenBefore: 3});
  unread.update({room: "lobby", name: "lobby", last_id: 7, messages: 6});
  unread.markSeen(5);
  assert.equal(stored(), 3);
  arrive(6);
  arrive(7);
  assert.equal(unread.numbers.messages, 6);
  unread.markSeen(6);
  assert.equal(stored(), 5);
});

test("what another tab has shown is seen here", () => {
  const {unread, arrive, storage} = open({held: ids(2, 5), messages: 4, seenBefore: 4});
  arrive(6);
  arrive(7);
  storage.write(5);
  unread.storageChanged();
  assert.equal(unread.count, 1);
  storage.write(4); // of a tab that is behind
  unread.storageChanged();
  assert.equal(unread.count, 1);
});

test("what was seen of other rooms is told also while this room's own numbers are not known", () => {
  // Regression: a tab that waited for an older page kept showing rooms as unread that another tab had read.
  const {timeline, unread} = open({held: ids(51, 100), messages: 99, seenBefore: 29});
  let changes = 0;
  const numbers = {room: "lobby", name: "lobby", last_id: 100, messages: 99, cleared: 0};
  const seen = new SeenCounts(() => new MemoryStorage(29), new MemoryStorage(true));
  const waiting = new Unread({timeline, seen, numbers, onChange: () => changes++});
  assert.ok(unread.needsOlder && waiting.needsOlder);
  waiting.storageChanged();
  assert.equal(changes, 1);
});

test("after a reset the numbers of the old history count no more", () => {
  const {unread, timeline, stored} = open({held: ids(2, 51), messages: 50, seenBefore: 50});
  timeline.reset(41);
  unread.reset();
  unread.markSeen(41);
  assert.equal(stored(), 50);
  assert.deepEqual([unread.isKnown, unread.needsOlder], [false, false]);
  timeline.receivePage({type: "history", events: ids(2, 41).map((id) => message(id)), complete: true});
  unread.update({room: "lobby", name: "lobby", last_id: 41, messages: 40});
  assert.ok(unread.isKnown);
  assert.equal(unread.count, 0);
});

test("an unseen message that is deleted is no longer unread, here and in other tabs", () => {
  const {unread, timeline, arrive, stored} = open({held: ids(2, 11), messages: 10, seenBefore: 10});
  for (const id of [12, 13, 14]) arrive(id);
  assert.deepEqual([unread.count, stored()], [3, 10]);
  const by = {author: "a1", username: "ada", timestamp: ""};
  timeline.receive({type: "reaction", id: 15, target: 12, ...by, emoji: "👍", on: true});
  timeline.receive({type: "delete", id: 16, target: 13, ...by});
  unread.messagesDeleted();
  assert.equal(unread.count, 2, "12 and 14; a reaction is no message");
  assert.equal(unread.numbers.messages - stored(), 2);
  timeline.receive({type: "delete", id: 17, target: 12, ...by});
  timeline.receive({type: "delete", id: 18, target: 14, ...by});
  unread.messagesDeleted();
  assert.deepEqual([unread.count, unread.numbers.messages - stored()], [0, 0]);
  arrive(19);
  assert.deepEqual([unread.count, unread.lineId], [1, 19]);
});

test("a message that was seen and is deleted changes no number", () => {
  const {unread, timeline, arrive, stored} = open({held: ids(2, 11), messages: 10, seenBefore: 10});
  arrive(12);
  timeline.receive({type: "delete", id: 13, target: 5, author: "a1", username: "ada", timestamp: ""});
  unread.messagesDeleted();
  assert.deepEqual([unread.count, stored(), unread.numbers.messages], [1, 10, 11]);
});

test("what is marked as unread stays unread while it is on the screen, until the user writes", () => {
  const {unread, arrive, stored} = open({held: ids(51, 60), messages: 59, seenBefore: 59});
  unread.markUnread(58);
  assert.deepEqual([unread.count, unread.lineAfterId, stored()], [3, 57, 56]);
  unread.markSeen(60);
  arrive(61, true);
  unread.leave(0);
  assert.deepEqual([unread.count, unread.lineAfterId, stored()], [4, 57, 56]);
  unread.messageSent();
  assert.deepEqual([unread.count, unread.lineAfterId, stored()], [0, null, 60]);
});

test("what was marked as unread is seen when another tab has shown it, or written", () => {
  const {unread, storage, arrive} = open({held: ids(51, 60), messages: 59, seenBefore: 59});
  unread.markUnread(58);
  storage.write(59);
  unread.storageChanged();
  assert.equal(unread.count, 0);
  arrive(61, true);
  assert.equal(unread.count, 0);
});
