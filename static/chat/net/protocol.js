/**
 * The wire, pure: frames out as text, text in as checked frames. Twin of chat/wire/protocol.py.
 */

import {boolean, FrameError, integer, list, optional, record, seconds, text} from "./validation.js";

export const PROTOCOL = 1;

/** Codes with which the server ends a connection. */
export const CLOSE = Object.freeze({
  GOING_AWAY: 4000,
  TOO_MANY_BAD_FRAMES: 4002,
  SLOW_READER: 4008,
  RATE: 4009,
  TOO_MANY_CONNECTIONS: 4010,
  REFUSED: 4100,
  ROOM_UNAVAILABLE: 4101,
});

/** Every error code, and whether the same frame may be sent again. */
export const ERRORS = Object.freeze({
  invalid_json: false,
  invalid_frame: false,
  unknown_type: false,
  invalid_field: false,
  empty_message: false,
  message_too_long: false,
  invalid_text: false,
  invalid_name: false,
  invalid_room: false,
  invalid_query: false,
  not_found: false,
  rate_limited: true,
  too_many_connections: true,
  storage_unavailable: true,
  storage_full: false,
  room_damaged: false,
  too_many_bad_frames: true,
  going_away: true,
  refused: false,
});

/** Whether this close code forbids coming back. @param {number} code */
export function isFinal(code) {
  return code >= 4100 && code <= 4199;
}

/** @param {string} message @param {string} clientId */
export function messageFrame(message, clientId) {
  return encode({type: "message", message, client_id: clientId});
}

/** @param {number} before @param {number} limit */
export function olderFrame(before, limit) {
  return encode({type: "history", before, limit});
}

/** @param {number} after @param {number} limit */
export function newerFrame(after, limit) {
  return encode({type: "history", after, limit});
}

/** @param {string} username */
export function renameFrame(username) {
  return encode({type: "rename", username});
}

export function typingFrame() {
  return encode({type: "typing"});
}

export function pingFrame() {
  return encode({type: "ping"});
}

/** @param {Wire.ClientFrame} frame */
function encode(frame) {
  return JSON.stringify(frame);
}

/**
 * A server frame out of its text, every field that the client relies on checked.
 * @param {string} data
 * @returns {Wire.ServerFrame}
 * @throws {FrameError}
 */
export function parseFrame(data) {
  return checkFrame(parseJson(data));
}

/** @param {string} data @returns {unknown} */
function parseJson(data) {
  try {
    return JSON.parse(data);
  } catch {
    throw new FrameError("The frame is not JSON.");
  }
}

/** @param {unknown} value @returns {Wire.ServerFrame} */
function checkFrame(value) {
  const frame = record(value, "the frame");
  const type = text(frame.type, "type");
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type] : undefined;
  if (!check) return unknownEvent(type, frame.id);
  check(frame);
  return /** @type {Wire.ServerFrame} */ (value);
}

/** What is stored: a page holds these, and no frames about the moment, nor pages. @param {unknown} value */
function checkEvent(value) {
  const {type} = record(value, "an event");
  const isEvent = type === "message" || type === "clear" || !Object.hasOwn(CHECKS, String(type));
  if (!isEvent) throw new FrameError("A page of history holds something that is no event.");
  return checkFrame(value);
}

/**
 * A kind this client has not heard of. When it has an id it is a stored event, and its place in the order counts.
 * @param {string} name @param {unknown} id @returns {Wire.Unknown}
 */
function unknownEvent(name, id) {
  return Number.isSafeInteger(id) ? {type: "unknown", name, id: Number(id)} : {type: "unknown", name};
}

/** @type {Record<string, (frame: Record<string, unknown>) => void>} */
const CHECKS = {
  welcome(frame) {
    integer(frame.protocol, "protocol");
    text(frame.epoch, "epoch");
    person(frame.you);
    integer(frame.last_id, "last_id");
    list(frame.members, "members").forEach(person);
    integer(frame.count, "count");
    const limits = record(frame.limits, "limits");
    for (const name of ["message", "username", "history"]) integer(limits[name], `limits.${name}`);
    optional(frame.reset, boolean, "reset");
  },
  message(frame) {
    integer(frame.id, "id");
    for (const name of ["author", "username", "message", "html", "timestamp"]) text(frame[name], name);
    optional(frame.client_id, text, "client_id");
    optional(frame.reply_to, integer, "reply_to");
  },
  clear(frame) {
    integer(frame.id, "id");
    integer(frame.target, "target");
  },
  history(frame) {
    frame.events = list(frame.events, "events").map(checkEvent);
    optional(frame.before, integer, "before");
    optional(frame.after, integer, "after");
    boolean(frame.complete, "complete");
  },
  presence(frame) {
    for (const name of ["joined", "left", "members"]) optional(frame[name], people, name);
    integer(frame.count, "count");
  },
  typing(frame) {
    text(frame.username, "username");
  },
  error(frame) {
    for (const name of ["code", "detail"]) text(frame[name], name);
    boolean(frame.retry, "retry");
    optional(frame.retry_after, seconds, "retry_after");
    optional(frame.client_id, text, "client_id");
  },
  pong() {},
};

/** @param {unknown} value @param {string} name */
function people(value, name) {
  list(value, name).forEach(person);
}

/** @param {unknown} value */
function person(value) {
  const fields = record(value, "a person");
  text(fields.username, "username");
  text(fields.author, "author");
}
