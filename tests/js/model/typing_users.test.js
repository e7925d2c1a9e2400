import assert from "node:assert/strict";
import test from "node:test";
import {TypingUsers, typingSentence} from "../../../static/chat/model/typing_users.js";

test("the sentence names one or two people, and not a crowd", () => {
  assert.equal(typingSentence([]), "");
  assert.equal(typingSentence(["ada"]), "ada is typing…");
  assert.equal(typingSentence(["ada", "bea"]), "ada and bea are typing…");
  assert.equal(typingSentence(["ada", "bea", "cy"]), "Several people are typing…");
});

test("a user whose typing is not repeated is removed after five seconds", () => {
  const users = new TypingUsers();
  users.add("ada", 0);
  assert.equal(users.nextExpiry, 5000);
  users.add("bea", 3000);
  users.add("ada", 3000);
  assert.equal(users.nextExpiry, 8000);
  users.expire(7999);
  assert.deepEqual(users.names, ["ada", "bea"]);
  users.expire(8000);
  assert.deepEqual(users.names, []);
  assert.equal(users.nextExpiry, null);
});

test("a message, or the end of the connection, ends the typing", () => {
  const users = new TypingUsers();
  users.add("ada", 0);
  users.add("bea", 0);
  users.remove("ada");
  assert.deepEqual(users.names, ["bea"]);
  users.clear();
  assert.deepEqual(users.names, []);
});
