/**
 * Stand-ins that record: a shelf, and a WebSocket whose other end is the test.
 */

/** A shelf that is only a variable. */
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

/** A WebSocket that connects when the test says so. */
export class FakeWebSocket {
  /** @type {FakeWebSocket[]} */
  static made = [];

  readyState = 0;
  sent = [];
  closedWith = null;
  onmessage = null;
  onclose = null;

  constructor(url) {
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  static get last() {
    return FakeWebSocket.made.at(-1);
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

  say(frame) {
    this.onmessage?.({data: JSON.stringify(frame)});
  }

  drop(code) {
    this.readyState = 3;
    this.onclose?.({code});
  }
}

/** A message event with this id; everything else can be given. */
export function message(id, fields = {}) {
  const said = {author: "a1", username: "ada", message: `words ${id}`, html: `<p>words ${id}</p>`};
  return {type: "message", id, ...said, timestamp: "2026-11-23T12:00:00.000Z", ...fields};
}
