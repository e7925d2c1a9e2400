import assert from "node:assert/strict";
import test from "node:test";
import {pendingMessages, shownMessages} from "../../../static/chat/model/optimistic.js";
import {message, text} from "../doubles.js";

const ME = {username: "ada", author: "a1"};
const TIME = "2026-11-23T12:05:00.000Z";
const entry = (command, problem = "", clientId = "c1") => ({clientId, command, timestamp: TIME, problem});
const edit = (id, words) => ({type: "edit", id, message: words});
const react = (id, on = true) => ({type: "react", id, emoji: "👍", on});

test("without amendments in the outbox the messages are shown as they are", () => {
  const messages = [message(5)];
  assert.equal(shownMessages(messages, [entry(text("hello"))], ME), messages);
});

test("a waiting edit is shown, as text, and the reply to the message shows it too", () => {
  const reply = message(6, {reply_to: 5, reply: {id: 5, username: "ada", excerpt: "words 5"}});
  const [edited, answer] = shownMessages([message(5, {rev: 7}), reply], [entry(edit(5, "better"))], ME);
  assert.deepEqual([edited.message, edited.text, edited.pending, edited.edited], ["better", "better", true, TIME]);
  assert.equal(edited.rev, 7);
  assert.equal(answer.reply.excerpt, "better");
  assert.equal(answer.pending, undefined);
});

test("a waiting reaction is counted, once", () => {
  const reactions = [{emoji: "👍", count: 1, people: ["bea"]}];
  const [liked] = shownMessages([message(5, {reactions})], [entry(react(5))], ME);
  assert.deepEqual(liked.reactions, [{emoji: "👍", count: 2, people: ["bea", "ada"], mine: true}]);
  const [again] = shownMessages([liked], [entry(react(5))], ME);
  assert.deepEqual([again.reactions, again.pending], [liked.reactions, true]);
  const [back] = shownMessages([liked], [entry(react(5, false))], ME);
  assert.deepEqual(back.reactions, [{emoji: "👍", count: 1, people: ["bea"], mine: false}]);
  const [nothing] = shownMessages([message(5)], [entry(react(5, false))], ME);
  assert.deepEqual([nothing.reactions, nothing.pending], [undefined, true]);
});

test("a message that is to be deleted says so, what answers it too, and it comes back if that fails", () => {
  const messages = [message(5), message(6, {reply: {id: 5, username: "ada", excerpt: "words 5"}})];
  const [deleted, left] = shownMessages(messages, [entry({type: "delete", id: 5})], ME);
  assert.deepEqual([deleted.id, deleted.deletion], [5, "c1"]);
  assert.deepEqual([left.id, left.reply], [6, {id: 5, deleted: true}]);
  const [failed, reply] = shownMessages(messages, [entry({type: "delete", id: 5}, "No.")], ME);
  assert.deepEqual([failed.problem, failed.failedId, failed.pending], ["No.", "c1", undefined]);
  assert.equal(reply, messages[1]);
});

test("what failed changes nothing but the problem, and what waits behind it is shown", () => {
  const entries = [entry(edit(5, "refused"), "Too long."), entry(react(5), "", "c2")];
  const [shown] = shownMessages([message(5)], entries, ME);
  assert.deepEqual([shown.message, shown.problem, shown.failedId], ["words 5", "Too long.", "c1"]);
  assert.equal(shown.reactions[0].count, 1);
});

test("the same messages and entries give the same objects, and other entries give others", () => {
  const messages = [message(5), message(6)];
  const entries = [entry(edit(5, "better"))];
  const first = shownMessages(messages, entries, ME);
  const second = shownMessages([...messages], [...entries, entry(text("hello"))], ME);
  assert.equal(first[0], second[0]);
  assert.equal(first[1], messages[1]);
  const third = shownMessages(messages, [...entries, entry(react(5), "", "c2")], ME);
  assert.equal(third[0].reactions[0].count, 1);
});

test("messages of the outbox are shown with what waits behind them, and what they answer", () => {
  const entries = [
    entry({...text("one"), reply_to: 5}),
    entry(text("two"), "", "c2"),
    entry(text("three"), "No.", "c3"),
    entry(edit("c1", "one, better"), "", "c4"),
    entry({type: "delete", id: "c2"}, "", "c5"),
  ];
  const reply = {id: 5, username: "ada", excerpt: "words 5"};
  assert.deepEqual(pendingMessages(entries, [message(5)]), [
    {clientId: "c1", message: "one, better", timestamp: TIME, problem: "", reply},
    {clientId: "c3", message: "three", timestamp: TIME, problem: "No."},
  ]);
});

test("the text of an edit that failed is shown at the end when its message is gone", () => {
  const entries = [entry(edit(5, "better"), "There is no message 5.")];
  assert.deepEqual(pendingMessages(entries, [message(5)]), []);
  assert.deepEqual(pendingMessages(entries, []), [
    {clientId: "c1", message: "better", timestamp: TIME, problem: "There is no message 5."},
  ]);
});

test("an answer to a message of the server's page shows how that begins, before the server says so", () => {
  const rendered = message(5, {message: "", html: "<p>Who is <em>in</em>?</p>"});
  const [answer] = pendingMessages([entry({type: "message", message: "I am", reply_to: 5})], [rendered]);
  assert.deepEqual(answer.reply, {id: 5, username: "ada", excerpt: "Who is in?"});
});
