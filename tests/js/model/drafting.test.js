import assert from "node:assert/strict";
import test from "node:test";
import {Drafting} from "../../../static/chat/model/drafting.js";

const BOB = {id: 7, username: "bob", excerpt: "Who is in?"};

test("a text is a new message", () => {
  assert.deepEqual(new Drafting().submit(["hi"]), [{type: "message", message: "hi"}]);
});

test("the first part of a long text is the answer, and the next message is none", () => {
  const drafting = new Drafting();
  drafting.reply(BOB);
  assert.deepEqual(drafting.submit(["one", "two"]), [
    {type: "message", message: "one", reply_to: 7},
    {type: "message", message: "two"},
  ]);
  assert.deepEqual(drafting.submit(["three"]), [{type: "message", message: "three"}]);
});

test("after an edit, sent or cancelled, the answer goes on", () => {
  const drafting = new Drafting();
  drafting.reply(BOB);
  drafting.edit({id: 5, text: "tpyo"});
  assert.deepEqual(drafting.submit(["typo"]), [{type: "edit", id: 5, message: "typo"}]);
  drafting.edit({id: 5, text: "typo"});
  drafting.cancel();
  assert.deepEqual(drafting.target, {kind: "reply", ...BOB});
  drafting.cancel();
  assert.deepEqual(drafting.target, {kind: "message"});
});

test("an edit that changes nothing sends nothing", () => {
  const drafting = new Drafting();
  drafting.edit({id: 5, text: "same"});
  assert.deepEqual(drafting.submit(["same"]), []);
  assert.deepEqual(drafting.target, {kind: "message"});
});

test("whoever answers a message no longer edits another one", () => {
  const drafting = new Drafting();
  drafting.edit({id: 5, text: "x"});
  drafting.reply(BOB);
  assert.deepEqual(drafting.submit(["y"]), [{type: "message", message: "y", reply_to: 7}]);
});

test("what is done to a message that is gone ends", () => {
  const drafting = new Drafting();
  assert.equal(
    drafting.endGone(() => true),
    false,
  );
  drafting.reply(BOB);
  drafting.edit({id: 5, text: "x"});
  assert.equal(
    drafting.endGone((id) => id === 6),
    false,
  );
  assert.equal(
    drafting.endGone((id) => id === 5),
    true,
  );
  assert.deepEqual(drafting.target, {kind: "reply", ...BOB}, "the answer goes on");
  assert.equal(
    drafting.endGone((id) => id === 7),
    true,
  );
  assert.deepEqual(drafting.target, {kind: "message"});
});
