import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import * as protocol from "../../../static/chat/net/protocol.js";
import {FrameError} from "../../../static/chat/net/validation.js";

const wire = JSON.parse(readFileSync(new URL("../../fixtures/wire.json", import.meta.url), "utf8"));
const fromServer = Object.entries(wire).filter(([, {direction}]) => direction === "server");
const errors = fromServer.map(([, {frame}]) => frame).filter(({type}) => type === "error");

for (const [name, {frame}] of fromServer) {
  test(`the server's ${name} is understood as it is`, () => {
    const parsed = protocol.parseFrame(JSON.stringify(frame));
    if (frame.type === "unknown") assert.equal(parsed.id, frame.id);
    else assert.deepEqual(parsed, frame);
  });

  test(`the server's ${name} is refused when a field has another kind`, () => {
    for (const field of Object.keys(frame).filter((key) => !["timestamp", "room", "joined", "left"].includes(key))) {
      if (frame.type === "unknown" || (frame.type === "clear" && field === "timestamp")) continue;
      const broken = {...frame, [field]: {not: "this"}};
      assert.throws(() => protocol.parseFrame(JSON.stringify(broken)), FrameError, `${name}.${field}`);
    }
  });
}

test("every error code of the fixtures is in the table, with the same answer to 'may it be sent again?'", () => {
  assert.deepEqual(Object.fromEntries(errors.map(({code, retry}) => [code, retry])), {...protocol.ERRORS});
});

test("the frames that the client builds are the ones in the fixtures", () => {
  const {message, client_id} = wire.message.frame;
  assert.deepEqual(JSON.parse(protocol.messageFrame(message, client_id)), wire.message.frame);
  assert.deepEqual(JSON.parse(protocol.olderFrame(18, 50)), wire.history_older.frame);
  assert.deepEqual(JSON.parse(protocol.newerFrame(18, 200)), wire.history_newer.frame);
  assert.deepEqual(JSON.parse(protocol.renameFrame("bea")), wire.rename.frame);
  assert.deepEqual(JSON.parse(protocol.typingFrame()), wire.typing.frame);
  assert.deepEqual(JSON.parse(protocol.pingFrame()), wire.ping.frame);
});

test("text that is not a JSON object is refused", () => {
  for (const text of ["", "hello", "[]", "3", "null", '"ping"', "{}", '{"type":7}']) {
    assert.throws(() => protocol.parseFrame(text), FrameError, text);
  }
});

test("an event of an unknown type keeps its id, and so its place in the order", () => {
  assert.deepEqual(protocol.parseFrame('{"type":"reaction","id":7,"emoji":"x"}'), {
    type: "unknown",
    name: "reaction",
    id: 7,
  });
});

test("a type that is a property of every object is still unknown", () => {
  assert.deepEqual(protocol.parseFrame('{"type":"constructor"}'), {type: "unknown", name: "constructor"});
});

test("a broken event spoils the page of history that holds it", () => {
  const page = {...wire.history_page_older.frame, events: [{type: "message", id: "17"}]};
  assert.throws(() => protocol.parseFrame(JSON.stringify(page)), FrameError);
});

test("only close codes from 4100 to 4199 are final", () => {
  const codes = [1000, 1006, 1012, 4000, 4002, 4008, 4009, 4099, 4100, 4101, 4199, 4200];
  assert.deepEqual(codes.filter(protocol.isFinal), [4100, 4101, 4199]);
});
