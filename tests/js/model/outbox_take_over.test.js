/**
 * Random runs of several pages of one room and one author: they write, send, lose the connection, sleep, are closed and
 * are killed, at random moments. Every message must be stored once, those of a page in the order in which it wrote them.
 */

import assert from "node:assert/strict";
import test from "node:test";
import {Outbox} from "../../../static/chat/model/outbox.js";
import {MemoryArea, recordsOf, text} from "../doubles.js";
import {randomIntegers} from "../random.js";

const RUNS = 300;
const STEPS = 120;
const GRACE_MS = 5000;

class World {
  area = new MemoryArea();
  now = 1_000_000;
  stored = [];
  written = [];
  pages = [];
  #pageCount = 0;

  open() {
    const name = `p${++this.#pageCount}`;
    const records = recordsOf(this.area, name, () => this.now);
    const page = {name, records, outbox: new Outbox(records, "e1"), onTheWay: null, isAsleep: false};
    this.pages.push(page);
    return page;
  }

  write(page) {
    const id = `${page.name}/${this.written.length}`;
    this.written.push(id);
    page.outbox.add(text("text"), id, this.now);
  }

  send(page) {
    page.onTheWay = page.outbox.startNextSend(this.now) ?? page.onTheWay;
  }

  /** The server stores what is on the way, and tells all pages that listen. */
  arrive(page) {
    if (!page.onTheWay) return;
    const {clientId} = page.onTheWay;
    page.onTheWay = null;
    if (!this.stored.includes(clientId)) this.stored.push(clientId);
    for (const {outbox, isAsleep} of this.pages) if (!isAsleep) outbox.acknowledge(clientId, 1);
  }

  /** What was on the way may have been stored; the page does not know. */
  disconnect(page, isStored) {
    if (isStored && page.onTheWay && !this.stored.includes(page.onTheWay.clientId)) {
      this.stored.push(page.onTheWay.clientId);
    }
    page.onTheWay = null;
    page.outbox.disconnected();
  }

  end(page, isKilled) {
    if (!isKilled) page.records.release();
    this.pages = this.pages.filter((other) => other !== page);
  }

  pass(ms) {
    this.now += ms;
    for (const page of this.pages.filter(({isAsleep}) => !isAsleep)) {
      page.records.renew();
      page.outbox.expire(this.now);
      page.outbox.takeOver(GRACE_MS);
    }
  }
}

function run(seed) {
  const random = randomIntegers(seed);
  const world = new World();
  const actions = [
    (page) => world.write(page),
    (page) => world.send(page),
    (page) => world.send(page),
    (page) => world.arrive(page),
    (page) => world.arrive(page),
    (page) => world.disconnect(page, random(2) === 0),
    (page) => world.end(page, random(2) === 0),
    (page) => {
      world.disconnect(page, random(2) === 0);
      page.isAsleep = !page.isAsleep;
    },
    () => world.open(),
    () => world.pass(random(60_000)),
  ];
  for (let step = 0; step < STEPS; step++) {
    const page = world.pages[random(world.pages.length)] ?? world.open();
    const action = actions[random(actions.length)];
    if (!page.isAsleep || random(4) === 0) action(page);
  }
  for (const page of world.pages) world.end(page, random(2) === 0);
  world.now += 200_000;
  drain(world, world.open());
  return world;
}

function drain(world, page) {
  while (page.outbox.entries.some(({problem}) => !problem)) {
    world.send(page);
    world.arrive(page);
  }
}

test("whatever pages do, every message is stored once, those of a page in their order", () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const {stored, written} = run(seed);
    assert.deepEqual([...stored].sort(), [...written].sort(), `run ${seed}`);
    const pages = new Set(written.map((id) => id.split("/")[0]));
    for (const name of pages) {
      const ofPage = (id) => id.startsWith(`${name}/`);
      assert.deepEqual(stored.filter(ofPage), written.filter(ofPage), `run ${seed}, ${name}`);
    }
  }
});
