/**
 * Random runs of one page in a room: events arrive, are lost, come twice or early; pages arrive late, or newer than the
 * events; the connection is lost, and resumes or is reset. In the end the page holds what the server serves.
 */

import assert from "node:assert/strict";
import test from "node:test";
import {isDeepStrictEqual} from "node:util";
import {RoomTitle} from "../../../static/chat/model/room_title.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {act, effort, randomIntegers} from "../random.js";
import {isAda, RoomServer} from "../room_server.js";

const RUNS = effort(1200, 20_000);
const STEPS = 150;
const PAGE = 5; // messages
const MAX_MISSED = 25; // events; who missed more is reset

/** A page and its connection. Frames that the server sent wait in `frames` until they arrive. */
class Client {
  constructor(room, random) {
    this.room = room;
    this.random = random;
    this.isConnected = false;
    this.frames = [];
    this.requests = []; // of older pages, which are answered in order
    this.counts = {gaps: 0, resets: 0, amended: 0, latePages: 0, earlyPages: 0};
    const lastId = room.lastId;
    this.mayStore(); // while the page is made
    const {events: messages, complete: hasOldest} = room.page(lastId + 1, PAGE);
    this.epoch = room.epoch;
    this.timeline = new Timeline({messages, lastId, hasOldest, isMine: isAda});
    this.title = new RoomTitle({...room.title, lastId: room.lastId, onChange: () => {}});
  }

  mayStore() {
    if (this.random(2)) this.room.edit();
    if (this.random(4) === 0) this.room.delete();
  }

  connect() {
    this.disconnect();
    this.isConnected = true;
    const {room, timeline} = this;
    const missed = room.lastId - timeline.lastId;
    const isKnown = this.epoch === room.epoch && timeline.lastId >= room.compactedId;
    if (!isKnown || missed < 0 || missed > MAX_MISSED) return this.reset();
    this.frames = [{type: "welcome", ...room.title, last_id: room.lastId}, ...room.replay(timeline.lastId)];
  }

  /** The newest page may hold what happened after the last event that was delivered. */
  reset() {
    const {room} = this;
    const welcome = {type: "welcome", reset: true, epoch: room.epoch, ...room.title, last_id: room.lastId};
    const later = this.random(3) ? [] : [room.react(), room.edit()].map((frame) => ({...frame, isLive: true}));
    this.frames = [welcome, {type: "history", ...room.page(welcome.last_id + 1, PAGE)}, ...later];
    this.counts.resets++;
  }

  disconnect() {
    this.isConnected = false;
    this.frames = [];
    this.requests = [];
  }

  /** The server sends an event to everybody. */
  send(frame) {
    if (this.isConnected) this.frames.push({...frame, isLive: true});
  }

  arrive() {
    const frame = this.frames.shift();
    if (frame) this.receive(frame);
  }

  /** What net/frame_handlers.js does. */
  receive({isLive: _, ...frame}) {
    const {timeline, title} = this;
    if (frame.type === "welcome") {
      if (frame.reset) {
        timeline.reset(frame.last_id);
        this.epoch = frame.epoch;
      } else timeline.resume(frame.last_id);
      title.welcome(frame);
    } else if (frame.type === "history") timeline.receivePage(frame);
    else {
      const before = timeline.messages;
      timeline.receive(frame);
      if (timeline.messages !== before) this.counts.amended++;
      if (frame.type === "topic" || frame.type === "room_name") title.receive(frame);
    }
    if (!timeline.hasGap) return;
    this.counts.gaps++;
    this.disconnect();
  }

  /** An event that arrives a second time: the server answers a command that was sent twice. */
  repeat() {
    const known = this.room.log.filter(({id, isBlanked}) => id <= this.timeline.lastId && !isBlanked);
    if (this.isConnected && known.length > 0) this.receive(this.room.frameOf(this.room.pick(known)));
  }

  /** The author's own event, in front of what is still to be sent. */
  arriveEarly() {
    if (this.frames[0]?.isLive) this.receive(this.room.pick(this.frames));
  }

  lose() {
    const index = this.random(this.frames.length || 1);
    if (this.frames[index]?.isLive) this.frames.splice(index, 1);
  }

  requestOlder() {
    if (!this.isConnected || this.timeline.hasOldest || this.frames.some(({type}) => type === "welcome")) return;
    this.requests.push({before: this.timeline.startOlderRequest(), page: null});
  }

