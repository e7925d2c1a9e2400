import assert from "node:assert/strict";
import test from "node:test";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {parseFrame} from "../../../static/chat/net/server_frames.js";
import {ValidationError} from "../../../static/chat/net/validation.js";
import {wire} from "../wire.js";

const FRAMES = Object.values(wire).map(({frame}) => frame);
// As they stand in the text: much of this no encoder would write.
const VALUES = [
  "null",
  "true",
  "0",
  "-1",
  "1.5",
  "1e400",
  "9007199254740993",
  '""',
  '"x"',
  "[]",
  "{}",
  "[null]",
  "[[]]",
];
VALUES.push(
  '{"id":1}',
  '"\\ud800"',
  '"\\u0000"',
  '"constructor"',
  '"__proto__"',
  '"history"',
  "NaN",
  "'x'",
  "9".repeat(400),
);
VALUES.push("[".repeat(50_000), `${"[".repeat(5000)}${"]".repeat(5000)}`);
const PIECES = ['"', "{", "}", "[", "]", ",", ":", "\\", "\0", "\n", "\ud800", "9", "-", '"__proto__":{},'];

/** Chance that is the same each time (mulberry32): a whole number below `most`. */
function chance(seed) {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
}

/** A frame with one value, at any depth, put in the place of another. */
function retyped(frame, pick, random) {
  const text = JSON.stringify(frame);
  const values = [...text.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"|[-\d.]+|true|false|null|\{\}|\[\])(?=[,\]}])/g)];
  const {0: old, index} = pick(values);
  return (
    text.slice(0, index) + (random(4) ? pick(VALUES) : JSON.stringify(pick(FRAMES))) + text.slice(index + old.length)
  );
}

/** The text of a frame with some of it gone, or doubled, or something put in. */
function mangled(frame, pick, random) {
  const text = JSON.stringify(frame);
  const [start, stop] = [random(text.length), random(text.length)].sort((a, b) => a - b);
  return (
    text.slice(0, random(2) ? start : stop) + (random(2) ? pick(PIECES) : "") + text.slice(random(2) ? start : stop)
  );
}

/** A frame without one of its fields. */
function lacking(frame, pick) {
  const {[pick(Object.keys(frame))]: _, ...rest} = frame;
  return JSON.stringify(rest);
}

test("whatever comes from a server is a checked frame or a ValidationError, and the timeline stays in order", () => {
  const random = chance(5);
  const pick = (list) => list[random(list.length)];
  const count = {accepted: 0, refused: 0};
  let timeline = new Timeline({messages: [], lastId: 10, complete: false});
  for (let round = 0; round < 3000; round++) {
    if (round % 50 === 0) timeline = new Timeline({messages: [], lastId: 10, complete: false});
    const text = pick([retyped, retyped, mangled, lacking])(pick(FRAMES), pick, random);
    let frame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      assert.ok(error instanceof ValidationError, `${text.slice(0, 300)}: ${error}`);
      count.refused++;
      continue;
    }
    count.accepted++;
    use(timeline, frame);
    const ids = timeline.messages.map(({id}) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      text,
    );
    assert.ok(Number.isSafeInteger(timeline.lastId), text);
  }
  assert.ok(count.accepted > 300 && count.refused > 300, JSON.stringify(count));
});

/** What the session does with a frame, as far as the order of events goes. */
function use(timeline, frame) {
  if (frame.type === "welcome") timeline.resume(frame.last_id);
  else if (frame.type === "history") timeline.receivePage(frame);
  else timeline.receive(frame);
  timeline.startGapRequest();
}

test("a page of history holds events and nothing else, least of all a page that holds a page that holds a page", () => {
  const page = wire.history_page_newest.frame;
  for (const {frame} of Object.values(wire).filter(({direction, frame: {id}}) => direction === "server" && !id)) {
    assert.throws(() => parseFrame(JSON.stringify({...page, events: [frame]})), ValidationError, frame.type);
  }
  const deep = `${'{"type":"history","complete":true,"events":['.repeat(20_000)}${"]}".repeat(20_000)}`;
  assert.throws(() => parseFrame(deep), ValidationError);
});
