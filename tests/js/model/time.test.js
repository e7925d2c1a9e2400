import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin"; // before the first formatter: the reader's zone is not the server's
const {beginsDay, clockTime, isContinued, dayName, fullTime, parseTimestamp} = await import(
  "../../../static/chat/model/time.js"
);

const said = (timestamp, fields = {}) => ({author: "a1", username: "ada", timestamp, ...fields});
const noon = said("2026-11-23T11:00:00.000Z");

test("one person's messages within five minutes share a heading", () => {
  assert.equal(isContinued(noon, said("2026-11-23T11:04:59.999Z")), true);
  assert.equal(isContinued(noon, said("2026-11-23T11:05:00.000Z")), false);
});

test("another person, or another name of the same one, begins a heading", () => {
  assert.equal(isContinued(noon, said("2026-11-23T11:01:00.000Z", {author: "b2"})), false);
  assert.equal(isContinued(noon, said("2026-11-23T11:01:00.000Z", {username: "ada-2"})), false);
});

test("the first message has a heading and a day", () => {
  assert.equal(isContinued(undefined, noon), false);
  assert.equal(beginsDay(undefined, noon), true);
});

test("a day begins at the reader's midnight, not at the server's", () => {
  const before = said("2026-11-23T22:59:00.000Z"); // 23:59 in Berlin
  const after = said("2026-11-23T23:01:00.000Z"); // 00:01 in Berlin
  const utc = said("2026-11-24T00:01:00.000Z"); // 01:01 in Berlin
  assert.equal(beginsDay(before, after), true);
  assert.equal(isContinued(before, after), false);
  assert.equal(beginsDay(after, utc), false);
});

test("today and yesterday have their names, also when the clocks change in between", () => {
  const monday = new Date(2026, 9, 26, 0, 30);
  assert.equal(dayName(new Date(2026, 9, 26, 23, 0), monday), "Today");
  assert.equal(dayName(new Date(2026, 9, 25, 0, 10), monday), "Yesterday"); // a day of 25 hours
  assert.match(dayName(new Date(2026, 9, 24, 23, 50), monday), /24/);
  assert.match(dayName(new Date(2025, 9, 26, 12, 0), monday), /2025/);
});

test("a clock that runs ahead does not tear a heading apart", () => {
  assert.equal(isContinued(noon, said("2026-11-23T10:59:00.000Z")), true);
});

test("what is no time at all is long ago, and breaks nothing", () => {
  for (const timestamp of ["", "yesterday", "2026-13-01T00:00:00Z", "<script>"]) {
    assert.equal(parseTimestamp(timestamp).getTime(), 0);
    assert.match(fullTime(parseTimestamp(timestamp)) + clockTime(parseTimestamp(timestamp)), /1970/);
    assert.equal(beginsDay(noon, said(timestamp)), true);
    assert.equal(isContinued(said(timestamp), noon), false);
  }
});
