import assert from "node:assert/strict";
import test from "node:test";
import {Drafting} from "../../../static/chat/model/drafting.js";
import {MemoryArea, recordsOf} from "../doubles.js";

const BOB = {id: 7, username: "bob", excerpt: "Who is in?"};
const EPOCH = "e1";

/** What a page of the room drafts; another page goes on with it by the same area. */
function draftingOf(area = new MemoryArea(), epoch = EPOCH, pageId = "page") {
  return new Drafting(
    recordsOf(area, pageId, () => 1000),
    epoch,
  );
}

/** The next page of a room, after the page with this record was closed. */
function nextPage(value, epoch = EPOCH) {
  const area = new MemoryArea();
  area.setItem("chatsite:records:page", JSON.stringify({leaseUntil: 0, value}));
  const drafting = draftingOf(area, epoch, "next");
  drafting.restore();
  return drafting;
}

/** What a page leaves in the browser. */
function recordOf(change) {
  const area = new MemoryArea();
  change(draftingOf(area));
  return JSON.parse(area.getItem("chatsite:records:page") ?? '{"value": null}').value;
}

test("a text is a new message", () => {
  assert.deepEqual(draftingOf().submit(["hi"]), [{type: "message", message: "hi"}]);
});

test("the first part of a long text is the answer, and the next message is none", () => {
  const drafting = draftingOf();
  drafting.reply(BOB);
  assert.deepEqual(drafting.submit(["one", "two"]), [
    {type: "message", message: "one", reply_to: 7},
    {type: "message", message: "two"},
  ]);
  assert.deepEqual(drafting.submit(["three"]), [{type: "message", message: "three"}]);
});

test("after an edit, sent or cancelled, the answer goes on", () => {
  const drafting = draftingOf();
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
  const drafting = draftingOf();
  drafting.edit({id: 5, text: "same"});
  assert.deepEqual(drafting.submit(["same"]), []);
  assert.deepEqual(drafting.target, {kind: "message"});
});

test("whoever answers a message no longer edits another one", () => {
  const drafting = draftingOf();
  drafting.edit({id: 5, text: "x"});
  drafting.reply(BOB);
  assert.deepEqual(drafting.submit(["y"]), [{type: "message", message: "y", reply_to: 7}]);
});

test("what is done to a message that is gone ends", () => {
  const drafting = draftingOf();
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
  drafting.typed("hello");
  drafting.edit({id: 8, text: "y"});
  drafting.endGone(() => true);
  assert.equal(drafting.text, "hello", "nothing was changed yet");
  drafting.edit({id: 8, text: "y"}, "yes");
  drafting.endGone(() => true);
  assert.equal(drafting.text, "yes\nhello");
});

test("a text without more is stored as it is, and nothing if there is none", () => {
  assert.equal(
    recordOf((drafting) => drafting.typed("I was about")),
    "I was about",
  );
  assert.equal(
    recordOf((drafting) => {
      drafting.typed("hi");
      drafting.submit(["hi"]);
    }),
    null,
  );
});

// Regression: a reload kept the text, and forgot which message it answers, or what was edited.
test("the next page goes on with the answer and the edit of a closed one", () => {
  const record = recordOf((drafting) => {
    drafting.reply(BOB);
    drafting.typed("I am");
    drafting.edit({id: 5, text: "tpyo"});
    drafting.typed("typo");
  });
  const drafting = nextPage(record);
  assert.deepEqual(drafting.target, {kind: "edit", id: 5, text: "tpyo"});
  assert.equal(drafting.text, "typo");
  assert.deepEqual(drafting.submit(["typo"]), [{type: "edit", id: 5, message: "typo"}]);
  assert.equal(drafting.text, "I am");
  assert.deepEqual(drafting.submit(["I am"]), [{type: "message", message: "I am", reply_to: 7}]);
  assert.equal(drafting.text, "");
});

test("in another history the texts go on, but answer and edit nothing", () => {
  const record = recordOf((drafting) => {
    drafting.typed("I am");
    drafting.reply(BOB);
    drafting.edit({id: 5, text: "tpyo"}, "typo");
  });
  const drafting = nextPage(record, "e2");
  assert.deepEqual([drafting.target, drafting.text], [{kind: "message"}, "typo\nI am"]);
});

// Regression: the id of the answered message was kept, and named another message of the new history.
test("when the room gets another history, answers and edits end, except those of messages that wait", () => {
  const drafting = draftingOf();
  drafting.reply(BOB);
  drafting.typed("I am");
  assert.equal(drafting.enter(EPOCH), false);
  assert.equal(drafting.enter("e2"), true);
  assert.deepEqual(drafting.submit(["I am"]), [{type: "message", message: "I am"}]);
  drafting.edit({id: "a", text: "tpyo"}, "typo");
  assert.equal(drafting.enter("e3"), false);
  assert.deepEqual(drafting.submit(["typo"]), [{type: "edit", id: "a", message: "typo"}]);
  drafting.edit({id: 5, text: "one"}, "two");
  assert.equal(drafting.enter("e4"), true);
  assert.deepEqual([drafting.target, drafting.text], [{kind: "message"}, "two"]);
});

test("a record of another version, or an edited one, does no harm", () => {
  for (const value of [
    null,
    7,
    [],
    {text: 5},
    {text: "x", epoch: EPOCH, reply: {id: "7"}, edit: {id: 5, text: null}},
  ]) {
    assert.deepEqual(nextPage(value).target, {kind: "message"}, JSON.stringify(value));
  }
  assert.equal(nextPage("a draft").text, "a draft");
});

test("a failed edit begins with its text, and knows the text before", () => {
  const drafting = draftingOf();
  drafting.edit({id: 5, text: "one"}, "two");
  assert.equal(drafting.text, "two");
  assert.deepEqual(drafting.submit(["one"]), []);
});