  /** The server reads the page; it arrives later. */
  readPage() {
    const request = this.requests.find(({page}) => !page);
    if (request) Object.assign(request, {page: this.room.page(request.before, PAGE), readAt: this.room.lastId});
  }

  pageArrives() {
    if (!this.requests[0]?.page) return;
    const {before, page, readAt} = this.requests.shift();
    if (readAt < this.timeline.lastId) this.counts.latePages++;
    if (readAt > this.timeline.lastId) this.counts.earlyPages++;
    this.receive({type: "history", before, ...page});
  }

  settle() {
    if (!this.isConnected) this.connect();
    while (this.frames.length > 0) this.arrive();
  }

  loadAll() {
    while (!this.timeline.hasOldest) {
      this.requestOlder();
      this.readPage();
      this.pageArrives();
    }
  }
}

/** The messages as the server serves them, from the oldest that the page holds. */
function served(room, firstId) {
  return room.page(room.lastId + 1, 10_000).events.filter(({id}) => id >= firstId);
}

/** Without the difference between a field that is absent and one that says nothing. */
function normal(messages) {
  return messages.map(({reactions = [], edited = null, rev, ...message}) => {
    const own = reactions.map(({mine = false, ...reaction}) => ({...reaction, mine}));
    return {...message, edited, rev: rev ?? message.id, reactions: own};
  });
}

function check(client, seed) {
  assert.deepEqual(client.room.replay(client.timeline.lastId), [], `run ${seed}`);
  assert.deepEqual({name: client.title.name, topic: client.title.topic}, client.room.title, `run ${seed}`);
  const {room, timeline} = client;
  const firstId = timeline.hasOldest ? 0 : timeline.oldestId;
  const [shown, expected] = [normal(timeline.messages), normal(served(room, firstId))];
  if (isDeepStrictEqual(shown, expected)) return;
  const text = (messages) => messages.map((message) => JSON.stringify(message)).join("\n");
  assert.equal(text(shown), text(expected), `run ${seed}`);
}

function run(seed) {
  const random = randomIntegers(seed);
  const room = new RoomServer(random);
  for (let count = random(100); count > 0; count--) room[room.pick(["write", "write", "edit", "react", "delete"])]();
  const client = new Client(room, random);
  const stores = (name) => () => client.send(room[name]());
  const actions = [
    [10, stores("write")],
    [8, stores("edit")],
    [10, stores("react")],
    [4, stores("delete")],
    [2, stores("setTitle")],
    [1, stores("clear")],
    [1, () => client.send(room.append({type: "unknown", name: "poll"}))],
    [1, () => room.skipIds()],
    [1, () => room.compact()],
    [30, () => client.arrive()],
    [10, () => client.settle()],
    [2, () => client.lose()],
    [4, () => client.repeat()],
    [2, () => client.arriveEarly()],
    [14, () => client.requestOlder()],
    [12, () => client.readPage()],
    [8, () => client.pageArrives()],
    [2, () => client.timeline.trim(3 + random(10))],
    [2, () => client.disconnect()],
    [4, () => client.isConnected || client.connect()],
    [1, () => client.isConnected && random(2) === 0 && client.reset()],
    [1, () => random(10) === 0 && replace(room, client)],
  ];
  for (let step = 0; step < STEPS; step++) {
    act(actions, random);
    if (client.isConnected && client.frames.length === 0 && client.timeline.lastId === room.lastId && random(4) === 0)
      check(client, seed);
  }
  client.settle();
  if (client.timeline.lastId < room.lastId) client.connect(); // the last events were lost
  client.settle();
  check(client, seed);
  client.loadAll();
  check(client, seed);
  return client.counts;
}

/** The server finds that the file is another one, and resets everybody. */
function replace(room, client) {
  room.replace();
  if (client.isConnected) client.reset();
}

test("in any order of events, doubles, gaps, pages and resets, the page holds what the server serves in the end", () => {
  const total = {};
  for (let seed = 1; seed <= RUNS; seed++) {
    for (const [name, count] of Object.entries(run(seed))) total[name] = (total[name] ?? 0) + count;
  }
  for (const [name, count] of Object.entries(total)) assert.ok(count > RUNS / 4, `${name}: ${count}`);
});
