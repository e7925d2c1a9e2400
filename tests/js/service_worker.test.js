import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../static/chat/service_worker.js", import.meta.url), "utf8");

/** The worker of a site, with tabs at some addresses. */
function start(...urls) {
  const handlers = {};
  const opened = [];
  const tabs = urls.map((url) => ({url, focus: () => opened.push(`focus ${url}`)}));
  const clients = {matchAll: async () => tabs, openWindow: (url) => opened.push(`open ${url}`)};
  const SITE = {version: "1", path: "/talk", files: [], offlinePage: "/talk/offline/"};
  const self = {SITE, clients, addEventListener: (name, handler) => Object.assign(handlers, {[name]: handler})};
  vm.runInNewContext(SOURCE, {self, URL, location: new URL("https://example.org/talk/service-worker.js")});
  return {opened, dispatch: (name, event) => new Promise((done) => handlers[name]({...event, waitUntil: done}))};
}

test("a notification leads to its room, in the tab that has it, or in a new one", async () => {
  // Regression: on Android, where only the worker gets the click, nothing happened.
  const room = "https://example.org/talk/chat/lobby/";
  for (const [urls, expected] of [
    [["https://example.org/talk/chat/other/", `${room}#message-2`], `focus ${room}#message-2`],
    [["https://example.org/talk/chat/other/"], "open /talk/chat/lobby/"],
  ]) {
    const {opened, dispatch} = start(...urls);
    const notification = {data: "/talk/chat/lobby/", close: () => opened.push("close")};
    await await dispatch("notificationclick", {notification});
    assert.deepEqual(opened, ["close", expected]);
  }
});
