import assert from "node:assert/strict";
import test from "node:test";
import {Announcer} from "../../../static/chat/view/announcer.js";
import {message} from "../doubles.js";

/** An announcer under fake timers. `spoken` has every text that a region showed, `hide` hides or shows the page. */
function createAnnouncer(t) {
  t.mock.timers.enable({apis: ["setTimeout"]});
  const spoken = [];
  globalThis.HTMLElement = class {
    replaceChildren(text) {
      spoken.push([this.id, text ?? ""]);
    }
  };
  const listeners = [];
  const elements = ["#announcer-polite", "#announcer-assertive"].map((id) => Object.assign(new HTMLElement(), {id}));
  globalThis.document = {
    hidden: false,
    querySelector: (selector) => elements.find(({id}) => id === selector),
    addEventListener: (_, listener) => listeners.push(listener),
  };
  const hide = (hidden) => {
    document.hidden = hidden;
    for (const listener of listeners) listener();
  };
  const texts = (id) => spoken.filter(([region]) => region === `#announcer-${id}`).map(([, text]) => text);
  return {announcer: new Announcer(), texts, hide, tick: (ms) => t.mock.timers.tick(ms)};
}

test("one text per half second, and messages that come together are summed up", (t) => {
  const {announcer, texts, tick} = createAnnouncer(t);
  announcer.messageArrived(message(1, {username: "Ada", html: "<p>one</p>"}));
  announcer.messageArrived(message(2, {username: "Bob", html: "<p>two</p>"}));
  tick(499);
  assert.deepEqual(texts("polite"), []);
  tick(1);
  assert.deepEqual(texts("polite"), ["2 new messages, last Bob: two"]);
  announcer.messageArrived(message(3, {username: "Ada", html: "<p>three</p>"}));
  announcer.say("Sent");
  tick(500);
  assert.deepEqual(texts("polite").slice(1), ["Sent"]);
  tick(500);
  assert.deepEqual(texts("polite").slice(2), ["Ada: three"]);
});

test("an alert does not wait for what is said politely", (t) => {
  const {announcer, texts, tick} = createAnnouncer(t);
  announcer.say("Sent");
  announcer.alert("Not sent: too fast");
  tick(0);
  assert.deepEqual([texts("polite"), texts("assertive")], [[], ["Not sent: too fast"]]);
});

test("the same text twice is spoken twice", (t) => {
  const {announcer, texts, tick} = createAnnouncer(t);
  announcer.say("Sent");
  tick(500);
  announcer.say("Sent");
  tick(500);
  assert.deepEqual(texts("polite"), ["Sent", "Sent"]);
});

test("what happens on a hidden page is summed up when it is shown", (t) => {
  const {announcer, texts, hide, tick} = createAnnouncer(t);
  hide(true);
  for (const id of [1, 2, 3]) {
    announcer.messageArrived(message(id, {username: "Ada", html: `<p>${id}</p>`}));
    tick(1000);
  }
  assert.deepEqual(texts("polite"), []);
  hide(false);
  tick(500);
  assert.deepEqual(texts("polite"), ["3 new messages, last Ada: 3"]);
});

test("a text leaves the page after a while", (t) => {
  const {announcer, texts, tick} = createAnnouncer(t);
  announcer.say("Sent");
  for (let second = 0; second < 15; second++) tick(1000);
  assert.deepEqual(texts("polite"), ["Sent", ""]);
});
