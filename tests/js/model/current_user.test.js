import assert from "node:assert/strict";
import test from "node:test";
import {CurrentUser} from "../../../static/chat/model/current_user.js";

test("a change of the name is reported, with the author id of the server", () => {
  const changes = [];
  const user = new CurrentUser({username: "", author: "a1"}, (member) => changes.push(member));
  assert.deepEqual(changes, []);
  user.update({username: "ada", author: "a2"});
  assert.deepEqual(changes, [{username: "ada", author: "a2"}]);
  assert.deepEqual(user.member, {username: "ada", author: "a2"});
});

test("messages of the current user are recognized by the author id, and not by the name", () => {
  const user = new CurrentUser({username: "ada", author: "a1"}, () => {});
  assert.equal(user.isAuthor("a1"), true);
  assert.equal(user.isAuthor("ada"), false);
});
