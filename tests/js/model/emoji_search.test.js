import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {EmojiList} from "../../../static/chat/model/emoji_search.js";
import {TONES, withTone} from "../../../static/chat/model/skin_tones.js";

const read = (path) => JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8"));
const [en, de] = ["en", "de"].map((language) => new EmojiList(read(`static/chat/emoji/${language}.json`)));
const first = (list, query) => list.search(query, 1)[0]?.emoji;

test("an emoji is found by its name, by the beginning of it, and by the name between colons", () => {
  for (const query of ["waving hand", "wave", "wav", ":wave:", "Waving", "hand waving"]) {
    assert.equal(first(en, query), "👋", query);
  }
  assert.equal(first(en, "+1"), "👍");
  assert.equal(first(en, "heart"), "❤️");
  assert.equal(first(en, "tada"), "🎉");
  assert.equal(first(en, "pinata"), "🪅");
  assert.equal(first(en, "germany"), "🇩🇪");
});

test("it is found by keywords, and inside a word of three letters or more", () => {
  assert.ok(en.search("lol", 50).some(({emoji}) => emoji === "😂"));
  assert.ok(en.search("melon", 50).some(({emoji}) => emoji === "🍉"));
  assert.ok(!en.search("el", 500).some(({emoji}) => emoji === "🍉"));
});

test("the page's language counts, and the names between colons in every language", () => {
  assert.equal(first(de, "winkende"), "👋");
  assert.equal(first(de, "wave"), "👋");
  assert.equal(first(de, "daumen hoch"), "👍");
  assert.ok(de.search("Geburtstag", 50).some(({emoji}) => emoji === "🎂"));
  assert.ok(
    de.search("frohlich", 50).some(({emoji}) => emoji === "😀"),
    "without accents",
  );
});

test("all words must fit, nothing typed finds nothing, and a limit holds", () => {
  assert.deepEqual(en.search("waving xyzzy", 5), []);
  for (const query of ["", "  ", "::", "_"]) assert.deepEqual(en.search(query, 5), []);
  assert.equal(en.search("face", 7).length, 7);
});

test("a name between colons leads to one emoji, in any case", () => {
  assert.equal(en.byCode("wave").emoji, "👋");
  assert.equal(en.byCode("Wave").emoji, "👋");
  assert.equal(en.byCode("8080"), undefined);
  assert.equal(en.find("👋").codes[0], "wave");
  assert.equal(en.find("☝🏽").emoji, "☝️", "in any skin tone");
});

test("skin tones are what Unicode lists, for each emoji that has them", () => {
  const listed = new Map(read("node_modules/emojibase-data/en/data.json").map((emoji) => [emoji.label, emoji.skins]));
  const toned = en.groups.flatMap(({emoji}) => emoji).filter(({hasTones}) => hasTones);
  assert.ok(toned.length > 200);
  for (const {emoji, name} of toned) {
    assert.equal(withTone(emoji, "none"), emoji);
    const expected = TONES.slice(1).map((_, index) => listed.get(name).find(({tone}) => tone === index + 1).emoji);
    const made = TONES.slice(1).map((tone) => withTone(emoji, tone));
    assert.deepEqual(made, expected, name);
  }
});
