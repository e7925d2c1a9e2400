import assert from "node:assert/strict";
import test from "node:test";
import {writtenText} from "../../../static/chat/net/written_text.js";
import {message} from "../doubles.js";

const URL = "/chat/api/rooms/lobby/messages/";

/** A server whose page before an id ends with the message of another one. */
function server(events) {
  const asked = [];
  const getJson = async (url) => {
    asked.push(url);
    if (!events) throw new Error("The server cannot be reached.");
    return {events};
  };
  return {asked, getJson};
}

test("a message that came over the connection has its text", async () => {
  const http = server([]);
  assert.equal(await writtenText(http, URL, message(7, {message: "*hello*"})), "*hello*");
  assert.deepEqual(http.asked, []);
});

test("the server is asked for the text of a message that it rendered into the page", async () => {
  const http = server([message(7, {message: "*hello*"})]);
  assert.equal(await writtenText(http, URL, message(7, {message: ""})), "*hello*");
  assert.deepEqual(http.asked, [`${URL}?before=8&limit=1`]);
});

test("the text of another message is never taken for it", async () => {
  // Regression: when the owner had removed the message, "Copy text" copied the one before it.
  assert.equal(
    await writtenText(server([message(6, {message: "an older one"})]), URL, message(7, {message: ""})),
    null,
  );
});

test("without an answer, or with one that makes no sense, there is no text", async () => {
  for (const events of [undefined, "x", [], [{id: 7}], [{id: 7, message: 5}]]) {
    assert.equal(await writtenText(server(events), URL, message(7, {message: ""})), null);
  }
});
