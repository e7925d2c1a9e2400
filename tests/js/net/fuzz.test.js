import assert from "node:assert/strict";
import test from "node:test";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {parseFrame} from "../../../static/chat/net/server_frames.js";
import {ValidationError} from "../../../static/chat/net/validation.js";
import {randomIntegers} from "../random.js";
import {wire} from "../wire.js";

const FRAMES = Object.values(wire).map(({frame}) => frame);
// JSON text of values. No encoder writes many of these.
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

/** A frame in which one value, at any depth, is replaced by another value. */
function retyped(frame, pick, random) {
  const text = JSON.stringify(frame);
  const values = [...text.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"|[-\d.]+|true|false|null|\{\}|\[\])(?=[,\]}])/g)];
  const {0: old, index} = pick(values);
  return (
    text.slice(0, index) + (random(4) ? pick(VALUES) : JSON.stringify(pick(FRAMES))) + text.slice(index + old.length)
  );
}

/** The text of a frame in which a part is removed or doubled, or a piece is inserted. */
function mangled(frame, pick, random) {
  const text = JSON.stringify(frame);
  const [start, stop] = [random(text.length), random(text.length)].sort((a, b) => a - b);
  return (
    text.slice(0, random(2) ? start : stop) + (random(2) ? pick(PIECES) : "") + text.slice(random(2) ? start : stop)
  );
}

/** A frame without one of its fields. */
function shortened(frame, pick) {
  const {[pick(Object.keys(frame))]: _, ...rest} = frame;
  return JSON.stringify(rest);
}

test("any text gives a checked frame or a ValidationError, and the timeline stays in order", () => {
  const random = randomIntegers(5);
  const pick = (list) => list[random(list.length)];
  const count = {accepted: 0, refused: 0};
  let timeline = new Timeline({messages: [], lastId: 10, hasOldest: false});
  for (let round = 0; round < 3000; round++) {
    if (round % 50 === 0) timeline = new Timeline({messages: [], lastId: 10, hasOldest: false});
    const text = pick([retyped, retyped, mangled, shortened])(pick(FRAMES), pick, random);
    let frame;
    try {
      frame = parseFrame(text);
    } catch (error) {
      assert.ok(error instanceof ValidationError, `${text.slice(0, 300)}: ${error}`);
      count.refused++;
      continue;
    }
    count.accepted++;
    apply(timeline, frame);
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

/** What the frame handlers do to the timeline. */
function apply(timeline, frame) {
  if (frame.type === "welcome") timeline.resume(frame.last_id);
  else if (frame.type === "history") timeline.receivePage(frame);
  else timeline.receive(frame);
  timeline.startOlderRequest();
}

test("a history page holds stored events only, and no history page at any depth", () => {
  const page = wire.history_page_newest.frame;
  for (const {frame} of Object.values(wire).filter(({direction, frame: {id}}) => direction === "server" && !id)) {
    assert.throws(() => parseFrame(JSON.stringify({...page, events: [frame]})), ValidationError, frame.type);
  }
  const deep = `${'{"type":"history","complete":true,"events":['.repeat(20_000)}${"]}".repeat(20_000)}`;
  assert.throws(() => parseFrame(deep), ValidationError);
});
