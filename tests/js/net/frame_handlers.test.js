import assert from "node:assert/strict";
import test from "node:test";
import {CurrentUser} from "../../../static/chat/model/current_user.js";
import {Members} from "../../../static/chat/model/members.js";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {RoomTitle} from "../../../static/chat/model/room_title.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {Delivery} from "../../../static/chat/net/delivery.js";
import {FrameHandlers} from "../../../static/chat/net/frame_handlers.js";
import {HistoryLoader} from "../../../static/chat/net/history_loader.js";
import {message, recordsOf, text} from "../doubles.js";
import {serverFrames, wire} from "../wire.js";

const ada = {username: "ada", author: "a1"};
const bea = {username: "bea", author: "b2"};
const welcome = {...wire.welcome.frame, you: ada, members: [ada, bea], last_id: 5};

/** A view that records the calls of its methods. */
function recorder(calls, view, ...methods) {
  const record = (method) => [method, (...values) => calls.push([`${view}.${method}`, ...values])];
  return Object.fromEntries(methods.map(record));
}

/** Frame handlers with real models and recording views, on a page that shows no message and was served at event 5. */
function createHandlers(t) {
  t.mock.timers.enable({apis: ["setTimeout", "Date"]});
  const [calls, sent] = [[], []];
  const send = (text) => sent.push(JSON.parse(text)) > 0;
  const currentUser = new CurrentUser(ada, () => {});
  const isMine = (author) => currentUser.isAuthor(author);
  const timeline = new Timeline({messages: [], lastId: 5, hasOldest: false, isMine});
  const title = new RoomTitle({name: "Lobby", topic: "", lastId: 5, onChange: () => calls.push(["title"])});
  const outbox = new Outbox(recordsOf(), "e1");
  const delivery = new Delivery(
    outbox,
    send,
    () => {},
    recorder(calls, "report", "failed", "delayed", "stored"),
    () => {},
  );
  const historyLoader = new HistoryLoader({timeline, send, maxPageEvents: 200, onTimeout: () => {}});
  const frameHandlers = new FrameHandlers({
    timeline,
    title,
    members: new Members(),
    currentUser,
    historyLoader,
    delivery,
    views: {
      messageList: recorder(calls, "messageList", "messageArrived", "messagesDeleted", "renderSoon"),
      members: recorder(calls, "members", "render", "announce"),
      typing: recorder(calls, "typing", "add", "remove", "clear"),
      status: recorder(calls, "status", "setDetail"),
      nameNotice: recorder(calls, "nameNotice", "update", "show", "say"),
      announcer: recorder(calls, "announcer", "messageArrived", "messageMissed", "reactionArrived", "presenceChanged"),
      notifier: recorder(calls, "notifier", "messageArrived"),
      notices: recorder(calls, "notices", "arrived", "addPage", "clear"),
      rooms: recorder(calls, "rooms", "update", "refresh"),
    },
    epoch: "e1",
    onWelcome: () => calls.push(["onWelcome"]),
    onGap: () => calls.push(["onGap"]),
  });
  const receive = (frame) => frameHandlers.receive(JSON.stringify(frame));
  const called = (name) => calls.filter(([call]) => call === name).map(([, ...values]) => values);
  return {frameHandlers, receive, called, sent, timeline, title, currentUser, outbox, delivery, historyLoader};
}

for (const [name, frame] of serverFrames) {
  test(`the server's ${name} has a handler that accepts it`, (t) => {
    const error = t.mock.method(console, "error", () => {});
    t.mock.method(console, "warn", () => {});
    const {receive} = createHandlers(t);
    receive(frame);
    assert.equal(error.mock.callCount(), 0);
  });
}

test("a frame that breaks the protocol is reported, and the next one is handled", (t) => {
  const error = t.mock.method(console, "error", () => {});
  const {frameHandlers, receive, timeline} = createHandlers(t);
  frameHandlers.receive("not JSON");
  receive({type: "message", id: "6"});
  assert.equal(error.mock.callCount(), 2);
  receive(message(6));
  assert.equal(timeline.lastId, 6);
});

test("a welcome opens the connection, and messages that waited are sent", (t) => {
  const {frameHandlers, receive, called, sent, delivery} = createHandlers(t);
  delivery.submit(text("hello"), "c1");
  receive({...welcome, epoch: "e2"});
  assert.equal(called("onWelcome").length, 1);
  assert.deepEqual(
    sent.map(({client_id}) => client_id),
    ["c1"],
  );
  assert.deepEqual(frameHandlers.resumeQuery, {since: "5", epoch: "e2"});
});

