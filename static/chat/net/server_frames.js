/**
 * The frames that the server sends: text is parsed, and every field that the client uses is checked.
 *
 * SERVER_FRAMES is the list of frame types that the other lists are checked against. A new type needs a row here, an
 * interface in types.d.ts and a handler in frame_handlers.js. A stored type also needs a case in model/timeline.js. The
 * type checker reports what is missing.
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

/** A frame whose fields are not checked yet. @typedef {Record<string, unknown>} RawFrame */
/** Parses a stored event inside another frame. @typedef {(value: unknown) => unknown} ParseStored */

/**
 * One row per frame type. A stored frame is an event of the room's log: it has an `id`, and history pages contain it. A
 * frame that is not stored is valid only by itself. `check` throws a ValidationError for a wrong field. `parse` is for
 * a frame that contains stored events: it returns a copy with these events parsed.
 * @typedef {object} FrameRow
 * @property {boolean} stored
 * @property {(frame: RawFrame) => void} check
 * @property {(frame: RawFrame, parseStored: ParseStored) => RawFrame} [parse]
 *
 * @typedef {Record<string, FrameRow>} FrameTable
 */

/** @typedef {Exclude<Wire.ServerFrame["type"], "unknown">} KnownType */
/** @typedef {Wire.StoredEvent["type"]} StoredType */

/** @type {{[Type in KnownType]: FrameRow & {stored: Type extends StoredType ? true : false}}} */
export const SERVER_FRAMES = {
  welcome: {stored: false, check: checkWelcomeFrame},
  message: {stored: true, check: checkMessageEvent},
  edit: {stored: true, check: checkEditEvent},
  delete: {stored: true, check: checkDeleteEvent},
  reaction: {stored: true, check: checkReactionEvent},
  topic: {stored: true, check: checkTopicEvent},
  room_name: {stored: true, check: checkRoomNameEvent},
  clear: {stored: true, check: checkClearEvent},
  history: {stored: false, check: checkHistoryFrame, parse: parseHistoryFrame},
  presence: {stored: false, check: checkPresenceFrame},
  renamed: {stored: false, check: checkRenamedFrame},
  rooms: {stored: false, check: checkRoomsFrame},
  typing: {stored: false, check: checkTypingFrame},
  error: {stored: false, check: checkErrorFrame},
  pong: {stored: false, check: () => {}},
};

/** @type {(text: string) => Wire.ServerFrame} */
export const parseFrame = frameParser(SERVER_FRAMES);

/**
 * A function that parses the text of one frame. It throws a ValidationError for a frame that breaks the protocol.
 * A type without a row in the table becomes the type `unknown`, alone and in a history page: newer servers may send it.
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
    if (!Object.hasOwn(table, type)) return parseUnknown(type, frame.id);
    const {stored, check, parse} = table[type];
    if (inPage && !stored) throw new ValidationError(`A history page contains a ${type} frame, which is not stored.`);
    if (stored) requireInteger(frame.id, "id");
    check(frame);
    const parsed = /** @type {unknown} */ (parse ? parse(frame, parseStored) : frame);
    return /** @type {Wire.ServerFrame} */ (parsed);
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
 * Only a stored event has an id.
 * @param {string} name @param {unknown} id @returns {Wire.UnknownEvent | Wire.UnknownFrame}
 */
function parseUnknown(name, id) {
  return Number.isSafeInteger(id) ? {type: "unknown", name, id: Number(id)} : {type: "unknown", name};
}

/** @param {RawFrame} frame */
function checkWelcomeFrame(frame) {
  requireInteger(frame.protocol, "protocol");
  for (const name of ["name", "epoch"]) requireString(frame[name], name);
  optional(frame.topic, requireString, "topic");
  requireYou(frame.you);
  requireInteger(frame.last_id, "last_id");
  requireMembers(frame.members, "members");
  requireInteger(frame.count, "count");
  const limits = requireObject(frame.limits, "limits");
  for (const name of ["message", "username", "history"]) requireInteger(limits[name], `limits.${name}`);
  optional(frame.reset, requireBoolean, "reset");
}

