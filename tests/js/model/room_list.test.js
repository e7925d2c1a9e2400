import assert from "node:assert/strict";
import test from "node:test";
import {RoomList} from "../../../static/chat/model/room_list.js";
import {MemoryStorage} from "../doubles.js";

const room = (slug, last_id) => ({room: slug, name: slug, last_id, url: `/chat/${slug}/`});
const lobby = room("lobby", 5);

const slugs = (items) => items.map((item) => item.room);
const unread = (items) => slugs(items.filter(({hasUnread}) => hasUnread));

test("the current room is listed before the server lists it, and is marked as the current one", () => {
  const list = new RoomList(lobby, new MemoryStorage());
  const items = list.update([room("tea", 3)]);
  assert.deepEqual(slugs(items), ["tea", "lobby"]);
  assert.deepEqual(
    items.map(({isCurrent}) => isCurrent),
    [false, true],
  );
  assert.deepEqual(slugs(list.update([lobby, room("tea", 3)])), ["lobby", "tea"]);
});

test("a room has unread events when its last id is above the one that was shown here", () => {
  const storage = new MemoryStorage();
  new RoomList(room("tea", 3), storage).update([]);
  const list = new RoomList(lobby, storage);
  assert.deepEqual(unread(list.update([lobby, room("tea", 3)])), []);
  assert.deepEqual(unread(list.update([lobby, room("tea", 4)])), ["tea"]);
});

test("the current room is never unread, and its newest id is stored", () => {
  const storage = new MemoryStorage();
  const list = new RoomList(lobby, storage);
  assert.deepEqual(unread(list.update([room("lobby", 9)])), []);
  assert.deepEqual(storage.read(), {lobby: 9});
});

test("a room that was never shown here has nothing unread, whatever its slug", () => {
  const list = new RoomList(lobby, new MemoryStorage());
  assert.deepEqual(unread(list.update([lobby, room("tea", 4), room("constructor", 4)])), []);
});

test("a stored value of another shape counts as nothing stored", () => {
  for (const value of [null, 7, "words", [], true]) {
    const list = new RoomList(lobby, new MemoryStorage(value));
    assert.deepEqual(unread(list.update([lobby, room("tea", 4)])), []);
  }
});