test("a message in flight when the connection closes is sent again after the next welcome", (t) => {
  const {frameHandlers, receive, called, sent, delivery} = createHandlers(t);
  receive(welcome);
  delivery.submit(text("hello"), "c1");
  frameHandlers.disconnected();
  assert.deepEqual(called("typing.clear"), [[]]);
  t.mock.timers.tick(60_000);
  assert.equal(sent.length, 1);
  receive(welcome);
  assert.deepEqual(
    sent.map(({client_id}) => client_id),
    ["c1", "c1"],
  );
});

test("a welcome with a reset drops what is held, and nothing is rendered before the history page", (t) => {
  const {receive, called, timeline} = createHandlers(t);
  receive(message(6));
  const rendered = called("messageList.renderSoon").length;
  receive({...welcome, last_id: 3, reset: true});
  assert.deepEqual(timeline.messages, []);
  assert.equal(called("messageList.renderSoon").length, rendered);
  receive({type: "history", events: [message(3)], complete: true});
  assert.equal(called("messageList.renderSoon").length, rendered + 1);
});

test("only a message of the current user is acknowledged, not one of another author with the same client_id", (t) => {
  const {receive, outbox, delivery} = createHandlers(t);
  delivery.submit(text("hello"), "c1");
  receive(message(6, {author: "b2", username: "bea", client_id: "c1"}));
  assert.equal(outbox.entries.length, 1);
  receive(message(7, {author: "a1", client_id: "c1"}));
  assert.equal(outbox.entries.length, 0);
});

test("messages of the current user in a history page are acknowledged", (t) => {
  const {receive, outbox, delivery} = createHandlers(t);
  delivery.submit(text("hello"), "c1");
  receive({type: "history", events: [message(4, {author: "a1", client_id: "c1"})], complete: true});
  assert.equal(outbox.entries.length, 0);
});

test("a message is announced to the list once, and ends the typing of its author", (t) => {
  const {receive, called} = createHandlers(t);
  receive(message(6));
  receive(message(6));
  assert.deepEqual(
    called("messageList.messageArrived").map(([{id}]) => id),
    [6],
  );
  assert.deepEqual(called("typing.remove")[0], ["ada"]);
});

test("a gap ends the connection, so that another one resumes in front of it, and an unknown event is no gap", (t) => {
  t.mock.method(console, "warn", () => {});
  const {frameHandlers, receive, called} = createHandlers(t);
  receive({type: "wave", id: 6});
  assert.equal(called("onGap").length, 0);
  receive(message(9));
  assert.equal(called("onGap").length, 1);
  assert.equal(frameHandlers.resumeQuery.since, "6");
  receive({...welcome, last_id: 9});
  for (const id of [7, 8, 9]) receive(message(id));
  assert.equal(called("onGap").length, 1);
  assert.equal(frameHandlers.resumeQuery.since, "9");
});

test("amendments change the messages, and acknowledge the commands of the current user", (t) => {
  const {receive, called, timeline, outbox, delivery} = createHandlers(t);
  receive(message(6));
  delivery.submit({type: "react", id: 6, emoji: "👍", on: true}, "c1");
  delivery.submit({type: "edit", id: 6, message: "Better"}, "c2");
  const rendered = called("messageList.renderSoon").length;
  receive({type: "reaction", id: 7, target: 6, ...bea, timestamp: "", emoji: "👍", on: true, client_id: "c1"});
  assert.equal(outbox.entries.length, 2, "another person's client_id");
  receive({type: "reaction", id: 8, target: 6, ...ada, timestamp: "", emoji: "👍", on: true, client_id: "c1"});
  receive({type: "edit", id: 9, target: 6, ...ada, timestamp: "t", message: "Better", html: "<p>", client_id: "c2"});
  assert.equal(outbox.entries.length, 0);
  assert.equal(called("messageList.renderSoon").length, rendered + 3);
  const [{message: words, edited, reactions, rev}] = timeline.messages;
  assert.deepEqual([words, edited, rev], ["Better", "t", 9]);
  assert.deepEqual(reactions, [{emoji: "👍", count: 2, people: ["bea", "ada"], mine: true}]);
  assert.deepEqual(
    called("announcer.reactionArrived").map(([{id}]) => id),
    [7],
  );
  receive({type: "delete", id: 10, target: 6, ...ada, timestamp: ""});
  receive({type: "delete", id: 11, target: 2, ...ada, timestamp: ""});
  assert.deepEqual(timeline.messages, []);
  assert.equal(called("messageList.messagesDeleted").length, 1, "message 2 is not on the page");
});

