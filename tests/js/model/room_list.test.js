import assert from "node:assert/strict";
import test from "node:test";
import {RoomList, totalUnread} from "../../../static/chat/model/room_list.js";
import {SeenCounts} from "../../../static/chat/model/seen_counts.js";
import {MemoryStorage} from "../doubles.js";

const room = (slug, messages, cleared) => ({room: slug, name: slug, last_id: messages + 1, messages, cleared});

/** What one browser stores, for all of its tabs. */
function browser() {
  const stored = new Map();
  const storageOf = (slug) => {
    if (!stored.has(slug)) stored.set(slug, new MemoryStorage());
    return stored.get(slug);
  };
  return new SeenCounts(storageOf, new MemoryStorage());
}

/** The list on a page of the lobby, of a browser that has been here before unless it is told otherwise. */
function createList({seen = browser(), rooms = [], current = room("lobby", 0), mentions = {unreadIn: () => 0}} = {}) {
  const list = new RoomList({current: () => current, seen, urlOf: (slug) => `/chat/${slug}/`, mentions});
  list.replace(rooms, true, 0);
  return {list, seen};
}

const counts = (list) => Object.fromEntries(list.items.map(({room: slug, unread}) => [slug, unread]));
const slugs = (list) => list.items.map((item) => item.room);

test("the current room is listed before the server lists it, with its address, and is marked", () => {
  const {list} = createList({rooms: [room("tea", 3)]});
  assert.deepEqual(list.items, [
    {room: "tea", name: "tea", url: "/chat/tea/", isCurrent: false, unread: 0, mentions: 0},
    {room: "lobby", name: "lobby", url: "/chat/lobby/", isCurrent: true, unread: 0, mentions: 0},
  ]);
});

test("on the first visit of a browser nothing is unread; what follows is, also in rooms that were never opened", () => {
  // Regression: a room that was never opened in this browser had no unread mark, however much was said there.
  const {list} = createList({rooms: [room("tea", 3), room("zoo", 9)]});
  assert.equal(totalUnread(list.items), 0);
  list.update([room("tea", 5), room("new", 2)], 0);
  assert.deepEqual(counts(list), {lobby: 0, tea: 2, zoo: 0, new: 2});
  assert.equal(totalUnread(list.items), 4);
});

test("a later visit shows what was said meanwhile", () => {
  const {seen} = createList({rooms: [room("tea", 3)]});
  const {list} = createList({seen, rooms: [room("tea", 4)]});
  assert.equal(counts(list).tea, 1);
});

test("rooms with unread messages are first, both parts in the order of the server", () => {
  const {list} = createList({rooms: ["a", "b", "c", "d"].map((slug) => room(slug, 1))});
  list.update([room("d", 2), room("b", 2)], 0);
  assert.deepEqual(slugs(list), ["b", "d", "a", "c", "lobby"]);
});

test("unread mentions are counted with the unread messages, and never more than those", () => {
  const {list} = createList({rooms: [room("tea", 3), room("zoo", 3)], mentions: {unreadIn: () => 2}});
  list.update([room("tea", 4)], 0);
  const mentions = Object.fromEntries(list.items.map((item) => [item.room, item.mentions]));
  assert.deepEqual(mentions, {lobby: 0, tea: 1, zoo: 0});
});

test("what was cleared is not unread", () => {
  const {list} = createList({rooms: [room("tea", 3)]});
  list.update([room("tea", 13, 0)], 0);
  assert.equal(counts(list).tea, 10);
  list.update([room("tea", 13, 9)], 0);
  assert.equal(counts(list).tea, 4);
  list.update([room("tea", 13, 13)], 0);
  assert.equal(counts(list).tea, 0);
});

test("what another tab has seen is seen here", () => {
  const seen = browser();
  const [first, second] = [createList({seen, rooms: [room("tea", 3)]}).list, createList({seen}).list];
  for (const list of [first, second]) list.update([room("tea", 5)], 0);
  seen.set("tea", 5);
  assert.deepEqual([totalUnread(first.items), totalUnread(second.items)], [0, 0]);
});

test("after an older file was put back, what follows in it is unread, and nothing else", () => {
  const {list} = createList({rooms: [room("tea", 50)]});
  list.update([room("tea", 40)], 0);
  assert.equal(counts(list).tea, 0);
  list.update([room("tea", 40)], 10_000);
  list.update([room("tea", 43)], 10_001);
  assert.equal(counts(list).tea, 3);
});

test("an answer that was on its way while a message was seen does not lower what was seen", () => {
  const {list, seen} = createList({rooms: [room("tea", 5)]});
  seen.set("tea", 6);
  list.replace([room("tea", 5)], true, 1000);
  list.update([room("tea", 6)], 1200);
  list.replace([room("tea", 5)], true, 30_000);
  assert.equal(seen.get("tea"), 6);
});

test("of a server with more rooms than it lists, those with news stay, and a thousand at most", () => {
  const {list} = createList();
  list.update(
    Array.from({length: 1500}, (_, number) => room(`room-${number}`, 1)),
    0,
  );
  assert.equal(list.items.length, 1000 + 1);
  list.replace([room("tea", 0)], false, 0);
  assert.equal(totalUnread(list.items), 999);
  list.replace([room("tea", 0)], true, 0);
  assert.deepEqual(slugs(list), ["tea", "lobby"]);
});

test("a stored value of another shape counts as nothing seen, and any slug can be stored", () => {
  for (const value of [null, "words", [], true, -3, 1.5]) {
    const seen = new SeenCounts(() => new MemoryStorage(value), new MemoryStorage(true));
    const {list} = createList({seen, rooms: [room("constructor", 4)]});
    assert.equal(counts(list).constructor, 4);
  }
});
