import assert from "node:assert/strict";
import test from "node:test";
import {SearchAsTyped} from "../../../static/chat/model/search_as_typed.js";

/** A search whose answers the test gives. */
function started(shown = {query: "", room: ""}) {
  const requests = [];
  const events = [];
  const actions = {
    search: ({query, room}, signal) =>
      new Promise((resolve, reject) => requests.push({query, room, signal, resolve, reject})),
    show: ({query}, result) => events.push(`${query}: ${result}`),
    fail: ({query}, error) => events.push(`${query}: ${error.message}`),
    clear: () => events.push("clear"),
  };
  return {requests, events, typed: new SearchAsTyped(actions, shown)};
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what is typed is searched for after a pause, once", (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const {requests, typed} = started();
  for (const query of ["d", "de", "dep"]) typed.changed({query, room: ""});
  t.mock.timers.tick(249);
  assert.equal(requests.length, 0);
  t.mock.timers.tick(1);
  assert.deepEqual(
    requests.map(({query}) => query),
    ["dep"],
  );
});

test("an answer that comes late is not shown, and its request is given up", async (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const {requests, events, typed} = started();
  typed.changed({query: "old", room: ""});
  t.mock.timers.tick(250);
  typed.changed({query: "new", room: ""});
  assert.equal(requests[0].signal.aborted, true);
  t.mock.timers.tick(250);
  requests[1].resolve("yes");
  requests[0].resolve("too late");
  await settled();
  assert.deepEqual(events, ["new: yes"]);
  typed.changed({query: "newer", room: ""});
  t.mock.timers.tick(250);
  typed.changed({query: "newest", room: ""});
  requests[2].reject(new Error("aborted"));
  await settled();
  assert.deepEqual(events, ["new: yes"]);
});

test("the same words again, and blanks at the ends, are no other search; another room is", (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const {requests, typed} = started({query: "deploy", room: ""});
  typed.changed({query: " deploy\u3000", room: ""});
  t.mock.timers.tick(250);
  assert.equal(requests.length, 0);
  typed.changed({query: "deploy", room: "ops"});
  t.mock.timers.tick(250);
  assert.deepEqual(
    requests.map(({query, room}) => [query, room]),
    [["deploy", "ops"]],
  );
});

test("Enter searches at once, and again after a failure, but not twice at a time", async (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const {requests, events, typed} = started();
  typed.changed({query: "x", room: ""});
  typed.submitted({query: "x", room: ""});
  typed.submitted({query: "x", room: ""});
  t.mock.timers.tick(250);
  assert.equal(requests.length, 1);
  requests[0].reject(new Error("no network"));
  await settled();
  assert.deepEqual(events, ["x: no network"]);
  typed.submitted({query: "x", room: ""});
  assert.equal(requests.length, 2);
});

test("an empty field shows nothing, at once, whatever is on its way", async (t) => {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const {requests, events, typed} = started();
  typed.submitted({query: "x", room: ""});
  typed.changed({query: " ", room: ""});
  requests[0].resolve("late");
  await settled();
  t.mock.timers.tick(250);
  assert.deepEqual(events, ["clear"]);
});
