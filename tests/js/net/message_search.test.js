import assert from "node:assert/strict";
import {test} from "node:test";

import {parseFound} from "../../../static/chat/net/message_search.js";

const hit = {id: 2, username: "ada", timestamp: "t", room_name: "lobby", url: "/chat/lobby/2", excerpt: [["hi", true]]};

test("an answer has its messages, where to go on, and the names of the rooms that could not be searched", () => {
  const failed = [{room: "ops", room_name: "Ops"}];
  assert.deepEqual(parseFound({messages: [hit], cursor: "2", complete: false, not_searched: failed}), {
    hits: [hit],
    cursor: "2",
    notSearched: ["Ops"],
  });
});

test("an answer without one of its fields is an error", () => {
  const whole = {messages: [hit], cursor: null, complete: true, not_searched: []};
  assert.deepEqual(parseFound(whole).notSearched, []);
  for (const wrong of [
    {...whole, not_searched: undefined},
    {...whole, not_searched: [{room: "ops"}]},
    {...whole, messages: [{...hit, id: "2"}]},
    {...whole, cursor: 2},
  ])
    assert.throws(() => parseFound(wrong));
});
