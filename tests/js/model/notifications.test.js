import assert from "node:assert/strict";
import test from "node:test";
import {isWanted, levelOf} from "../../../static/chat/model/notifications.js";

const MENTION = '<p dir="auto">hi <span class="mention" data-username="Ada">@Ada</span>, not bob</p>';

test("a room's level says which messages are wanted; a room without one, or with another value, is off", () => {
  assert.deepEqual(
    ["off", "mentions", "all"].map((level) => isWanted(level, MENTION, "ada")),
    [false, true, true],
  );
  assert.equal(isWanted("mentions", MENTION, "bob"), false);
  assert.deepEqual(
    ["tea", "zoo", "constructor"].map((room) => levelOf({tea: "all", zoo: "x-mark"}, room)),
    ["all", "off", "off"],
  );
});
