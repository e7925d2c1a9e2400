import assert from "node:assert/strict";
import {test} from "node:test";

import {findTrigger, matchingPeople, peopleToMention, typedCode} from "../../../static/chat/model/completion.js";

/** The trigger at the `|` of a text. */
function triggerAt(marked) {
  const caret = marked.indexOf("|");
  return findTrigger(marked.replace("|", ""), caret);
}

/** What would be replaced, with the query. */
function found(marked) {
  const trigger = triggerAt(marked);
  return trigger && [trigger.kind, trigger.query, marked.replace("|", "").slice(trigger.start, trigger.end)];
}

test("a name between colons is completed from its second character on, anywhere in a text", () => {
  assert.deepEqual(found(":wa|"), ["emoji", "wa", ":wa"]);
  assert.deepEqual(found("hi (:wav| there"), ["emoji", "wav", ":wav"]);
  assert.deepEqual(found("a\n:+1|"), ["emoji", "+1", ":+1"]);
  assert.deepEqual(found(":wa|ve"), ["emoji", "wa", ":wave"]);
  assert.deepEqual(found(":größ|"), ["emoji", "größ", ":größ"]);
  assert.equal(found(":w|"), null);
});

test("times, ports, addresses, faces and code are no emoji", () => {
  for (const text of [
    ":8080|",
    "localhost:80|",
    "10:30:45|",
    "http:ab|",
    "http://ab|",
    ":)|",
    ":-)|",
    ":D|",
    "x:wave|",
    "::wave|",
    "\\:wave|",
    "`:wave|",
    "```\n:wave|",
    "a `b` and `c :wave|",
    ": wave|",
  ]) {
    assert.equal(triggerAt(text), null, text);
  }
});

test("behind code, and beside a backtick that opens nothing, there is completion again", () => {
  for (const text of ["`a` :wave|", "```\na\n```\n:wave|", "don`t :wave|", "a `b\n\n:wave|", "``a ` b`` :wave|"]) {
    assert.equal(triggerAt(text)?.query, "wave", text);
  }
});

test("a person is completed from the @ on, also a name with blanks and in quotes", () => {
  assert.deepEqual(found("@|"), ["person", "", "@"]);
  assert.deepEqual(found("@|next"), ["person", "", "@"]);
  assert.deepEqual(found("hi @ad|, look"), ["person", "ad", "@ad"]);
  assert.deepEqual(found("@a|da"), ["person", "a", "@ada"]);
  assert.deepEqual(found("(@Ada Lov|"), ["person", "Ada Lov", "@Ada Lov"]);
  assert.deepEqual(found('@"Ada Lov|'), ["person", "Ada Lov", '@"Ada Lov']);
  assert.deepEqual(found("@„Ada|"), ["person", "Ada", "@„Ada"]);
});

test("addresses, paths, code and finished quotes complete nobody", () => {
  for (const text of ["ada@ex|", "path/@ad|", "\\@ad|", "`@ad|", '@"Ada" |', "@ada\n|", "@@ad|", "@ada@ex|"]) {
    assert.equal(triggerAt(text), null, text);
  }
});

test("what ends in a colon may be an emoji, if nothing that counts or names a place stands in front", () => {
  const code = (text) => typedCode(text, text.length)?.code;
  assert.deepEqual([":wave:", "hi :+1:", "(:100:", ":piñata:"].map(code), ["wave", "+1", "100", "piñata"]);
  for (const text of ["10:30:", "a:wave:", "http://a:80:", "::", ": a:", "`:wave:", "```\n:wave:", "\\:wave:"]) {
    assert.equal(code(text), undefined, text);
  }
  assert.deepEqual(typedCode("a :wave: b", 8), {code: "wave", start: 2, end: 8});
});

const member = (username, author = username) => ({username, author});

test("those who are here and wrote last come first, then who is here, then who wrote and left; never the user", () => {
  const here = ["ada", "bob", "carol", "me"].map((name) => member(name));
  const authors = ["gone", "bob", "me", "carol", "gone2", "bob"].map((name) => member(name));
  const people = peopleToMention(here, authors, (author) => author === "me");
  assert.deepEqual(people, ["bob", "carol", "ada", "gone2", "gone"]);
});

test("a name is offered once, as the person who is here writes it", () => {
  const people = peopleToMention([member("Bob", "b2")], [member("bob", "b1"), member("bobby", "b2")], () => false);
  assert.deepEqual(people, ["Bob"]);
});

test("the best match comes first, and behind a blank only names that go on like that", () => {
  const people = ["Bada", "Ada Lovelace", "ada", "Zoë"];
  assert.deepEqual(matchingPeople("ad", people), ["ada", "Ada Lovelace", "Bada"]);
  assert.deepEqual(matchingPeople("", people), people);
  assert.deepEqual(matchingPeople("zo", people), ["Zoë"]);
  assert.deepEqual(matchingPeople("ada l", people), ["Ada Lovelace"]);
  assert.deepEqual(matchingPeople("ada lovelace", people), ["Ada Lovelace"], "without quotes it is no mention");
  assert.deepEqual(matchingPeople("ada ", ["Ada Lovelace"]), ["Ada Lovelace"]);
});

test("nothing is offered where a mention is complete or no name goes on like that", () => {
  const people = ["Bada", "Ada Lovelace", "ada", "Zoë"];
  for (const query of ["ada", "ADA", "ada ", "zoë", "Ada Lovelace ", "ada hello", "hello ada"]) {
    assert.deepEqual(matchingPeople(query, people), [], query);
  }
});
