import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin"; // set before the first formatter is created
process.env.LC_ALL = "en_US.UTF-8";
const {beginsDay, clockTime, isContinued, dayName, fullTime, parseTimestamp, setClock} = await import(
  "../../../static/chat/model/time.js"
);

const heading = (timestamp, fields = {}) => ({author: "a1", username: "ada", timestamp, ...fields});
const noon = heading("2026-11-23T11:00:00.000Z");

test("one person's messages within five minutes share a heading", () => {
  assert.equal(isContinued(noon, heading("2026-11-23T11:04:59.999Z")), true);
  assert.equal(isContinued(noon, heading("2026-11-23T11:05:00.000Z")), false);
});

test("another author, or another name of the same author, begins a heading", () => {
  assert.equal(isContinued(noon, heading("2026-11-23T11:01:00.000Z", {author: "b2"})), false);
  assert.equal(isContinued(noon, heading("2026-11-23T11:01:00.000Z", {username: "ada-2"})), false);
});

test("the first message has a heading and a day", () => {
  assert.equal(isContinued(undefined, noon), false);
  assert.equal(beginsDay(undefined, noon), true);
});

test("a day begins at the reader's midnight, not at the server's", () => {
  const before = heading("2026-11-23T22:59:00.000Z"); // 23:59 in Berlin
  const after = heading("2026-11-23T23:01:00.000Z"); // 00:01 in Berlin
  const utc = heading("2026-11-24T00:01:00.000Z"); // 01:01 in Berlin
  assert.equal(beginsDay(before, after), true);
  assert.equal(isContinued(before, after), false);
  assert.equal(beginsDay(after, utc), false);
});

test("today and yesterday are named so, also across a change of the clocks", () => {
  const monday = new Date(2026, 9, 26, 0, 30);
  assert.equal(dayName(new Date(2026, 9, 26, 23, 0), monday), "Today");
  assert.equal(dayName(new Date(2026, 9, 25, 0, 10), monday), "Yesterday"); // a day of 25 hours
  assert.match(dayName(new Date(2026, 9, 24, 23, 50), monday), /24/);
  assert.match(dayName(new Date(2025, 9, 26, 12, 0), monday), /2025/);
});

test("with the 24-hour clock no time has a.m. or p.m., and midnight is 00", () => {
  const [late, midnight] = [new Date(2026, 10, 23, 21, 5), new Date(2026, 10, 23, 0, 5)];
  assert.match(clockTime(late), /9:05.PM/); // the locale of this test is en-US
  setClock("24h");
  assert.deepEqual([clockTime(late), clockTime(midnight)], ["21:05", "00:05"]);
  assert.match(fullTime(late), /21:05:00/);
  setClock("locale");
  assert.match(clockTime(late), /9:05.PM/);
});

test("messages with reversed times share a heading", () => {
  assert.equal(isContinued(noon, heading("2026-11-23T10:59:00.000Z")), true);
});

test("an invalid timestamp is in 1970, and breaks nothing", () => {
  for (const timestamp of ["", "yesterday", "2026-13-01T00:00:00Z", "<script>"]) {
    assert.equal(parseTimestamp(timestamp).getTime(), 0);
    assert.match(fullTime(parseTimestamp(timestamp)) + clockTime(parseTimestamp(timestamp)), /1970/);
    assert.equal(beginsDay(noon, heading(timestamp)), true);
    assert.equal(isContinued(heading(timestamp), noon), false);
  }
});
