import assert from "node:assert/strict";
import {test} from "node:test";

import {EmojiSource} from "../../../static/chat/net/emoji_source.js";

const FILE = {groups: [{name: "Hands", emoji: [["👋", "waving hand", "", "wave", 1]]}]};

test("the list is fetched once, and again after a failure", async () => {
  const answers = [Promise.reject(new Error("no network")), Promise.resolve(FILE)];
  const urls = [];
  const getJson = (url) => answers[urls.push(url) - 1];
  const source = new EmojiSource({getJson}, "/emoji.json");
  assert.equal(source.list, null);
  await assert.rejects(source.load(), /no network/);
  const [list, same] = await Promise.all([source.load(), source.load()]);
  assert.equal(list.byCode("wave").emoji, "👋");
  assert.equal(list, same);
  assert.equal(source.list, list);
  assert.deepEqual(urls, ["/emoji.json", "/emoji.json"]);
});
