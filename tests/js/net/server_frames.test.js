import assert from "node:assert/strict";
import test from "node:test";
import {frameDispatcher, frameParser, parseFrame, SERVER_FRAMES} from "../../../static/chat/net/server_frames.js";
import {requireString, ValidationError} from "../../../static/chat/net/validation.js";
import {serverFrames, wire} from "../wire.js";

const parse = (frame, parser = parseFrame) => parser(JSON.stringify(frame));
const pageOf = (...events) => ({...wire.history_page_newest.frame, events});

for (const [name, frame] of serverFrames) {
  test(`the server's ${name} is parsed unchanged`, () => {
    const parsed = parse(frame);
    if (frame.type === "unknown") assert.equal(parsed.id, frame.id);
    else assert.deepEqual(parsed, frame);
  });

  test(`the server's ${name} is refused when a field has another type`, () => {
    for (const field of Object.keys(frame).filter((key) => !["timestamp", "room", "joined", "left"].includes(key))) {
      if (frame.type === "unknown" || (frame.type === "clear" && field === "timestamp")) continue;
      const broken = {...frame, [field]: {not: "this"}};
      assert.throws(() => parse(broken), ValidationError, `${name}.${field}`);
    }
  });
}

test("the fixtures hold a frame of each type in the table, and of no other type", () => {
  const types = new Set(serverFrames.map(([, {type}]) => type));
  assert.deepEqual([...types].sort(), [...Object.keys(SERVER_FRAMES), "unknown"].sort());
});

test("a history page may hold the stored types of the table and no other type", () => {
  for (const [name, frame] of serverFrames) {
    if (frame.type === "unknown" || SERVER_FRAMES[frame.type].stored) assert.doesNotThrow(() => parse(pageOf(frame)));
    else assert.throws(() => parse(pageOf(frame)), ValidationError, name);
  }
});

// A new type is added in one place. Before the table had the column `stored`, a list elsewhere named the types that a
// page may hold: a stored type that was missing there passed live, and broke each history page that held it.

const EXTENDED = {
  ...SERVER_FRAMES,
  sticker: {stored: true, check: ({picture}) => requireString(picture, "picture")},
  wave: {stored: false, check: ({username}) => requireString(username, "username")},
};
const sticker = {type: "sticker", id: 19, picture: "x"};
const wave = {type: "wave", username: "ada"};

test("a stored type that is added to the table is valid live and in a history page, and is checked in both", () => {
  const parser = frameParser(EXTENDED);
  assert.deepEqual(parse(sticker, parser), sticker);
  assert.deepEqual(parse(pageOf(sticker), parser).events, [sticker]);
  for (const broken of [
    {...sticker, picture: 7},
    {...sticker, id: undefined},
    {...sticker, id: "19"},
  ]) {
    assert.throws(() => parse(broken, parser), ValidationError);
    assert.throws(() => parse(pageOf(broken), parser), ValidationError);
  }
});

test("a transient type that is added to the table is valid live, and refused in a history page", () => {
  const parser = frameParser(EXTENDED);
  assert.deepEqual(parse(wave, parser), wave);
  assert.throws(() => parse(pageOf(wave), parser), ValidationError);
});

test("a type that is not in the table is valid live and in a history page", () => {
  assert.deepEqual(parse(sticker), {type: "unknown", name: "sticker", id: 19});
  assert.deepEqual(parse(pageOf(sticker)).events, [{type: "unknown", name: "sticker", id: 19}]);
  assert.deepEqual(parse(pageOf(wave)).events, [{type: "unknown", name: "wave"}]);
});

test("a type without a handler, or a handler without a type, is an error at the start", () => {
  const handlers = Object.fromEntries([...Object.keys(SERVER_FRAMES), "unknown"].map((type) => [type, () => {}]));
  assert.doesNotThrow(() => frameDispatcher(SERVER_FRAMES, handlers));
  assert.throws(() => frameDispatcher(EXTENDED, handlers), /without a handler: sticker, wave/);
  assert.throws(() => frameDispatcher(SERVER_FRAMES, {...handlers, wave: () => {}}), /without a frame type: wave/);
  const {unknown: _, ...known} = handlers;
  assert.throws(() => frameDispatcher(SERVER_FRAMES, known), /without a handler: unknown/);
});

test("a frame goes to the handler of its type", () => {
  const seen = [];
  const types = [...Object.keys(SERVER_FRAMES), "unknown"];
  const handlers = Object.fromEntries(types.map((type) => [type, (frame) => seen.push([type, frame])]));
  const dispatch = frameDispatcher(SERVER_FRAMES, handlers);
  const frames = serverFrames.map(([, frame]) => frame);
  for (const frame of frames) dispatch(frame);
  assert.deepEqual(
    seen,
    frames.map((frame) => [frame.type, frame]),
  );
});

test("text that is not a JSON object is refused", () => {
  for (const text of ["", "hello", "[]", "3", "null", '"ping"', "{}", '{"type":7}']) {
    assert.throws(() => parseFrame(text), ValidationError, text);
  }
});

test("an event of an unknown type keeps its id, and so its place in the order", () => {
  assert.deepEqual(parseFrame('{"type":"sticker","id":7,"picture":"x"}'), {
    type: "unknown",
    name: "sticker",
    id: 7,
  });
});

test("a type that is a property of every object is still unknown", () => {
  assert.deepEqual(parseFrame('{"type":"constructor"}'), {type: "unknown", name: "constructor"});
});

test("a broken event makes the history page that holds it invalid", () => {
  const page = {...wire.history_page_older.frame, events: [{type: "message", id: "17"}]};
  assert.throws(() => parse(page), ValidationError);
});

test("the name that was asked for is a text, if it is there", () => {
  for (const {frame} of [wire.welcome_taken_name, wire.renamed_taken_name]) {
    assert.throws(() => parse({...frame, you: {...frame.you, asked: 7}}), ValidationError);
  }
});
