import assert from "node:assert/strict";
import test from "node:test";
import {roomFor, shortcutOf} from "../../../static/chat/model/shortcuts.js";

const NO_KEYS = {ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false};
const pressed = (key, held = {}, isTyping = false) => shortcutOf({...NO_KEYS, key, ...held}, isTyping);

test("each shortcut has its key, with Ctrl or with Cmd", () => {
  assert.equal(pressed("k", {ctrlKey: true}), "switcher");
  assert.equal(pressed("K", {metaKey: true}), "switcher");
  assert.equal(pressed("ArrowUp", {altKey: true}), "previousRoom");
  assert.equal(pressed("ArrowDown", {altKey: true}), "nextRoom");
  assert.equal(pressed("ArrowUp", {altKey: true, shiftKey: true}), "previousUnread");
  assert.equal(pressed("ArrowDown", {altKey: true, shiftKey: true}), "nextUnread");
  assert.equal(pressed("Escape"), "newest");
  assert.equal(pressed("?", {shiftKey: true}), "help");
  assert.equal(pressed("/"), "search");
  assert.equal(pressed("F", {ctrlKey: true, shiftKey: true}), "search");
  assert.equal(pressed("f", {metaKey: true, shiftKey: true}), "search");
});

test("a question mark that is typed is a question mark, and an input method keeps its keys", () => {
  assert.equal(pressed("?", {shiftKey: true}, true), null);
  assert.equal(pressed("/", {}, true), null);
  assert.equal(pressed("F", {ctrlKey: true, shiftKey: true}, true), "search");
  assert.equal(pressed("Escape", {isComposing: true}), null);
  assert.equal(pressed("k", {ctrlKey: true, isComposing: true}), null);
});

test("other keys are left to the browser", () => {
  assert.equal(pressed("k"), null);
  assert.equal(pressed("k", {ctrlKey: true, altKey: true}), null); // AltGr
  assert.equal(pressed("k", {ctrlKey: true, shiftKey: true}), null);
  assert.equal(pressed("f", {ctrlKey: true}), null); // the browser's own search
  assert.equal(pressed("ArrowUp"), null);
  assert.equal(pressed("ArrowUp", {altKey: true, ctrlKey: true}), null);
  assert.equal(pressed("a", {ctrlKey: true}), null);
});

const item = (name, fields = {}) => ({name, isCurrent: false, isUnread: false, ...fields});
const ROOMS = [
  item("a", {isUnread: true}),
  item("b"),
  item("c", {isCurrent: true}),
  item("d"),
  item("e", {isUnread: true}),
];

test("rooms are gone through in the order of the list, which ends at its ends", () => {
  assert.equal(roomFor(ROOMS, "previousRoom")?.name, "b");
  assert.equal(roomFor(ROOMS, "nextRoom")?.name, "d");
  assert.equal(roomFor(ROOMS.slice(2), "previousRoom"), undefined);
  assert.equal(roomFor(ROOMS.slice(0, 3), "nextRoom"), undefined);
});

test("unread rooms are found in both directions, also from the other end", () => {
  assert.equal(roomFor(ROOMS, "nextUnread")?.name, "e");
  assert.equal(roomFor(ROOMS, "previousUnread")?.name, "a");
  assert.equal(roomFor(ROOMS.slice(0, 4), "nextUnread")?.name, "a");
  assert.equal(roomFor([ROOMS[1], ROOMS[2]], "nextUnread"), undefined);
  assert.equal(roomFor([ROOMS[0], ROOMS[1]], "nextRoom")?.name, "a"); // the list does not have the current room
});
