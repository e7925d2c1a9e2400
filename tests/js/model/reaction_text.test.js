import assert from "node:assert/strict";
import test from "node:test";
import {reactionName, reactionPeople} from "../../../static/chat/model/reaction_text.js";

const reaction = (fields) => ({emoji: "👍", count: 1, people: ["ada"], ...fields});

test("the people are named in the order in which they reacted, the current user as you", () => {
  assert.equal(reactionPeople(reaction(), "eve"), "ada");
  assert.equal(reactionPeople(reaction({count: 3, people: ["eve", "ada", "bob"], mine: true}), "eve"), "ada, bob, you");
  assert.equal(reactionPeople(reaction({people: ["eve"], mine: true}), "eve"), "you");
});

test("somebody else of the same name is not the current user", () => {
  assert.equal(reactionPeople(reaction({people: ["eve"]}), "eve"), "eve");
  assert.equal(reactionPeople(reaction({count: 2, people: ["eve", "eve"], mine: true}), "eve"), "eve, you");
});

test("those that the server does not name are counted", () => {
  assert.equal(reactionPeople(reaction({count: 3, people: ["ada", "bob"]}), "eve"), "ada, bob and 1 other");
  const many = reaction({count: 40, people: Array.from({length: 20}, (_, index) => `p${index}`), mine: true});
  assert.match(reactionPeople(many, "eve"), /, p19, you and 19 others$/);
});

test("the accessible name says what, how often and who", () => {
  assert.equal(reactionName(reaction({count: 2, people: ["ada", "bob"]}), "eve"), "👍, 2: ada, bob");
});
