import assert from "node:assert/strict";
import {test} from "node:test";

import {CurrentUser} from "../../../static/chat/model/current_user.js";
import {MentionCounts} from "../../../static/chat/model/mention_counts.js";
import {MemoryStorage, message} from "../doubles.js";

const ADA = {username: "ada", author: "a1"};
const html = (username) => `<p dir="auto">hi <span class="mention" data-username="${username}">@${username}</span></p>`;
const said = (username, author = "b2") => message(1, {author, html: html(username)});

/** The counts of a page of the lobby. */
function createCounts({storage = new MemoryStorage(), seen = {}, unseen = []} = {}) {
  const current = {room: "lobby", unseen: () => unseen};
  const currentUser = new CurrentUser(ADA, () => {});
  return new MentionCounts({storage, seen: {get: (room) => seen[room] ?? 0}, current, currentUser});
}

test("mentions in other rooms are counted until as many messages were seen, in all tabs", () => {
  const [storage, seen] = [new MemoryStorage(), {tea: 3}];
  const [counts, otherTab] = [createCounts({storage, seen}), createCounts({storage, seen})];
  counts.add("tea", [said("ada"), said("bob"), said("Ada"), said("ada", ADA.author)], 5);
  counts.add("tea", [said("ada")], 8);
  counts.add("zoo", [said("bob")], 1);
  assert.deepEqual(
    ["tea", "zoo", "new"].map((room) => counts.unreadIn(room)),
    [3, 0, 0],
  );
  assert.equal(otherTab.unreadIn("tea"), 3);
  seen.tea = 5;
  assert.equal(counts.unreadIn("tea"), 1);
  seen.tea = 8;
  assert.equal(counts.unreadIn("tea"), 0);
  counts.add("tea", Array(200).fill(said("ada")), 300);
  assert.equal(counts.unreadIn("tea"), 99);
});

test("in the room of the page those among the unseen messages count", () => {
  assert.equal(createCounts({unseen: [said("ada"), said("bob"), said("ada", ADA.author)]}).unreadIn("lobby"), 1);
});

test("what another program stored counts nothing", () => {
  for (const stored of [null, 5, "x-mark", {tea: 5}, {tea: ["x-mark"]}]) {
    const counts = createCounts({storage: new MemoryStorage(stored)});
    assert.equal(counts.unreadIn("tea"), 0);
    assert.equal(counts.unreadIn("constructor"), 0);
  }
});
