import assert from "node:assert/strict";
import test from "node:test";
import {OwnMessages} from "../../../static/chat/model/own_messages.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {message} from "../doubles.js";

const ADA = {author: "a", username: "ada"};
const currentUser = {member: ADA, isAuthor: (author) => author === "a"};
const entry = (clientId, command, problem = "") => ({
  clientId,
  command,
  problem,
  timestamp: "2026-11-23T12:00:00.000Z",
});

/** With the stored messages 5 (own, of the client id "five") and 6 (of somebody else), and these in the outbox. */
function ownMessages(entries = [], deletes = []) {
  const messages = [message(5, {...ADA, client_id: "five"}), message(6, {author: "b"})];
  const timeline = new Timeline({messages, lastId: 6, hasOldest: false});
  return new OwnMessages({timeline, outbox: {entries}, held: {entries: deletes}, currentUser});
}

test("the last one is that which waits, with its newest text, or else the stored one, as it will be", () => {
  assert.equal(ownMessages().last.id, 5);
  const waiting = entry("six", {type: "message", message: "tpyo"});
  assert.deepEqual(ownMessages([waiting]).last, {id: "six", text: "tpyo"});
  const edit = entry("edit", {type: "edit", id: "six", message: "typo"});
  assert.deepEqual(ownMessages([waiting, edit]).last, {id: "six", text: "typo"});
  const failed = entry("six", {type: "message", message: "tpyo"}, "The server did not answer.");
  assert.equal(ownMessages([failed]).last.id, 5);
  assert.equal(ownMessages([entry("edit", {type: "edit", id: 5, message: "new"})]).last.text, "new");
  assert.equal(ownMessages([], [entry("delete", {type: "delete", id: 5})]).last, undefined);
});

test("a message that waited keeps its name when it is stored", () => {
  const own = ownMessages([entry("six", {type: "message", message: "hi"})]);
  assert.deepEqual(
    ["six", "five", "other", 6].map((target) => own.storedId(target)),
    ["six", 5, "other", 6],
  );
  assert.deepEqual(
    ["six", "five", "other", 6].map((target) => own.isGone(target)),
    [false, false, true, false],
  );
});
