import assert from "node:assert/strict";
import test from "node:test";
import {amendMessages, replyTo} from "../../../static/chat/model/amendments.js";
import {message} from "../doubles.js";

const by = (username) => ({author: `author of ${username}`, username, timestamp: "2026-11-23T12:01:00.000Z"});
const edit = (id, target, words) => ({type: "edit", id, target, ...by("ada"), message: words, html: `<p>${words}</p>`});
const remove = (id, target) => ({type: "delete", id, target, ...by("ada")});
const reaction = (id, target, username, on = true, emoji = "👍") => ({
  type: "reaction",
  id,
  target,
  ...by(username),
  emoji,
  on,
});
const amendAll = (messages, ...amendments) =>
  amendments.reduce((before, each) => amendMessages(before, each, each.username === "ada"), messages);

test("an edit makes another object, with the new text and its time", () => {
  const before = message(5);
  const [after] = amendAll([before], edit(7, 5, "better"));
  assert.deepEqual(before, message(5));
  const changed = {message: "better", html: "<p>better</p>", edited: "2026-11-23T12:01:00.000Z", rev: 7};
  assert.deepEqual(after, {...message(5), ...changed});
});

test("messages that an amendment does not concern stay the same objects", () => {
  const messages = [message(5), message(6)];
  const after = amendAll(messages, edit(7, 5, "better"), edit(8, 99, "of a message that is not held"));
  assert.equal(after[1], messages[1]);
  assert.equal(after.length, 2);
});

test("an amendment that is part of the message already changes nothing", () => {
  const folded = message(5, {rev: 9, message: "newest"});
  const after = amendAll([folded], edit(8, 5, "earlier"), reaction(9, 5, "bea"));
  assert.equal(after[0], folded);
});

test("reactions are counted, with names in their order, and one that nobody has any more is gone", () => {
  const [first] = amendAll(
    [message(5)],
    reaction(6, 5, "bea"),
    reaction(7, 5, "ada"),
    reaction(8, 5, "cy", true, "🍰"),
  );
  assert.deepEqual(first.reactions, [
    {emoji: "👍", count: 2, people: ["bea", "ada"], mine: true},
    {emoji: "🍰", count: 1, people: ["cy"], mine: false},
  ]);
  const [second] = amendAll([first], reaction(9, 5, "bea", false), reaction(10, 5, "ada", false));
  assert.deepEqual(second.reactions, [{emoji: "🍰", count: 1, people: ["cy"], mine: false}]);
  assert.equal(second.rev, 10);
});

test("of more than twenty people the names are not known, and the count is right all the same", () => {
  const crowd = Array.from({length: 22}, (_, index) => reaction(10 + index, 5, `p${index}`));
  const [many] = amendAll([message(5)], ...crowd);
  assert.deepEqual([many.reactions[0].count, many.reactions[0].people.length], [22, 20]);
  const [fewer] = amendAll([many], reaction(40, 5, "p21", false), reaction(41, 5, "p0", false));
  assert.deepEqual([fewer.reactions[0].count, fewer.reactions[0].people.length], [20, 19]);
  assert.equal(fewer.reactions[0].people[0], "p1");
});

test("a name that changed between a reaction and its end leaves no more names than people", () => {
  const [after] = amendAll([message(5)], reaction(6, 5, "bea"), reaction(7, 5, "cy"), reaction(8, 5, "bea-2", false));
  assert.deepEqual([after.reactions[0].count, after.reactions[0].people.length], [1, 1]);
});

test("a reply shows the newest text of what it answers, cut at a whole character, until that is deleted", () => {
  const answered = message(5, {html: `<p>${"🌱".repeat(250)}</p>`});
  const reply = message(6, {reply_to: 5, reply: replyTo(answered)});
  assert.deepEqual(reply.reply, {id: 5, username: "ada", excerpt: `${"🌱".repeat(199)}…`});
  const [, waiting] = amendAll([answered, reply], {...edit(7, 5, "*short*"), html: ""});
  assert.equal(waiting.reply.excerpt, "*short*");
  const words = {...edit(7, 5, "*short*"), html: "<p><em>short</em></p>"};
  const [, edited] = amendAll([answered, reply], words, reaction(8, 5, "bea"));
  assert.deepEqual(edited.reply, {id: 5, username: "ada", excerpt: "short"});
  const left = amendAll([answered, edited], remove(9, 5), edit(10, 5, "an edit that came late"));
  assert.deepEqual(
    left.map(({id, reply: shown}) => [id, shown]),
    [[6, {id: 5, deleted: true}]],
  );
});
