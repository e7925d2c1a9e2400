/**
 * Random runs of one person in a room, online and offline: they write, edit, delete and react, before and after their
 * messages are stored; answers are lost or come twice, the server refuses for a while, the page is reloaded. At any time
 * the page shows what they did, and in the end the server has it, each command once.
 */

import assert from "node:assert/strict";
import test from "node:test";
import {pendingMessages, shownMessages} from "../../../static/chat/model/optimistic.js";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {MemoryArea, recordsOf, text} from "../doubles.js";
import {act, effort, randomIntegers} from "../random.js";

const RUNS = effort(600, 20_000);
const STEPS = 120;
const ME = {username: "ada", author: "a1"};
const EMOJI = ["👍", "🎉"];

/** The server stores each client_id once, and answers a repeat with the first event. */
class Server {
  events = [];
  #byClientId = new Map();

  /** The event that answers a command. */
  store({clientId, command}) {
    const known = this.#byClientId.get(clientId);
    if (known) return known;
    const {type, id: target, ...fields} = command;
    const event = {...ME, timestamp: "", client_id: clientId, id: this.events.length + 2, html: "", ...fields, target};
    event.type = type === "react" ? "reaction" : type;
    if (type !== "message") assert.ok(this.has(target), `${type} of ${target}`);
    this.events.push(event);
    this.#byClientId.set(clientId, event);
    return event;
  }

  knows(clientId) {
    return this.#byClientId.has(clientId);
  }

  has(id) {
    return this.timeline().find(id) !== undefined;
  }

  /** All that is stored, as a page. */
  timeline() {
    const timeline = new Timeline({messages: [], lastId: 1, hasOldest: true, isMine: () => true});
    for (const event of this.events) timeline.receive(event);
    return timeline;
  }
}

class Person {
  server = new Server();
  area = new MemoryArea();
  now = 1_000_000;
  /** What they did, as they see it: `{key, text, reactions}` of each message, in order. */
  intended = [];
  answers = [];
  counts = {inPlace: 0, waited: 0, takenBack: 0, repeated: 0, postponed: 0, failed: 0};
  #clientIds = 0;
  #pages = 0;

  constructor(random) {
    this.random = random;
    this.open();
  }

  open() {
    this.records = recordsOf(this.area, `page ${++this.#pages}`, () => this.now);
    this.outbox = new Outbox(this.records, "e1");
    this.timeline = this.server.timeline();
    for (const {client_id, id} of this.timeline.messages) this.outbox.acknowledge(client_id, id);
    this.isConnected = false;
  }

  reload() {
    this.disconnect();
    if (this.random(2)) this.records.release();
    else this.now += 200_000; // it was killed
    this.open();
  }

  connect() {
    this.isConnected = true;
    const missed = this.server.events.filter(({id}) => id > this.timeline.lastId);
    this.timeline.resume(this.server.events.length + 1);
    for (const event of missed) this.receive(event);
  }

  disconnect() {
    this.isConnected = false;
    this.answers = [];
    this.outbox.disconnected();
  }

  /** The server stores the next command, or refuses it for now; the answer is on its way. */
  send() {
    if (!this.isConnected) return;
    const entry = this.outbox.startNextSend(this.now);
    if (!entry) return;
    const mayFail = entry.command.type === "message" && !this.server.knows(entry.clientId);
    const fate = this.random(10);
    if (fate === 0) this.answers.push(() => this.#postponed(entry));
    else if (fate === 1 && mayFail) this.answers.push(() => this.#failed(entry));
    else if (fate !== 2) this.#stored(entry);
  }

  #postponed({clientId}) {
    this.counts.postponed++;
    this.outbox.postpone(clientId, this.now + this.random(500));
  }

  #failed({clientId}) {
    if (this.server.knows(clientId)) return; // it was sent again, and stored, before this answer came
    this.counts.failed++;
    this.outbox.fail(clientId, "No.");
    const message = this.intended.find(({key}) => key === clientId);
    if (message) Object.assign(message, {hasFailed: true, reactions: []});
  }

