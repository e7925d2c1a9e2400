/**
 * The frames that the server sends: text is parsed, and every field that the client uses is checked.
 *
 * SERVER_FRAMES is the only list of frame types. A new type needs a row here, an interface in types.d.ts and a handler
 * in frame_handlers.js. A stored type also needs a case in model/timeline.js. The type checker reports what is missing.
 */

import {
  optional,
  requireArray,
  requireBoolean,
  requireInteger,
  requireObject,
  requireSeconds,
  requireString,
  ValidationError,
} from "./validation.js";

/**
 * Checks the fields of one frame. `parseStored` parses a stored event inside the frame.
 * @typedef {(frame: Record<string, unknown>, parseStored: (value: unknown) => unknown) => void} FrameCheck
 */

/**
 * One row per frame type. A stored frame is an event of the room's log: it has an `id`, and history pages contain it.
 * A frame that is not stored is valid only by itself.
 * @typedef {Record<string, {stored: boolean, check: FrameCheck}>} FrameTable
 */

/** @typedef {Exclude<Wire.ServerFrame, Wire.UnknownEvent>["type"]} KnownType */
/** @typedef {Wire.StoredEvent["type"]} StoredType */

/** @type {{[Type in KnownType]: {stored: Type extends StoredType ? true : false, check: FrameCheck}}} */
export const SERVER_FRAMES = {
  welcome: {stored: false, check: checkWelcome},
  message: {stored: true, check: checkMessage},
  clear: {stored: true, check: checkClear},
  history: {stored: false, check: checkHistory},
  presence: {stored: false, check: checkPresence},
  typing: {stored: false, check: checkTyping},
  error: {stored: false, check: checkError},
  pong: {stored: false, check: () => {}},
};

/** @type {(text: string) => Wire.ServerFrame} */
export const parseFrame = frameParser(SERVER_FRAMES);

/**
 * A function that parses the text of one frame. It throws a ValidationError for a frame that breaks the protocol.
 * A type without a row in the table becomes an `unknown` event, alone and in a history page: newer servers may send it.
 * @param {FrameTable} table
 * @returns {(text: string) => Wire.ServerFrame}
 */
export function frameParser(table) {
  const parseStored = (/** @type {unknown} */ value) => parseObject(value, true);
  return (text) => parseObject(parseJson(text), false);

  /** @param {unknown} value @param {boolean} inPage @returns {Wire.ServerFrame} */
  function parseObject(value, inPage) {
    const frame = requireObject(value, "the frame");
    const type = requireString(frame.type, "type");
    if (!Object.hasOwn(table, type)) return unknownEvent(type, frame.id);
    const {stored, check} = table[type];
    if (inPage && !stored) throw new ValidationError(`A history page contains a ${type} frame, which is not stored.`);
    if (stored) requireInteger(frame.id, "id");
    check(frame, parseStored);
    return /** @type {Wire.ServerFrame} */ (value);
  }
}

/**
 * A function that calls the handler of a frame's type.
 * @param {FrameTable} table
 * @param {Record<string, (frame: any) => void>} handlers by frame type
 * @returns {(frame: Wire.ServerFrame) => void}
 * @throws {Error} when a type of the table has no handler, or a handler has no type in the table
 */
export function frameDispatcher(table, handlers) {
  const types = new Set([...Object.keys(table), "unknown"]);
  const missing = [...types].filter((type) => !Object.hasOwn(handlers, type));
  const extra = Object.keys(handlers).filter((type) => !types.has(type));
  if (missing.length > 0) throw new Error(`Frame types without a handler: ${missing.join(", ")}.`);
  if (extra.length > 0) throw new Error(`Handlers without a frame type: ${extra.join(", ")}.`);
  return (frame) => handlers[frame.type](frame);
}

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValidationError("The frame is not JSON.");
  }
}

/**
 * An event of a type that this client does not know. With an id it is stored, and its id counts in the room's order.
 * @param {string} name @param {unknown} id @returns {Wire.UnknownEvent}
 */
function unknownEvent(name, id) {
  return Number.isSafeInteger(id) ? {type: "unknown", name, id: Number(id)} : {type: "unknown", name};
}

/** @type {FrameCheck} */
function checkWelcome(frame) {
  requireInteger(frame.protocol, "protocol");
  requireString(frame.epoch, "epoch");
  requireMember(frame.you);
  requireInteger(frame.last_id, "last_id");
  requireMembers(frame.members, "members");
  requireInteger(frame.count, "count");
  const limits = requireObject(frame.limits, "limits");
  for (const name of ["message", "username", "history"]) requireInteger(limits[name], `limits.${name}`);
  optional(frame.reset, requireBoolean, "reset");
}

/** @type {FrameCheck} */
function checkMessage(frame) {
  for (const name of ["author", "username", "message", "html", "timestamp"]) requireString(frame[name], name);
  optional(frame.client_id, requireString, "client_id");
  optional(frame.reply_to, requireInteger, "reply_to");
}

/** @type {FrameCheck} */
function checkClear(frame) {
  requireInteger(frame.target, "target");
}

/** Replaces the events of the page by their parsed form. @type {FrameCheck} */
function checkHistory(frame, parseStored) {
  frame.events = requireArray(frame.events, "events").map(parseStored);
  optional(frame.before, requireInteger, "before");
  optional(frame.after, requireInteger, "after");
  requireBoolean(frame.complete, "complete");
}

/** @type {FrameCheck} */
function checkPresence(frame) {
  for (const name of ["joined", "left", "members"]) optional(frame[name], requireMembers, name);
  requireInteger(frame.count, "count");
}

/** @type {FrameCheck} */
function checkTyping(frame) {
  requireString(frame.username, "username");
}

/** @type {FrameCheck} */
function checkError(frame) {
  for (const name of ["code", "detail"]) requireString(frame[name], name);
  requireBoolean(frame.retry, "retry");
  optional(frame.retry_after, requireSeconds, "retry_after");
  optional(frame.client_id, requireString, "client_id");
}

/** @param {unknown} value @param {string} name */
function requireMembers(value, name) {
  requireArray(value, name).forEach(requireMember);
}

/** @param {unknown} value */
function requireMember(value) {
  const member = requireObject(value, "a member");
  requireString(member.username, "username");
  requireString(member.author, "author");
}