/** @param {RawFrame} frame */
function checkMessageEvent(frame) {
  for (const name of ["author", "username", "message", "html", "timestamp"]) requireString(frame[name], name);
  optional(frame.client_id, requireString, "client_id");
  for (const name of ["reply_to", "rev"]) optional(frame[name], requireInteger, name);
  optional(frame.edited, requireString, "edited");
  optional(frame.reply, requireReply, "reply");
  optional(frame.reactions, requireReactions, "reactions");
}

/** @param {unknown} value @param {string} name */
function requireReply(value, name) {
  const reply = requireObject(value, name);
  requireInteger(reply.id, "id");
  for (const field of ["username", "excerpt"]) optional(reply[field], requireString, field);
  optional(reply.deleted, requireBoolean, "deleted");
}

/** @param {unknown} value @param {string} name */
function requireReactions(value, name) {
  for (const item of requireArray(value, name)) {
    const reaction = requireObject(item, "a reaction");
    requireString(reaction.emoji, "emoji");
    requireInteger(reaction.count, "count");
    for (const username of requireArray(reaction.people, "people")) requireString(username, "a name");
    optional(reaction.mine, requireBoolean, "mine");
  }
}

/** The fields that every event of a person has. @param {RawFrame} frame */
function checkAuthored(frame) {
  for (const name of ["author", "username", "timestamp"]) requireString(frame[name], name);
  optional(frame.client_id, requireString, "client_id");
}

/** @param {RawFrame} frame */
function checkEditEvent(frame) {
  checkDeleteEvent(frame);
  for (const name of ["message", "html"]) requireString(frame[name], name);
}

/** @param {RawFrame} frame */
function checkDeleteEvent(frame) {
  checkAuthored(frame);
  requireInteger(frame.target, "target");
}

/** @param {RawFrame} frame */
function checkReactionEvent(frame) {
  checkDeleteEvent(frame);
  requireString(frame.emoji, "emoji");
  requireBoolean(frame.on, "on");
}

/** @param {RawFrame} frame */
function checkTopicEvent(frame) {
  checkAuthored(frame);
  requireString(frame.topic, "topic");
}

/** @param {RawFrame} frame */
function checkRoomNameEvent(frame) {
  checkAuthored(frame);
  requireString(frame.name, "name");
}

/** @param {RawFrame} frame */
function checkClearEvent(frame) {
  requireInteger(frame.target, "target");
}

/** @param {RawFrame} frame */
function checkHistoryFrame(frame) {
  requireArray(frame.events, "events");
  optional(frame.before, requireInteger, "before");
  optional(frame.after, requireInteger, "after");
  requireBoolean(frame.complete, "complete");
}

/** @param {RawFrame} frame @param {ParseStored} parseStored */
function parseHistoryFrame(frame, parseStored) {
  return {...frame, events: requireArray(frame.events, "events").map(parseStored)};
}

/** @param {RawFrame} frame */
function checkPresenceFrame(frame) {
  for (const name of ["joined", "left", "members"]) optional(frame[name], requireMembers, name);
  requireInteger(frame.count, "count");
}

/** @param {RawFrame} frame */
function checkRenamedFrame(frame) {
  requireYou(frame.you);
}

/** @param {RawFrame} frame */
function checkRoomsFrame(frame) {
  for (const value of requireArray(frame.rooms, "rooms")) requireRoomNumbers(value);
}

/** @param {unknown} value @returns {Wire.RoomNumbers} as the server tells them, in a frame or in the list of rooms */
export function requireRoomNumbers(value) {
  const room = requireObject(value, "a room");
  for (const name of ["room", "name"]) requireString(room[name], name);
  for (const name of ["last_id", "messages"]) requireInteger(room[name], name);
  optional(room.cleared, requireInteger, "cleared");
  return /** @type {Wire.RoomNumbers} */ (/** @type {unknown} */ (room));
}

/** @param {RawFrame} frame */
function checkTypingFrame(frame) {
  requireString(frame.username, "username");
}

/** @param {RawFrame} frame */
function checkErrorFrame(frame) {
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
function requireYou(value) {
  optional(requireMember(value).asked, requireString, "asked");
}

/** @param {unknown} value */
function requireMember(value) {
  const member = requireObject(value, "a member");
  requireString(member.username, "username");
  requireString(member.author, "author");
  return member;
}