  #stored(entry) {
    const before = this.server.events.length;
    const event = this.server.store(entry);
    if (this.server.events.length === before) this.counts.repeated++;
    this.answers.push(() => this.receive(event));
    if (this.random(6) === 0) this.answers.push(() => this.receive(event)); // of another page with the same entry
  }

  answer() {
    this.answers.shift()?.();
  }

  /** What net/frame_handlers.js does. */
  receive(event) {
    this.timeline.receive(event);
    this.outbox.acknowledge(event.client_id, event.target ?? event.id);
  }

  pass() {
    this.now += this.random(15_000);
    this.outbox.expire(this.now);
    this.records.renew();
  }

  submit(command) {
    const clientId = `c${++this.#clientIds}`;
    const before = this.outbox.entries;
    this.outbox.add(command, clientId, this.now);
    const added = this.outbox.entries.length - before.length;
    if (typeof command.id === "string") this.counts[added > 0 ? "waited" : "inPlace"]++;
    else if (added < 1) this.counts.takenBack++;
    return clientId;
  }

  write() {
    const words = `words ${this.random(1000)}`;
    this.intended.push({key: this.submit(text(words)), text: words, reactions: []});
  }

  amend() {
    const message = this.intended[this.random(this.intended.length)];
    if (!message) return this.write();
    const id = this.#idOf(message);
    const emoji = EMOJI[this.random(EMOJI.length)];
    const kind = this.random(4);
    if (kind === 0) this.#delete(message, id);
    else if (kind === 1) this.#edit(message, id);
    else if (typeof id === "number") this.#react(message, id, emoji); // before, the page has no buttons for it
  }

  /** The message's id if the page knows it, otherwise its client id. */
  #idOf({key}) {
    return this.timeline.messages.find(({client_id}) => client_id === key)?.id ?? key;
  }

  #delete(message, id) {
    this.submit({type: "delete", id});
    this.intended = this.intended.filter((other) => other !== message);
  }

  #edit(message, id) {
    message.text = `edited ${this.random(1000)}`;
    this.submit({type: "edit", id, message: message.text});
  }

  #react(message, id, emoji) {
    const on = !message.reactions.includes(emoji);
    message.reactions = on ? [...message.reactions, emoji] : message.reactions.filter((other) => other !== emoji);
    this.submit({type: "react", id, emoji, on});
  }

  drain() {
    if (!this.isConnected) this.connect();
    while (this.outbox.waitingCount > 0) {
      this.send();
      while (this.answers.length > 0) this.answer();
      this.pass();
    }
  }
}

/** What somebody sees: texts, and one's own reactions. */
function seen(messages) {
  const left = messages.filter(({deletion}) => !deletion);
  const rows = left.map(({message, text: newText, reactions = [], problem}) => ({
    text: newText ?? message,
    reactions: reactions.map(({emoji}) => emoji).sort(),
    hasFailed: Boolean(problem),
  }));
  return failedLast(rows);
}

function failedLast(rows) {
  return [...rows.filter(({hasFailed}) => !hasFailed), ...rows.filter(({hasFailed}) => hasFailed)];
}

function check(person, seed, step) {
  const {outbox, timeline, server, intended} = person;
  const expected = failedLast(
    intended.map(({text: words, reactions, hasFailed = false}) => ({
      text: words,
      reactions: [...reactions].sort(),
      hasFailed,
    })),
  );
  const shown = [
    ...shownMessages(timeline.messages, outbox.entries, ME),
    ...pendingMessages(outbox.entries, timeline.messages),
  ];
  assert.deepEqual(seen(shown), expected, `run ${seed}, step ${step}: on the page`);
  if (outbox.waitingCount > 0) return;
  const stored = expected.filter(({hasFailed}) => !hasFailed);
  assert.deepEqual(seen(server.timeline().messages), stored, `run ${seed}: stored`);
}

function run(seed) {
  const random = randomIntegers(seed);
  const person = new Person(random);
  const actions = [
    [6, () => person.write()],
    [10, () => person.amend()],
    [10, () => person.send()],
    [10, () => person.answer()],
    [2, () => person.pass()],
    [3, () => person.isConnected || person.connect()],
    [2, () => person.disconnect()],
    [1, () => person.reload()],
  ];
  for (let step = 0; step < STEPS; step++) {
    act(actions, random);
    check(person, seed, step);
  }
  person.drain();
  check(person, seed, STEPS);
  assert.equal(person.outbox.waitingCount, 0);
  return person.counts;
}

test("whatever is done to messages, the page shows it at once, and the server has it in the end", () => {
  const total = {};
  for (let seed = 1; seed <= RUNS; seed++) {
    for (const [name, count] of Object.entries(run(seed))) total[name] = (total[name] ?? 0) + count;
  }
  for (const [name, count] of Object.entries(total)) assert.ok(count > RUNS / 10, `${name}: ${count}`);
});
