import assert from "node:assert/strict";
import test from "node:test";
import {Unread} from "../../../static/chat/model/unread.js";

function unreadMessages() {
  const counts = [];
  return {unread: new Unread((count) => counts.push(count)), counts};
}

test("messages that arrive while the page is hidden are counted, and the id before the first one is kept", () => {
  const {unread, counts} = unreadMessages();
  unread.messageArrived(7, true);
  unread.messageArrived(8, true);
  assert.deepEqual(counts, [1, 2]);
  assert.equal(unread.afterId, 6);
});

test("messages that arrive while the page is visible are read", () => {
  const {unread, counts} = unreadMessages();
  unread.messageArrived(7, false);
  assert.deepEqual(counts, []);
  assert.equal(unread.afterId, null);
});

test("the count is reset when the page is shown, the mark when it is hidden again", () => {
  const {unread, counts} = unreadMessages();
  unread.messageArrived(7, true);
  unread.visibilityChanged(false);
  assert.equal(counts.at(-1), 0);
  assert.equal(unread.afterId, 6);
  unread.messageArrived(9, false);
  assert.equal(unread.afterId, 6);
  unread.visibilityChanged(true);
  assert.equal(unread.afterId, null);
  unread.messageArrived(12, true);
  assert.equal(unread.afterId, 11);
  assert.equal(counts.at(-1), 1);
});

test("a user who sends a message has read the others", () => {
  const {unread} = unreadMessages();
  unread.messageArrived(7, true);
  unread.visibilityChanged(false);
  unread.messageSent();
  assert.equal(unread.afterId, null);
});
