import assert from "node:assert/strict";
import test from "node:test";
import {CurrentUser} from "../../../static/chat/model/current_user.js";
import {Settings} from "../../../static/chat/model/settings.js";
import {Notifier} from "../../../static/chat/net/notifier.js";
import {MemoryStorage, message} from "../doubles.js";

const ADA = {username: "ada", author: "a1"};
const html = (text) => text.replace("@ada", '<span class="mention" data-username="ada">@ada</span>');
const said = (id, text, author = "b2") => message(id, {message: text, html: html(text), author, username: "bob"});
const numbers = (room, last_id) => ({room, name: room, last_id, messages: last_id - 1});
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The notifier of a page of the lobby, with what it showed and what it asked the server for. */
function createNotifier({levels = {}, tabs = {}, events = []} = {}) {
  const [shown, urls, fetched] = [[], [], []];
  const settings = new Settings(new MemoryStorage({notifications: levels}));
  const notifier = new Notifier({
    settings,
    tabs: {isLeader: true, isLookedAt: async () => false, ...tabs},
    http: {
      getJson: async (url) => {
        urls.push(url);
        return {events};
      },
    },
    messagesUrl: (room) => `/api/rooms/${room}/messages`,
    currentRoom: {room: "lobby", name: "lobby"},
    currentUser: new CurrentUser(ADA, () => {}),
    show: ({room}, event) => shown.push([room, event.message]),
    onFetched: (room, arrived, count) => fetched.push([room, arrived.map(({id}) => id), count]),
  });
  return {notifier, shown, urls, fetched, settings};
}

test("a message in the room of the page is shown as the level of the room wants it", async () => {
  const {notifier, shown, settings} = createNotifier();
  notifier.messageArrived(said(2, "hi @ada"));
  settings.set("notifications", {lobby: "mentions"});
  for (const [id, text] of [
    [3, "hi @ada"],
    [4, "hi all"],
  ]) {
    notifier.messageArrived(said(id, text));
  }
  settings.set("notifications", {lobby: "all"});
  notifier.messageArrived(said(5, "hi all"));
  notifier.messageArrived(said(6, "my own", ADA.author));
  await settled();
  assert.deepEqual(shown, [
    ["lobby", "hi @ada"],
    ["lobby", "hi all"],
  ]);
});

test("nothing is shown of a room that somebody looks at in any tab, and nothing by a tab that does not lead", async () => {
  for (const tabs of [{isLookedAt: async (room) => room === "lobby"}, {isLeader: false}]) {
    const {notifier, shown} = createNotifier({levels: {lobby: "all"}, tabs});
    notifier.messageArrived(said(2, "hi"));
    await settled();
    assert.deepEqual(shown, []);
  }
});

test("of another room the new messages are asked for, from where it was, and the newest wanted one is shown", async () => {
  const events = [said(6, "@ada?"), said(7, "hello ada"), said(8, "mine, @ada", ADA.author)];
  const {notifier, shown, urls, fetched} = createNotifier({levels: {tea: "mentions"}, events});
  notifier.roomsChanged([numbers("tea", 5), numbers("zoo", 5), numbers("lobby", 5)]);
  notifier.roomsChanged([numbers("tea", 8), numbers("zoo", 8), numbers("lobby", 8)]);
  await settled();
  notifier.roomsChanged([numbers("tea", 8)]);
  await settled();
  assert.deepEqual(urls, ["/api/rooms/tea/messages?after=5&limit=100"]);
  assert.deepEqual(shown, [["tea", "@ada?"]]);
  assert.deepEqual(fetched, [["tea", [6, 7, 8], 7]]);
});

test("while an answer is on its way a busy room is not asked for again; the next change brings the rest", async () => {
  const {notifier, urls} = createNotifier({levels: {tea: "all"}});
  notifier.roomsChanged([numbers("tea", 5)]);
  notifier.roomsChanged([numbers("tea", 6)]);
  notifier.roomsChanged([numbers("tea", 7)]);
  await settled();
  notifier.roomsChanged([numbers("tea", 8)]);
  assert.deepEqual(
    urls.map((url) => url.match(/after=(\d+)/)[1]),
    ["5", "6"],
  );
});

test("a room with new events and no new message is not asked for", async () => {
  const {notifier, urls} = createNotifier({levels: {tea: "all"}});
  notifier.roomsChanged([numbers("tea", 5)]);
  notifier.roomsChanged([{...numbers("tea", 5), last_id: 9}]); // reactions
  notifier.roomsChanged([{...numbers("tea", 6), last_id: 12}]);
  await settled();
  assert.deepEqual(urls, ["/api/rooms/tea/messages?after=9&limit=100"]);
});

test("an answer that makes no sense is nothing new", async () => {
  for (const events of [null, "x-mark", [{type: "typing", username: "bob"}, 7]]) {
    const {notifier, shown} = createNotifier({levels: {tea: "all"}, events});
    notifier.roomsChanged([numbers("tea", 5)]);
    notifier.roomsChanged([numbers("tea", 6)]);
    await settled();
    assert.deepEqual(shown, []);
  }
});
