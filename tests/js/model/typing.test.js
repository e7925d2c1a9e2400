import assert from "node:assert/strict";
import test from "node:test";
import {TypingNotice, Typists, typingSentence} from "../../../static/chat/model/typing.js";

test("the sentence names one or two people, and not a crowd", () => {
  assert.equal(typingSentence([]), "");
  assert.equal(typingSentence(["ada"]), "ada is typing…");
  assert.equal(typingSentence(["ada", "bea"]), "ada and bea are typing…");
  assert.equal(typingSentence(["ada", "bea", "cy"]), "Several people are typing…");
});

test("others are told at most once in three seconds, and at once after a message", () => {
  let told = 0;
  const notice = new TypingNotice(() => told++);
  for (const now of [0, 100, 2999, 3000, 4000]) notice.typed(now);
  assert.equal(told, 2);
  notice.sent();
  notice.typed(4100);
  assert.equal(told, 3);
});

test("somebody who says nothing more is forgotten after five seconds", (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  let names = [];
  const typists = new Typists((now) => {
    names = now;
  });
  typists.heard("ada");
  t.mock.timers.tick(3000);
  typists.heard("bea");
  typists.heard("ada");
  t.mock.timers.tick(4999);
  assert.deepEqual(names, ["ada", "bea"]);
  t.mock.timers.tick(1);
  assert.deepEqual(names, []);
});

test("a message, or the end of the connection, ends the typing", (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  let names = [];
  const typists = new Typists((now) => {
    names = now;
  });
  typists.heard("ada");
  typists.heard("bea");
  typists.forget("ada");
  assert.deepEqual(names, ["bea"]);
  typists.forgetAll();
  assert.deepEqual(names, []);
});
