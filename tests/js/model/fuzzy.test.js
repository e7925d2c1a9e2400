import assert from "node:assert/strict";
import test from "node:test";
import {folded} from "../../../static/chat/model/folded.js";
import {fuzzyFilter, fuzzyScore} from "../../../static/chat/model/fuzzy.js";

const ROOMS = [
  "lobby",
  "Allotment 14",
  "Recipes",
  "Tool shed",
  "Compost and other ideas",
  "Büro Köln",
  "Bees",
  "Le thé",
];
const find = (query) => fuzzyFilter(query, ROOMS, (name) => name);

test("nothing typed leaves all, in their order", () => {
  assert.deepEqual(find(""), ROOMS);
  assert.deepEqual(find("  "), ROOMS);
});

test("a name is found by its beginning, by a part, by the first letters of its words, and by letters in order", () => {
  assert.equal(find("rec")[0], "Recipes");
  assert.equal(find("shed")[0], "Tool shed");
  assert.equal(find("ts")[0], "Tool shed");
  assert.equal(find("cai")[0], "Compost and other ideas");
  assert.equal(find("tool sh")[0], "Tool shed");
  assert.equal(find("al14")[0], "Allotment 14");
});

test("case and accents do not matter", () => {
  assert.equal(find("BURO koln")[0], "Büro Köln");
  assert.equal(find("thé")[0], "Le thé");
  assert.equal(folded(" Büro "), "buro");
});

test("letters that a name does not have, or has in another order, are no match", () => {
  assert.deepEqual(find("xyz"), []);
  assert.equal(fuzzyScore("sb", "Bees"), null);
});

test("a beginning is better than a word within, and that better than letters apart", () => {
  const names = ["the best bees", "b.e.e", "bees"];
  assert.deepEqual(
    fuzzyFilter("bee", names, (name) => name),
    ["bees", "b.e.e", "the best bees"].sort((a, b) => fuzzyScore("bee", b) - fuzzyScore("bee", a)),
  );
  assert.equal(fuzzyFilter("bee", names, (name) => name)[0], "bees");
});

test("a long name is searched in no time", () => {
  const names = Array.from({length: 1000}, (_, index) => `${"ab ".repeat(20)}${index}`);
  assert.equal(fuzzyFilter("999", names, (name) => name)[0], `${"ab ".repeat(20)}999`);
});
