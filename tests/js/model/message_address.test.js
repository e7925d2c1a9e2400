import assert from "node:assert/strict";
import {test} from "node:test";
import {MessageAddress} from "../../../static/chat/model/message_address.js";

const address = new MessageAddress("/site/chat/lobby/");
const idIn = (/** @type {string} */ path) => address.idIn(new URL(path, "https://chat.example"));

test("a message has a path", () => {
  assert.equal(address.pathOf(17), "/site/chat/lobby/17");
  assert.equal(idIn(address.pathOf(17)), 17);
});

test("the older addresses work, and lead on from a page of one message", () => {
  assert.equal(idIn("/site/chat/lobby/#message-17"), 17);
  assert.equal(idIn("/site/chat/lobby/5#message-17"), 17);
});

test("other addresses name no message of this room", () => {
  const others = ["/site/chat/lobby/", "/site/chat/lobby/#messages", "/site/chat/lobby/17?x=1", "/chat/lobby/17"];
  for (const path of [...others, "/site/chat/garden/17", "/site/chat/lobby/x17", "/site/chat/lobby/1/2"]) {
    assert.equal(idIn(path), null, path);
  }
  assert.equal(idIn(`/site/chat/lobby/${"9".repeat(16)}`), null);
});
