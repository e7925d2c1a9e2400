import assert from "node:assert/strict";
import test from "node:test";
import {Announcements} from "../../../static/chat/model/announcements.js";

const says = (username, words) => ({username, text: () => words});

/** All texts that are spoken, in order. */
function spoken(announcements) {
  const texts = [];
  for (let text = announcements.next(); text; text = announcements.next()) texts.push(text);
  return texts;
}

test("one message is its author and its words", () => {
  const announcements = new Announcements();
  announcements.addMessage(says("Ada Lovelace", "Hello Sue"));
  assert.deepEqual(spoken(announcements), ["Ada Lovelace: Hello Sue"]);
});

test("messages that wait are one text: their number and the last one", () => {
  const announcements = new Announcements();
  for (const words of ["a", "b", "c", "d", "e"]) announcements.addMessage(says("Ada", words));
  announcements.addMessage(says("Bob", "Me too"));
  assert.deepEqual(spoken(announcements), ["6 new messages, last Bob: Me too"]);
});

test("a message that came after the last text begins a new sum", () => {
  const announcements = new Announcements();
  announcements.addMessage(says("Ada", "one"));
  assert.equal(announcements.next(), "Ada: one");
  announcements.addMessage(says("Ada", "two"));
  assert.equal(announcements.next(), "Ada: two");
});

test("only the message that is spoken is asked for its text", () => {
  const announcements = new Announcements();
  announcements.addMessage({username: "Ada", text: () => assert.fail("not spoken")});
  announcements.addMessage(says("Bob", "the last"));
  assert.equal(announcements.next(), "2 new messages, last Bob: the last");
});

test("a long message is cut", () => {
  const announcements = new Announcements();
  announcements.addMessage({username: "Ada", text: (maxCharacters) => String(maxCharacters)});
  assert.equal(announcements.next(), "Ada: 300");
});

test("missed messages are a count, before the new ones", () => {
  const announcements = new Announcements();
  announcements.addMessage(says("Ada", "new"));
  announcements.addMissed();
  announcements.addMissed();
  announcements.add("The connection is back");
  assert.deepEqual(spoken(announcements), [
    "The connection is back",
    "2 messages came while you were away",
    "Ada: new",
  ]);
});

test("a text that already waits is not repeated, and of too many the newest are spoken", () => {
  const announcements = new Announcements();
  announcements.add("Sent");
  announcements.add("Sent");
  announcements.add("");
  assert.deepEqual(spoken(announcements), ["Sent"]);
  for (let number = 1; number <= 20; number++) announcements.add(`text ${number}`);
  assert.deepEqual(
    spoken(announcements),
    [13, 14, 15, 16, 17, 18, 19, 20].map((number) => `text ${number}`),
  );
});

test("who came is said after everything else, in a small room", () => {
  const announcements = new Announcements();
  announcements.addPresence("Ada joined", 2);
  announcements.addPresence("Bob joined", 3);
  announcements.addMessage(says("Ada", "Hi"));
  assert.deepEqual(spoken(announcements), ["Ada: Hi", "Bob joined"]);
  announcements.addPresence("Cem joined", 13);
  assert.deepEqual(spoken(announcements), []);
});

test("an answer to the user is called so, and reactions that wait are one text", () => {
  const announcements = new Announcements();
  announcements.addReaction({username: "Bob", emoji: "👍"});
  announcements.addMessage({...says("Ada", "Hello"), isAnswer: true});
  assert.deepEqual(spoken(announcements), ["Ada answers you: Hello", "Bob reacted to your message with 👍"]);
  for (const emoji of ["🍰", "👍", "🎉"]) announcements.addReaction({username: "Cy", emoji});
  assert.deepEqual(spoken(announcements), ["3 reactions to your messages, last Cy: 🎉"]);
});
