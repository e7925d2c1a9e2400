import assert from "node:assert/strict";
import test from "node:test";
import {readCommand} from "../../../static/chat/model/commands.js";
import * as clientFrames from "../../../static/chat/net/client_frames.js";
import {clientFrames as fixtures, wire} from "../wire.js";

const builders = {...clientFrames};
const BY_FORM = ["topic", "room_name"]; // the page sets them by HTTP
const sent = fixtures.map(([, frame]) => frame).filter(({type}) => !BY_FORM.includes(type));
const commands = sent.filter(({client_id}) => client_id);
// Of each function: lists of its arguments, each with the frame that it must build.
const CASES = {
  commandFrame: commands.map(({client_id, ...command}) => [[command, client_id], {...command, client_id}]),
  historyBeforeFrame: [[[18, 50], wire.history_older.frame]],
  renameFrame: [[["bea"], wire.rename.frame]],
  typingFrame: [[[], wire.typing.frame]],
  pingFrame: [[[], wire.ping.frame]],
};

test("the frames that the client builds are those of the fixtures", () => {
  assert.deepEqual(Object.keys(builders).sort(), Object.keys(CASES).sort(), "a function without a case");
  for (const [name, cases] of Object.entries(CASES)) {
    for (const [values, frame] of cases) assert.deepEqual(JSON.parse(builders[name](...values)), frame, name);
  }
});

test("the client builds a frame of each type that the server accepts, except what a form sets", () => {
  const built = Object.values(CASES).flatMap((cases) => cases.map(([, {type}]) => type));
  const accepted = sent.map(({type}) => type);
  assert.deepEqual([...new Set(built)].sort(), [...new Set(accepted)].sort());
});

test("the outbox reads each command back from the browser's storage, with all of its fields", () => {
  for (const {client_id: _, ...command} of commands) assert.deepEqual(readCommand({command}), command);
});