// The server answers a message that was deleted meanwhile with its delete.
test("a command that amends a message of the outbox gets the id of the message, also from its delete", (t) => {
  const {receive, sent, delivery} = createHandlers(t);
  receive(welcome);
  delivery.submit(text("hello"), "c1");
  delivery.submit({type: "edit", id: "c1", message: "hello!"}, "c2");
  receive({type: "delete", id: 20, target: 6, ...ada, timestamp: "", client_id: "c1"});
  assert.deepEqual(sent.at(-1), {type: "edit", id: 6, message: "hello!", client_id: "c2"});
});

test("the name and the topic of the room are those of its last event", (t) => {
  const {receive, called, title} = createHandlers(t);
  receive({...welcome, last_id: 7, topic: "Plants", name: "Garden"});
  receive({type: "topic", id: 6, ...bea, timestamp: "", topic: "An earlier one"});
  assert.deepEqual([title.name, title.topic, called("title").length], ["Garden", "Plants", 1]);
  receive({type: "topic", id: 8, ...bea, timestamp: "", topic: ""});
  receive({type: "room_name", id: 9, ...bea, timestamp: "", name: "Park"});
  assert.deepEqual([title.name, title.topic, called("title").length], ["Park", "", 3]);
});

test("an older page is requested once at a time", (t) => {
  const {receive, sent, historyLoader} = createHandlers(t);
  historyLoader.loadOlder();
  historyLoader.loadOlder();
  assert.deepEqual(sent, [{type: "history", before: 6, limit: 50}]);
  assert.equal(historyLoader.isLoadingOlder, true);
  receive({type: "history", before: 6, events: [message(4)], complete: true});
  assert.equal(historyLoader.isLoadingOlder, false);
  historyLoader.loadOlder();
  assert.equal(sent.length, 1, "there is nothing older");
});

test("other members are announced when they join, and a new name of the current user is not", (t) => {
  const {receive, called, currentUser} = createHandlers(t);
  receive(welcome);
  receive({type: "presence", count: 3, joined: [{username: "cy", author: "c3"}], left: []});
  const renamed = {...ada, username: "ada-2"};
  receive({type: "presence", count: 3, joined: [renamed], left: [ada]});
  assert.deepEqual(called("members.announce"), [["cy joined"]]);
  assert.deepEqual(currentUser.member, renamed);
  assert.deepEqual(called("members.render").at(-1)[1], renamed);
});

test("a user whose name is taken is told, on joining and on a rename", (t) => {
  const {receive, called, currentUser} = createHandlers(t);
  const joined = {...ada, username: "ada-2", asked: "ada"};
  receive({...welcome, you: joined});
  assert.deepEqual(currentUser.member, {username: "ada-2", author: "a1"});
  const renamed = {...ada, username: "bea-2", asked: "bea"};
  receive({type: "renamed", you: renamed});
  assert.deepEqual(currentUser.member, {username: "bea-2", author: "a1"});
  assert.deepEqual(called("nameNotice.update"), [[joined]]);
  assert.deepEqual(called("nameNotice.show"), [[renamed]], "also if it says the same again");
});

// Regression: a rename from ada-2 to the name ada, which was still taken, had no answer. The page showed ada for ever.
test("the answer to a rename corrects the name that the page shows", (t) => {
  const {receive, currentUser} = createHandlers(t);
  currentUser.update(ada);
  receive({type: "renamed", you: {...ada, username: "ada-2", asked: "ada"}});
  assert.equal(currentUser.member.username, "ada-2");
});

test("an error belongs to its message, or else to the connection", (t) => {
  const {receive, called, outbox, delivery} = createHandlers(t);
  delivery.submit(text("hello"), "c1");
  receive({type: "error", code: "message_too_long", detail: "Too long.", retry: false, client_id: "c1"});
  receive({type: "error", code: "refused", detail: "No.", retry: false});
  assert.equal(outbox.entries[0].problem, "Too long.");
  assert.deepEqual(called("status.setDetail"), [["No."]]);
  receive({type: "error", code: "room_removed", detail: "Gone.", retry: false});
  assert.deepEqual(called("nameNotice.say"), [["Gone."]], "the connection stays, so its status says nothing");
});

test("a message of another person is announced, and one that was written while there was no connection is counted", (t) => {
  const {receive, called} = createHandlers(t);
  receive({...welcome, last_id: 6});
  receive(message(6, bea)); // since the page was made
  receive(message(7, ada));
  assert.deepEqual(called("announcer.messageArrived"), [[message(6, bea), false]]);
  receive({...welcome, last_id: 9});
  receive(message(8, bea));
  receive(message(9, ada));
  receive(message(10, bea));
  assert.equal(called("announcer.messageMissed").length, 1);
  assert.deepEqual(called("announcer.messageArrived").slice(1), [[message(10, bea), false]]);
});
