/**
 * Test doubles for the browser's storage and for its WebSocket, and a factory of messages.
 */

import {LeasedRecords} from "../../static/chat/model/leased_records.js";

/** Storage in a variable. A value is read as a copy, as from JSON. */
export class MemoryStorage {
  constructor(value = null) {
    this.value = value;
  }

  read() {
    return JSON.parse(JSON.stringify(this.value));
  }

  write(value) {
    this.value = value;
  }
}

/** A browser's storage area. */
export class MemoryArea {
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#values.set(key, String(value));
  }

  removeItem(key) {
    this.#values.delete(key);
  }
}

/** The records of one page of a room, in a storage area that pages share. */
export function recordsOf(area = new MemoryArea(), pageId = "page", now = Date.now) {
  return new LeasedRecords({getArea: () => area, name: "records", pageId, now});
}

/** A WebSocket that records what is sent. The test opens it, receives frames on it and drops it. */
export class FakeWebSocket {
  /** @type {FakeWebSocket[]} */
  static instances = [];

  readyState = 0;
  sent = [];
  closedWith = null;
  onmessage = null;
  onclose = null;

  constructor(url) {
    this.url = url;
    FakeWebSocket.instances.push(this);
  }

  static get last() {
    return FakeWebSocket.instances.at(-1);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.readyState = 3;
    this.closedWith = code;
  }

  open() {
    this.readyState = 1;
  }

  receive(frame) {
    this.onmessage?.({data: JSON.stringify(frame)});
  }

  drop(code) {
    this.readyState = 3;
    this.onclose?.({code});
  }
}

/** A message event with this id. */
export function message(id, fields = {}) {
  const content = {author: "a1", username: "ada", message: `words ${id}`, html: `<p>words ${id}</p>`};
  return {type: "message", id, ...content, timestamp: "2026-11-23T12:00:00.000Z", ...fields};
}

/** The command for a message with this text. */
export function text(words) {
  return {type: "message", message: words};
}
