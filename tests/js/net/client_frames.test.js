import assert from "node:assert/strict";
import test from "node:test";
import * as clientFrames from "../../../static/chat/net/client_frames.js";
import {clientFrames as fixtures, wire} from "../wire.js";

const builders = {...clientFrames};
const {message, client_id} = wire.message.frame;
// Of each function: its arguments, and the fixture that it must build.
const CASES = {
  messageFrame: [[message, client_id], "message"],
  editFrame: [[18, "Hello, *everybody*", "c-4"], "edit"],
  deleteFrame: [[18, "c-5"], "delete"],
  reactFrame: [[18, "\u{1f44b}", true, "c-6"], "react"],
  topicFrame: [["Cake at four", "c-7"], "topic"],
  roomNameFrame: [["Tea Party", "c-8"], "room_name"],
  historyBeforeFrame: [[18, 50], "history_older"],
  historyAfterFrame: [[18, 200], "history_newer"],
  renameFrame: [["bea"], "rename"],
  typingFrame: [[], "typing"],
  pingFrame: [[], "ping"],
};

test("the frames that the client builds are those of the fixtures", () => {
  assert.deepEqual(Object.keys(builders).sort(), Object.keys(CASES).sort(), "a function without a case");
  for (const [name, [values, fixture]] of Object.entries(CASES)) {
    assert.deepEqual(JSON.parse(builders[name](...values)), wire[fixture].frame, name);
  }
});

test("the client builds a frame of each type that the server accepts", () => {
  const built = Object.values(CASES).map(([, fixture]) => wire[fixture].frame.type);
  const accepted = fixtures.map(([, {type}]) => type);
  assert.deepEqual([...new Set(built)].sort(), [...new Set(accepted)].sort());
});
